"""What calls of tools for backups need: ids that belong together, schedules, names of what is there."""

from collections.abc import Mapping
from typing import Any

from fake_xo import FakeXo
from fake_xo.jsonrpc.handlers.metadata import SEEDED
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

EVERY_NIGHT = {"cron": "0 3 * * *", "retention": 2}
TYPES = {"metadata": "metadataBackup", "mirror": "mirrorBackup"}
"""Word in a tool's name to the type of jobs it is for."""
CRONS = ("0 3 * * *", "*/30 1-5 * * MON", "nonsense", "0 3 L * *", "")
KNOWN = {
    "vms": "vms", "srs": "srs", "sr": "srs", "health_check_sr": "srs", "pools": "pools", "pool": "pools",
    "repositories": "backup-repositories", "source": "backup-repositories", "remotes": "backup-repositories",
    "schedule": "schedules", "schedules": "schedules", "remove_schedules": "schedules", "ids": "backup-archives",
    "proxy": "proxies",
}  # fmt: skip
"""Argument to the collection whose ids and names it takes."""


Records = Mapping[str, list[dict[str, Any]]]
"""What a world holds, by collection."""


def records_of(fake: FakeXo) -> Records:
    """What a fake XO holds now."""
    return {name: fake.xo.store.every(name) for name in {*KNOWN.values(), "backup-jobs"}}


def metadata_backup(records: Records) -> str:
    """The id of a metadata backup that is there from the start; where a test removed all jobs, of none."""
    job = next((each for each in records["backup-jobs"] if each["type"] == "metadataBackup"), None)
    if job is None:
        return "none"
    repository, schedule = job["remotes"]["id"], next(key for key in job["settings"] if key)
    return f"{repository}/xo-config-backups/{schedule}/{SEEDED}"


def aimed(fake: FakeXo, tool: str, object_id: str) -> Mapping[str, Any]:
    """Arguments with which a tool can succeed, where those that its schema suggests would not do."""
    first, second = [each["id"] for each in fake.xo.store.every("backup-repositories")[:2]]
    storage = fake.find("srs", content_type="user")["id"]
    archive = fake.find("backup-archives")["id"]
    new = {"name": "mine", "repositories": [second], "schedules": [EVERY_NIGHT]}
    kind = next((TYPES[word] for word in TYPES if word in tool), None)
    if kind and tool.endswith("_job"):
        object_id = fake.find("backup-jobs", type=kind)["id"]
    schedule = next((each["id"] for each in fake.xo.store.every("schedules") if each["jobId"] == object_id), "none")
    found: Mapping[str, Mapping[str, Any]] = {
        "create_backup_job": {**new, "mode": "delta", "vms": [fake.find("vms")["id"]]},
        "create_metadata_backup_job": {**new, "xo_config": True},
        "create_mirror_backup_job": {**new, "mode": "delta", "source": first},
        "list_backup_partitions": {"backup": archive},
        "list_backup_files": {"backup": archive},
        "download_backup_files": {"backup": archive},
        "update_backup_job": {"name": "renamed"},
        "update_metadata_backup_job": {"name": "renamed"},
        "update_mirror_backup_job": {"name": "renamed"},
        "run_schedules_in_order": {"schedules": [fake.find("schedules")["id"]]},
        "create_schedule": {"retention": 2},
        "restore_vm_backup": {"sr": storage},
        "check_vm_backup": {"sr": storage},
        "delete_vm_backups": {"ids": [fake.find("backup-archives")["id"]]},
        "restore_metadata_backup": {"id": metadata_backup(records_of(fake))},
        "delete_metadata_backup": {"id": metadata_backup(records_of(fake))},
        "delete_xo_logs": {"id": ["1"]},
    }
    named = {"schedule": schedule} if tool.startswith("run_") and tool.endswith("_job") else {}
    own = {"id": object_id} if kind and tool.endswith("_job") and not tool.startswith("create_") else {}
    return {**found.get(tool, {}), **named, **own}


def drawn(records: Records, tool: str, name: str, schema: Mapping[str, Any]) -> SearchStrategy[Any] | None:
    """An argument of a tool for backups: mostly what is there, by id or name; nothing where any value will do."""
    if name == "id" and tool.endswith("_job"):
        return st.sampled_from([each["id"] for each in records["backup-jobs"]])
    if name == "id" and "metadata" in tool:
        return st.just(metadata_backup(records)) | st.sampled_from(("nope", "a/b/c"))
    if name == "schedules" and schema["items"]["type"] == "object":
        return st.lists(_schedule(records, schema["items"]["properties"]), min_size=1, max_size=2)
    if name not in KNOWN:
        return None
    known = records[KNOWN[name]]
    names = [record.get("name_label") or record.get("name") or record["id"] for record in known]
    one = st.sampled_from([*(record["id"] for record in known), *names, "nope"])
    return st.lists(one, min_size=1, max_size=2) if schema.get("type") == "array" else one


def _schedule(records: Records, properties: Mapping[str, Any]) -> SearchStrategy[dict[str, Any]]:
    """One entry; most crons can be read."""
    known = [each["id"] for each in records["schedules"]]
    count = st.integers(1, 9)
    optional = {
        "enabled": st.booleans(),
        "name": st.text(max_size=8),
        "timezone": st.sampled_from(("Europe/Paris", "UTC", "Nowhere/Land")),
        "full_interval": count,
        "health_check_sr": st.sampled_from([each["id"] for each in records["srs"]]),
        "id": st.sampled_from(known),
    }
    return st.fixed_dictionaries(
        {"cron": st.sampled_from((*CRONS[:2] * 3, *CRONS[2:4])), "retention": count},
        optional={name: values for name, values in optional.items() if name in properties},
    )
