"""The record of every attempt to change something."""

import json
import shutil
import stat
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from fake_xo.server import FakeXo
from mcp.shared.exceptions import MCPError
from serving import ERAS, TOKEN, Person, http_server, over_http, over_stdio, text_of, variables
from xo_mcp.errors import ConfigError
from xo_mcp.logs import REDACTOR
from xo_mcp.safety.audit import Attempt, AuditLog, NotRecordedError
from xo_mcp.safety.trail import Trail

pytestmark = pytest.mark.anyio
SECRET = "planted-secret-token"


@pytest.fixture
def xo() -> Iterator[FakeXo]:
    with FakeXo(vms=12, lag=0) as fake:
        yield fake


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "audit.log"


def read(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def becomes_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


def mode(file: Path) -> int:
    return stat.S_IMODE(file.stat().st_mode)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def content(file: Path) -> str:
    return file.read_text()


@pytest.mark.parametrize("era", ERAS)
async def test_every_attempt_leaves_its_lines(package: Path, xo: FakeXo, file: Path, era: str):
    halted = str(xo.find("vms", power_state="Halted")["id"])
    settings = variables(xo, XO_MCP_AUDIT_LOG=str(file))
    async with over_stdio(package, settings, era=era, person=Person()) as client:
        await client.call_tool("list_vms", {})
        await client.call_tool("start_vm", {"id": halted})
        await client.call_tool("start_vm", {"id": halted})
        await client.call_tool("update_vm", {"id": {}})
        await client.call_tool("delete_vm", {"id": halted})
        with pytest.raises(MCPError):
            await client.call_tool("shutdown_host", {"id": "x"})
    lines = read(file)
    reported = [(line["tool"], line["outcome"]) for line in lines]
    asked = [("delete_vm", "asked")] if era == "auto" else []
    assert reported == [
        ("start_vm", "started"),
        ("start_vm", "done"),
        ("start_vm", "started"),
        ("start_vm", "failed"),
        ("update_vm", "refused"),
        *asked,
        ("delete_vm", "started"),
        ("delete_vm", "done"),
        ("shutdown_host", "refused"),
    ]
    started, done, _, failed, refused, *_ = lines
    assert started["call"] == done["call"] != failed["call"]
    assert started["arguments"] == {"id": halted}
    assert done["task"]
    assert done["seconds"] >= 0
    assert "VM_BAD_POWER_STATE" in failed["reason"]
    assert "OpaqueRef" not in failed["reason"]
    assert "id must be text" in refused["reason"]
    assert lines[-2]["confirmation"] == "asked"
    assert "--allow-denied" in lines[-1]["reason"]
    assert all(line["client"]["name"] for line in lines)
    assert xo.admin_token not in content(file)
    assert mode(file) == 0o600


async def test_declined_and_token_are_distinguished(package: Path, xo: FakeXo, file: Path):
    vm = str(xo.find("vms")["id"])
    settings = variables(xo, XO_MCP_AUDIT_LOG=str(file))
    async with over_stdio(package, settings, person=Person(action="decline")) as client:
        await client.call_tool("delete_vm", {"id": vm})
    async with over_stdio(package, settings) as client:
        asked = await client.call_tool("delete_vm", {"id": vm})
        assert asked.structured_content is not None
        token = asked.structured_content["confirm_token"]
        await client.call_tool("delete_vm", {"id": vm, "confirm_token": token})
    assert [(line["outcome"], line.get("confirmation")) for line in read(file)] == [
        ("declined", None),
        ("asked", None),
        ("started", "token"),
        ("done", "token"),
    ]
    assert token not in content(file)


async def test_who_it_was_is_reported_over_http(package: Path, xo: FakeXo, file: Path, tmp_path: Path):
    tokens = tmp_path / "tokens"
    tokens.write_text(f"alice {TOKEN}\n")
    settings = variables(xo, XO_MCP_AUDIT_LOG=str(file), XO_MCP_AUTH_TOKEN_FILE=str(tokens))
    vm = str(xo.find("vms")["id"])
    with http_server(package, settings) as served:
        async with over_http(served, era="auto", token=TOKEN) as client:
            await client.call_tool("add_vm_tag", {"id": vm, "tag": "seen"})
    assert [line["client"]["token"] for line in read(file)] == ["alice", "alice"]
    assert TOKEN not in content(file)


async def test_the_search_surface_records_the_tool_that_was_meant(package: Path, xo: FakeXo, file: Path):
    vm = str(xo.find("vms")["id"])
    settings = variables(xo, XO_MCP_AUDIT_LOG=str(file), XO_MCP_SURFACE="search")
    async with over_stdio(package, settings) as client:
        await client.call_tool("call_tool_write", {"name": "add_vm_tag", "arguments": {"id": vm, "tag": "x"}})
    assert [(line["tool"], line["outcome"]) for line in read(file)] == [
        ("add_vm_tag", "started"),
        ("add_vm_tag", "done"),
    ]


async def test_what_can_not_be_recorded_is_not_done(package: Path, xo: FakeXo, tmp_path: Path):
    folder = tmp_path / "logs"
    folder.mkdir()
    file = folder / "audit.log"
    vm = str(xo.find("vms")["id"])
    async with over_stdio(package, variables(xo, XO_MCP_AUDIT_LOG=str(file))) as client:
        shutil.rmtree(folder)
        answer = await client.call_tool("update_vm", {"id": vm, "nameLabel": "x"})
        reading = await client.call_tool("get_vm", {"id": vm})
    assert answer.is_error
    assert "Nothing was done: the audit log can't be written" in text_of(answer)
    assert not reading.is_error
    assert [seen.method for seen in xo.requests if seen.method != "GET"] == []

    folder.mkdir()
    settings = variables(xo, XO_MCP_AUDIT_LOG=str(file), XO_MCP_AUDIT_RELAXED="1")
    async with over_stdio(package, settings) as client:
        shutil.rmtree(folder)
        answer = await client.call_tool("update_vm", {"id": vm, "nameLabel": "relaxed"})
    assert not answer.is_error, text_of(answer)


def attempt(**arguments: Any) -> Attempt:
    return Attempt.now("create_user", arguments, {"name": "test"})


def test_secrets_are_removed_by_name_and_by_value(file: Path):
    REDACTOR.learn([SECRET])
    log = AuditLog(file)
    log.record(attempt(name="bob", password="hunter2", nested=[{"apiToken": "abc", "note": f"my {SECRET}"}]), "started")
    log.record(attempt(), "failed", reason=f"XO said {SECRET}")
    text = file.read_text()
    assert "hunter2" not in text
    assert '"abc"' not in text
    assert SECRET not in text
    first, _ = read(file)
    log.record(attempt(password=4711), "refused")
    assert "4711" not in file.read_text()
    assert first["arguments"]["name"] == "bob"
    assert first["arguments"]["password"] == "(not shown)"


def test_logins_inside_texts_are_removed(file: Path):
    log = AuditLog(file)
    url = "s3://AKIAKEY:SuperSecretKey@s3.example.org/bucket"
    log.record(attempt(url=url, options="vers=3.0,password=hunter2222", proxy={"url": "http://u:pw9@proxy:80"}), "done")
    (line,) = read(file)
    assert line["arguments"] == {
        "url": "s3://AKIAKEY:(not shown)@s3.example.org/bucket",
        "options": "vers=3.0,password=(not shown)",
        "proxy": {"url": "http://u:(not shown)@proxy:80"},
    }


@pytest.fixture
def short_secrets() -> Iterator[None]:
    """Passwords that are words of a line, forgotten again afterwards."""
    known, pattern = set(REDACTOR._secrets), REDACTOR._pattern
    REDACTOR.learn(["done", "true", "outcome", "create_user"])
    yield
    REDACTOR._secrets, REDACTOR._pattern = known, pattern


@pytest.mark.usefixtures("short_secrets")
def test_a_password_that_is_a_word_spoils_no_line(file: Path):
    AuditLog(file).record(
        attempt(force=True, name="true north", done=[{"a": "done"}]), "done", reason="outcome: undone"
    )
    (line,) = read(file)
    assert (line["outcome"], line["tool"], line["reason"]) == ("done", "create_user", "[secret]: undone")
    assert line["arguments"] == {"force": True, "name": "[secret] north", "[secret]": [{"a": "[secret]"}]}


def test_no_half_of_a_secret_is_left_where_a_text_is_cut(file: Path):
    REDACTOR.learn([SECRET])
    AuditLog(file).record(attempt(name="x" * 490 + SECRET), "started")
    assert SECRET[:5] not in file.read_text()


def test_a_line_stays_a_line_and_within_bounds(file: Path):
    log = AuditLog(file)
    log.record(attempt(name='x"}\n{"outcome":"done"}\u2028' + "y" * 5_000), "started", reason="z" * 5_000)
    (line,) = file.read_text().splitlines()
    assert len(line) < 2_000
    assert line.isascii()
    assert read(file)[0]["outcome"] == "started"


def test_the_file_is_rotated_by_size_and_the_oldest_forgotten(file: Path):
    log = AuditLog(file, max_file=1_000, max_size=6_000, keep_days=0)
    for number in range(60):
        log.record(attempt(number=number), "started")
    kept = sorted(path.name for path in file.parent.iterdir())
    assert kept == ["audit.log", *(f"audit.log.{number}" for number in range(1, 6))]
    assert all(path.stat().st_size <= 1_000 for path in file.parent.iterdir())
    assert all(mode(path) == 0o600 for path in file.parent.iterdir())
    newest = read(file)[-1]["arguments"]["number"]
    before = read(file.with_name("audit.log.1"))[-1]["arguments"]["number"]
    assert newest == 59
    assert before == read(file)[0]["arguments"]["number"] - 1


def test_workers_that_share_a_file_lose_no_line_when_one_begins_a_new_one(file: Path):
    workers, lines = 6, 40

    def write(worker: int) -> None:
        log = AuditLog(file, max_file=16_000)
        for number in range(lines):
            log.record(attempt(worker=worker, number=number), "started")

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(write, range(workers)))
    kept = [line for path in file.parent.iterdir() for line in read(path)]
    found = {(line["arguments"]["worker"], line["arguments"]["number"]) for line in kept}
    assert len(kept) == len(found) == workers * lines
    assert len(list(file.parent.iterdir())) >= 3
    assert all(path.stat().st_size <= 16_000 for path in file.parent.iterdir())


