"""What tests of backups share: arguments of a new job, and what the fake XO has stored of it."""

from typing import Any

from fake_xo import FakeXo


def nightly(**more: Any) -> dict[str, Any]:
    """A schedule that keeps two backups."""
    return {"cron": "0 3 * * *", "retention": 2, **more}


def job_arguments(fake: FakeXo, **more: Any) -> dict[str, Any]:
    """Valid arguments of a new job: one VM, one repository, every night."""
    chosen = {"vms": [fake.find("vms")["id"]], "repositories": ["nas-primary"], "schedules": [nightly()]}
    return {"name": "mine", "mode": "delta", **chosen, **more}


def stored(fake: FakeXo, job: str) -> dict[str, Any]:
    """A job as XO has it."""
    found = fake.record("backup-jobs", job)
    assert found is not None
    return found


def left_over(fake: FakeXo) -> tuple[set[str], set[str]]:
    """The ids of all jobs and of all schedules."""
    return tuple({each["id"] for each in fake.xo.store.every(name)} for name in ("backup-jobs", "schedules"))  # type: ignore[return-value]


def sent(fake: FakeXo) -> list[str]:
    """Methods that change something, in the order in which they were called."""
    reads = {"backupNg.getLogs", "metadataBackup.list", "session.signIn"}
    return [call.method for call in fake.xo.rpc.calls if call.method not in reads]
