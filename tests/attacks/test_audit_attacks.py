"""The audit log against those who want lines of it to be lost, changed, or never written."""

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import anyio
import pytest
from clock import Clock
from desk import EVERYTHING, Desk
from fake_xo.server import FakeXo
from hypothesis import given, settings
from hypothesis import strategies as st
from loop_ticks import loop_ticks
from mcp.shared.exceptions import MCPError
from xo_mcp.bounds import TEXT, VALUES
from xo_mcp.config.config import resolve
from xo_mcp.errors import ConfigError
from xo_mcp.logs import REDACTOR
from xo_mcp.program.cli import main
from xo_mcp.safety import audit as audit_module
from xo_mcp.safety import audit_files
from xo_mcp.safety.audit import NOISE, WINDOW, Attempt, AuditLog, NotRecordedError
from xo_mcp.safety.audit_lines import compose
from xo_mcp.safety.trail import Trail
from xo_mcp.server.assembly import audit_log

pytestmark = pytest.mark.anyio
LINE = 4_096


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "audit.log"


@pytest.fixture(scope="module")
def xo() -> Iterator[FakeXo]:
    with FakeXo(vms=4, lag=0) as fake:
        yield fake


def read(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def longest(file: Path) -> int:
    return max(map(len, file.read_bytes().splitlines()))


def becomes_fifo(file: Path) -> None:
    file.unlink()
    os.mkfifo(file)


def attempt(who: str = "alice", **arguments: Any) -> Attempt:
    return Attempt.now("create_vm", arguments, {"token": who})


def fill(log: AuditLog, began: list[int], **more: Any) -> None:
    """Write until it is refused; keeps what was written."""
    for number in range(1_000):
        log.record(attempt(number=number, **more), "started")
        began.append(number)


def audit(*words: str) -> int:
    return main(["audit", *words])


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@settings(max_examples=settings.default.max_examples // 4)
@given(st.dictionaries(st.text(), ANYTHING), st.text())
def test_no_line_is_longer_than_its_bound(arguments: dict[str, Any], reason: str):
    assert len(compose({"outcome": "done"}, arguments, {"reason": reason})) < LINE


@pytest.mark.parametrize(
    "arguments",
    [
        {"name": "x" * 1_000_000},
        {"name": "\U0001f99c" * 100_000},
        {"x" * 1_000_000: 1},
        {f"argument{number}": number for number in range(100_000)},
        {"vdis": [{"name": "x" * 100}] * 9_000},
        {"vdis": [[[["y" * 90] * 9] * 9] * 9] * 9},
    ],
)
async def test_large_arguments_leave_short_lines(xo: FakeXo, file: Path, arguments: dict[str, Any]):
    with Desk({"XO_URL": xo.url, "XO_TOKEN": xo.admin_token, "XO_MCP_AUDIT_LOG": str(file), **EVERYTHING}) as desk:
        desk.call("create_vm", arguments)
    (line,) = read(file)
    assert longest(file) <= LINE
    assert line["outcome"] == "refused"


@pytest.mark.parametrize(
    "value", ["x" * (TEXT + 1), [0] * (VALUES + 1), [{str(number): 0} for number in range(VALUES)]]
)
def test_what_no_call_can_have_is_not_looked_through(value: Any):
    line = json.loads(compose({}, {"script": value}, {}))
    assert line["arguments"] == {"...": "too large to be recorded", "names": ["script"]}


def test_what_is_left_out_of_a_line_can_be_distinguished(file: Path):
    log = AuditLog(file)
    for script in ("a" * 5_000 + "1", "a" * 5_000 + "2"):
        log.record(attempt(cloud="x", script=script), "started")
    first, second = (line["arguments"]["script"] for line in read(file))
    assert first[:500] == second[:500]
    assert first != second
    assert "5001 characters" in first


def test_no_digest_of_a_password_is_left(file: Path):
    """A reader of the log could try words until one has the digest."""
    known = ("planted-secret-1", "planted-secret-2")
    REDACTOR.learn(known)
    log = AuditLog(file)
    for ours, theirs in zip(known, ("hunter2", "hunter3"), strict=True):
        options = [f"password={theirs}", f"see {ours}"] * 90
        log.record(attempt(note="n" * 9_000, options=options, password=theirs), "started")
    one, other = read(file)
    assert one["arguments"] == other["arguments"]


async def test_tools_that_are_not_offered_do_not_fill_the_log(xo: FakeXo, file: Path):
    settings = {"XO_URL": xo.url, "XO_TOKEN": xo.admin_token, "XO_MCP_AUDIT_LOG": str(file)}
    with Desk(settings) as desk:
        for number in range(NOISE + 40):
            with pytest.raises(MCPError):
                desk.call("delete_vm", {"id": "x" * 10_000 + str(number)})
    lines = read(file)
    assert len(lines) == NOISE + 1
    assert (lines[-1]["outcome"], lines[-1]["attempts"]) == ("counted", 40)


def test_who_makes_noise_hides_nobody_else_and_nothing_that_was_done(file: Path):
    clock = Clock(time.time())
    log = AuditLog(file, clock=clock)
    for _ in range(1_000):
        log.record(attempt("mallory"), "refused")
    log.record(attempt("alice"), "refused")
    log.record(attempt("mallory"), "started")
    log.record(attempt("mallory"), "done")
    clock.now += WINDOW + 1
    log.record(attempt("mallory"), "refused")
    outcomes = [(line["client"]["token"], line["outcome"]) for line in read(file)][NOISE:]
    assert outcomes == [
        ("alice", "refused"),
        ("mallory", "started"),
        ("mallory", "done"),
        ("mallory", "counted"),
        ("mallory", "refused"),
    ]


@pytest.mark.parametrize("outcome", ["refused", "declined", "asked"])
def test_whatever_did_nothing_is_counted(file: Path, monkeypatch: pytest.MonkeyPatch, outcome: Any):
    monkeypatch.setattr(audit_module, "MAX_CLIENTS", 2)
    log = AuditLog(file)
    for _ in range(NOISE + 7):
        log.record(attempt("mallory"), outcome)
    # What is known of a client that others push out is written first.
    for who in ("alice", "bob", "carol"):
        log.record(attempt(who), outcome)
    lines = read(file)[NOISE:]
    assert [(line["client"]["token"], line["outcome"]) for line in lines] == [
        ("alice", outcome),
        ("mallory", "counted"),
        ("bob", outcome),
        ("carol", outcome),
    ]
    assert lines[1]["attempts"] == 7


def test_nothing_young_is_dropped_and_a_full_log_refuses_writes(file: Path):
    clock = Clock(time.time())
    log = AuditLog(file, max_file=10_000, max_size=40_000, keep_days=30, clock=clock)

    began: list[int] = []
    with pytest.raises(NotRecordedError, match="full"):
        fill(log, began)
    assert sum(len(read(path)) for path in file.parent.iterdir()) == len(began) > 100
    log.record(attempt(), "done")  # of what began before
    log.record(attempt(), "refused")  # of what did nothing: left out
    assert read(file)[-1]["outcome"] == "done"
    # A month later there is room again, and only as much is dropped as is needed.
    clock.now += 31 * audit_files.DAY
    log.record(attempt(number=1), "started")
    assert sum(path.stat().st_size for path in file.parent.iterdir()) > 20_000
    assert audit("verify", "--audit-log", str(file)) == 0


@pytest.mark.parametrize(("settings", "drops"), [({}, True), ({"XO_MCP_AUDIT_KEEP_DAYS": "32"}, False)])
def test_the_operator_s_bounds_hold(file: Path, settings: dict[str, str], *, drops: bool):
    """Thirty days, unless the operator wants another number."""
    log = audit_log(resolve({}, {"XO_MCP_AUDIT_LOG": str(file), "XO_MCP_AUDIT_MAX_SIZE": "1048576", **settings}))
    assert log is not None
    long_one = {"script": "x" * 500, **{f"more{number}": "y" * 400 for number in range(5)}}
    with pytest.raises(NotRecordedError, match="full"):
        fill(log, [], **long_one)
    for days, is_old in ((29, False), (31, drops)):
        then = time.time() - days * audit_files.DAY
        for path in audit_files.predecessors(file):
            os.utime(path, (then, then))
        with nullcontext() if is_old else pytest.raises(NotRecordedError, match="full"):
            log.record(attempt(**long_one), "started")
    assert audit("verify", "--audit-log", str(file)) == 0


def test_the_chain_shows_every_change(file: Path, capsys: pytest.CaptureFixture[str]):
    log = AuditLog(file, max_file=2_000)
    for number in range(41):
        log.record(attempt(number=number), "started")
    assert len(list(file.parent.iterdir())) > 3
    assert audit("verify", "--audit-log", str(file)) == 0
    end = capsys.readouterr().out.split()[-1]
    log.record(attempt(number=40), "started")
    assert audit("verify", "--audit-log", str(file), "--note", end) == 0
    for path in sorted(file.parent.iterdir()):
        whole = path.read_bytes()
        lines = whole.splitlines(keepends=True)
        victim = len(lines) // 2
        if victim in {0, len(lines) - 1}:
            continue
        changed = {
            "changed": [*lines[:victim], lines[victim].replace(b"create_vm", b"delete_vm"), *lines[victim + 1 :]],
            "removed": [*lines[:victim], *lines[victim + 1 :]],
            "added": [*lines[:victim], lines[victim], *lines[victim:]],
            "swapped": [*lines[: victim - 1], lines[victim], lines[victim - 1], *lines[victim + 1 :]],
        }
        for what, kept in changed.items():
            path.write_bytes(b"".join(kept))
            assert audit("verify", "--audit-log", str(file)) == 1, (path.name, what)
            assert "The chain is broken" in capsys.readouterr().out
        path.write_bytes(whole)
    # A line outside any chain is of an older version only where it precedes all others.
    whole = file.read_bytes()
    file.write_bytes(whole + b'{"time":"2026-01-01","outcome":"done"}\n')
    assert audit("verify", "--audit-log", str(file)) == 1
    file.write_bytes(whole)
    # What is cut off at the end leaves a whole chain: only an end that was noted tells.
    kept = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join(kept[:-2]))
    assert audit("verify", "--audit-log", str(file)) == 0
    assert audit("verify", "--audit-log", str(file), "--note", end) == 1


def test_a_file_that_is_removed_from_the_middle_is_missed(file: Path):
    log = AuditLog(file, max_file=2_000)
    for number in range(40):
        log.record(attempt(number=number), "started")
    file.with_name("audit.log.1").unlink()
    older = audit_files._older
    for number in range(2, len(list(file.parent.iterdir())) + 1):
        older(file, number).replace(older(file, number - 1))
    assert audit("verify", "--audit-log", str(file)) == 1


def test_a_file_that_is_renamed_meanwhile_gets_no_more_lines(file: Path, monkeypatch: pytest.MonkeyPatch):
    """Another worker begins a new file between the moments in which this one opens it and has the lock."""
    mine, other = AuditLog(file), AuditLog(file, max_file=300)
    mine.record(attempt(number=1), "started")
    flock = fcntl.flock

    def too_late(descriptor: int, how: int) -> None:
        monkeypatch.setattr(fcntl, "flock", flock)
        other.record(attempt(number=2), "started")
        flock(descriptor, how)

    monkeypatch.setattr(fcntl, "flock", too_late)
    mine.record(attempt(number=3), "started")
    assert [line["arguments"]["number"] for line in read(file)] == [2, 3]
    assert audit("verify", "--audit-log", str(file)) == 0


def test_a_line_that_a_crash_cut_off_spoils_no_other(file: Path, capsys: pytest.CaptureFixture[str]):
    log = AuditLog(file)
    log.record(attempt(number=1), "started")
    with file.open("ab") as opened:
        opened.write(b'{"time":"2026')
    log.record(attempt(number=2), "started")
    assert json.loads(file.read_text().splitlines()[-1])["arguments"]["number"] == 2
    assert audit("verify", "--audit-log", str(file)) == 1
    assert "cut it off" in capsys.readouterr().out


def test_lines_of_an_older_version_are_reported(file: Path, capsys: pytest.CaptureFixture[str]):
    file.write_text('{"time":"2026-01-01","outcome":"done"}\n' * 3)
    AuditLog(file).record(attempt(), "started")
    assert audit("verify", "--audit-log", str(file)) == 0
    assert "first 3 were written by an older version" in capsys.readouterr().out


def test_show_filters(file: Path, capsys: pytest.CaptureFixture[str]):
    log = AuditLog(file)
    log.record(attempt("alice\x1b[2J", name="\x1b[31mred"), "refused", reason="\x1b]0;\nforged")
    log.record(attempt("bob"), "failed", reason="no")
    name = str(file)

    def shown(*words: str) -> str:
        assert audit("show", "--audit-log", name, *words) == 0
        return capsys.readouterr().out

    assert shown().count("\n") == 2
    assert "\x1b" not in shown()
    assert "bob" in shown("--client", "bob")
    assert shown("--client", "bob") == shown("--outcome", "failed")
    assert shown("--tool", "delete_vm") == shown("--since", "2999-01-01") == ""
    assert json.loads(shown("--json", "--outcome", "failed"))["reason"] == "no"
    assert shown("--call", read(file)[1]["call"]) == shown("--client", "bob")
    assert shown("--since", "1h").count("\n") == 2
    assert audit("show", "--audit-log", name, "--since", "yesterday") == 2


@pytest.mark.parametrize("make", [os.mkfifo, Path.mkdir])
def test_only_a_regular_file_is_a_log(file: Path, make: Any):
    make(file)
    with pytest.raises(ConfigError, match="--audit-log"):
        AuditLog(file)


async def test_a_lock_on_the_file_holds_up_nobody_else(file: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(audit_files, "PATIENCE", 0.3)
    log = AuditLog(file)
    with file.open() as opened:
        fcntl.flock(opened, fcntl.LOCK_EX)
        async with loop_ticks(0.01) as ticks:
            with pytest.raises(NotRecordedError, match="another program has locked it"):
                await Trail(log, attempt()).start(None)
    assert ticks.count > 3


async def test_a_file_that_becomes_a_fifo_refuses_writes_and_freezes_nothing(file: Path):
    log = AuditLog(file)
    becomes_fifo(file)
    with anyio.fail_after(20), pytest.raises(NotRecordedError, match="not a regular file"):
        await Trail(log, attempt()).start(None)
