"""A server that is killed leaves calls without an end: the next one to start says so, and only about those."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from xo_mcp.program.cli import main
from xo_mcp.safety.audit import Attempt, AuditLog

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="has no such locks")
ROOT = Path(__file__).resolve().parents[2]
DYING = """
import os, sys
from pathlib import Path
from xo_mcp.safety.audit import Attempt, AuditLog
log = AuditLog(Path(sys.argv[1]), max_file=int(sys.argv[2]), max_size=40 * int(sys.argv[2]))
log.join()
for number in range(int(sys.argv[3])):
    attempt = Attempt.now("create_vm", {"number": number}, {"token": "alice"})
    log.record(attempt, "started")
    if number % 2:
        log.record(attempt, "done")
print("ready", flush=True)
sys.stdin.read()
os.kill(os.getpid(), 9)
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "audit.log"


@contextmanager
def dying(file: Path, calls: int = 6, most: int = 100_000) -> Iterator[None]:
    """A process with every second call under way; when the block ends, it is killed."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "generated")}
    command = [sys.executable, "-c", DYING, str(file), str(most), str(calls)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        yield
        process.communicate()
    assert process.returncode == -9


def lines(file: Path) -> list[dict[str, Any]]:
    files = sorted(file.parent.glob(f"{file.name}.[0-9]*"), key=lambda path: -int(path.suffix[1:]))
    return [json.loads(line) for path in [*files, file] for line in path.read_text().splitlines()]


def unknown(file: Path) -> list[dict[str, Any]]:
    return [line for line in lines(file) if line["outcome"] == "unknown"]


def started(file: Path, **more: Any) -> AuditLog:
    log = AuditLog(file, **more)
    log.join()
    return log


def test_the_next_start_ends_what_a_killed_server_left(file: Path):
    with dying(file):
        pass
    log = started(file)
    assert log.end_killed() == 3
    begun = [
        line["call"] for line in lines(file) if line["outcome"] == "started" and line["arguments"]["number"] % 2 == 0
    ]
    assert [line["call"] for line in unknown(file)] == begun
    assert all(line["client"] == {"token": "alice"} and "killed" in line["reason"] for line in unknown(file))
    assert main(["audit", "verify", "--audit-log", str(file)]) == 0
    # It is said once.
    assert log.end_killed() == 0
    log.close()
    assert started(file).end_killed() == 0


def test_calls_of_a_worker_that_runs_have_no_end_yet(file: Path, capsys: pytest.CaptureFixture[str]):
    with dying(file):
        assert started(file).end_killed() == 0
        assert main(["audit", "verify", "--audit-log", str(file)]) == 0
        assert "no end" not in capsys.readouterr().out
    # Of two that were killed, and one that was not, these are ended.
    with dying(file, calls=2), dying(file, calls=10):
        assert started(file).end_killed() == 3
    assert started(file).end_killed() == 6


def test_two_that_start_at_once_say_it_once(file: Path):
    with dying(file, calls=40):
        pass
    command = (
        "import sys; from pathlib import Path; from xo_mcp.safety.audit import AuditLog;"
        "log = AuditLog(Path(sys.argv[1])); log.join(); log.end_killed(); log.close()"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "generated")}
    racing = [subprocess.Popen([sys.executable, "-c", command, str(file)], env=environment) for _ in range(3)]
    assert [process.wait(60) for process in racing] == [0, 0, 0]
    assert len(unknown(file)) == len({line["call"] for line in unknown(file)}) == 20
    assert main(["audit", "verify", "--audit-log", str(file)]) == 0


def test_calls_in_older_files_are_found_and_a_full_log_takes_their_ends(file: Path):
    with dying(file, calls=60, most=4_000):
        pass
    assert len(list(file.parent.glob("audit.log.[0-9]*"))) > 3
    log = started(file, max_file=4_000, max_size=16_000)
    assert log.end_killed() == 30
    assert main(["audit", "verify", "--audit-log", str(file)]) == 0


def test_lines_that_no_server_wrote_harm_nothing(file: Path):
    with dying(file):
        pass
    with file.open("ab") as opened:
        opened.write(b'{"time":"2026-01-01","call":"ffff","outcome":"started"\n' + b"x" * 300_000 + b"\n[]\n\xff\n{")
    assert started(file).end_killed() == 3


def test_calls_of_older_versions_are_ended_at_the_first_start(file: Path):
    attempt = Attempt.now("create_vm", {}, {})
    AuditLog(file).record(attempt, "started")
    assert started(file).end_killed() == 1
    AuditLog(file).record(Attempt.now("create_vm", {}, {}), "started")
    assert started(file).end_killed() == 0  # by a process that may still run


def test_reading_commands_say_it_and_write_nothing(file: Path, capsys: pytest.CaptureFixture[str]):
    with dying(file):
        pass
    before = file.read_bytes()
    file.chmod(0o400)
    file.parent.chmod(0o500)
    try:
        assert main(["audit", "verify", "--audit-log", str(file)]) == 0
        assert "3 calls have no end, for their server was killed: create_vm (call " in capsys.readouterr().out
        assert main(["audit", "show", "--audit-log", str(file), "--outcome", "unknown"]) == 0
        assert capsys.readouterr().out.count("its server was killed") == 3
        assert main(["audit", "show", "--audit-log", str(file), "--outcome", "unknown", "--json"]) == 0
        assert capsys.readouterr().out == ""
    finally:
        file.parent.chmod(0o700)
    assert file.read_bytes() == before


def test_what_stands_in_the_place_of_markers_is_left_alone(file: Path):
    log = started(file)
    folder = file.with_name("audit.log.workers")
    victim = file.parent / "victim"
    victim.write_text("kept")
    (folder / "00000000").symlink_to(victim)
    (folder / "11111111").mkdir()
    os.mkfifo(folder / "22222222")
    (folder / "notes.txt").write_text("x")
    assert log.end_killed() == 0
    assert sorted(path.name for path in folder.iterdir())[:1] == ["00000000"]
    assert victim.read_text() == "kept"
    log.close()


@pytest.mark.parametrize("what", ["a file", "a link to nowhere"])
def test_a_folder_that_can_not_be_made_stops_no_server(file: Path, what: str):
    place = file.with_name("audit.log.workers")
    if what == "a file":
        place.write_text("")
    else:
        place.symlink_to("/proc/nowhere")
    log = started(file)
    log.record(Attempt.now("create_vm", {}, {}), "started")
    assert log.end_killed() == 0
    log.close()