@pytest.mark.skipif(sys.platform == "win32", reason="has no such limit")
def test_a_line_that_fits_only_in_part_is_none(file: Path):
    import resource

    log = AuditLog(file)
    log.record(attempt(number=1), "started")
    whole = file.read_bytes()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(whole) + 50, limits[1]))
    try:
        with pytest.raises(NotRecordedError):
            log.record(attempt(number=2), "started")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert file.read_bytes() == whole
    log.record(attempt(number=3), "started")
    assert [line["arguments"]["number"] for line in read(file)] == [1, 3]


def test_a_place_that_can_not_be_written_is_found_out_at_the_start(tmp_path: Path):
    with pytest.raises(ConfigError, match="--audit-log"):
        AuditLog(tmp_path / "no" / "audit.log")
    with pytest.raises(ConfigError, match="--audit-log"):
        AuditLog(tmp_path)


def test_a_link_is_not_followed(tmp_path: Path):
    target = tmp_path / "target"
    target.write_text("")
    link = tmp_path / "audit.log"
    link.symlink_to(target)
    with pytest.raises(ConfigError):
        AuditLog(link)
    assert target.read_text() == ""


async def test_an_outcome_that_can_not_be_recorded_does_not_hide_what_was_done(file: Path):
    log = AuditLog(file)
    trail = Trail(log, attempt())
    await trail.start(None)
    becomes_folder(file)
    await trail.end("done")
    with pytest.raises(NotRecordedError):
        await Trail(log, attempt()).start(None)


async def test_without_a_log_nothing_is_written(tmp_path: Path):
    trail = Trail(None, attempt())
    await trail.start("asked")
    await trail.end("done")
    assert names(tmp_path) == []
