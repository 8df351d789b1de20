"""`xen-orchestra-mcp doctor`: one sick XO, file or setting at a time, and what it says to do."""

import dataclasses
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fake_xo.server import FakeXo, running_fake_xo
from newest import NEWEST, SPECS
from xo_mcp.api.settings import Timeouts
from xo_mcp.config.config import resolve
from xo_mcp.definitions import load_entries
from xo_mcp.program.check_results import CheckResult, as_text, failed, next_steps, ok, warn
from xo_mcp.program.cli import main
from xo_mcp.program.doctor import examine
from xo_mcp.releases.releases import capabilities

HASTY = Timeouts(connect=2, normal=1)


@pytest.fixture(scope="module")
def xo() -> Iterator[FakeXo]:
    with running_fake_xo(vms=6) as fake:
        yield fake


def of(xo: FakeXo, user: str = "admin", **changes: str) -> dict[str, str]:
    return {"XO_URL": xo.url, "XO_TOKEN": xo.tokens[user]} | changes


def found(environment: dict[str, str]) -> dict[str, CheckResult]:
    return {result.check: result for result in examine(resolve({}, environment), HASTY)}


def test_a_healthy_setup_passes_every_check(xo: FakeXo, tmp_path: Path):
    folders = {"XO_MCP_DOWNLOAD_DIR": str(tmp_path / "new"), "XO_MCP_UPLOAD_DIR": str(tmp_path)}
    results = found(of(xo) | folders | {"XO_MCP_ENABLE_ACTIONS": "1", "XO_MCP_AUDIT_LOG": str(tmp_path / "audit")})
    assert {result.state for result in results.values()} == {"ok"}
    reported = ["connection", "Xen Orchestra", "login", "privileges", "pools", "XO release", "JSON-RPC"]
    assert list(results)[-7:] == reported
    assert results["login"].text == "signed in as admin@example.org, an administrator"
    assert results["XO release"].text.startswith(f"XO {NEWEST.name};")
    assert "Nothing to do" in next_steps(list(results.values()))[0]
    assert "will be made" in results["download folder"].text
    assert not (tmp_path / "new").exists()


def last(environment: dict[str, str]) -> CheckResult:
    """What ended the visit: nothing is tried after a failure."""
    return list(found(environment).values())[-1]


def test_nothing_configured_names_the_variable():
    result = last({})
    assert (result.check, result.state) == ("settings", "fail")
    assert result.next.startswith("Set XO_URL")


def test_a_token_that_is_none(xo: FakeXo):
    result = last(of(xo) | {"XO_TOKEN": "two words"})
    assert (result.check, result.state) == ("settings", "fail")
    assert "xen-orchestra-mcp config" in result.next


def test_nothing_listens():
    result = last({"XO_URL": "http://127.0.0.1:9", "XO_TOKEN": "t0ken"})
    assert (result.check, result.state) == ("connection", "fail")
    assert result.next.startswith("Check that XO runs")


@pytest.mark.parametrize(("kind", "says"), [("self-signed", "not trusted"), ("expired", "not trusted")])
def test_an_untrusted_certificate_is_refused(kind: str, says: str):
    with running_fake_xo(vms=2, tls=kind) as fake:
        result = last(of(fake))
    assert (result.check, result.state) == ("TLS", "fail")
    assert says in result.text
    assert "--ca-file" in result.next


def test_a_trusted_certificate_and_an_accepted_one():
    with running_fake_xo(vms=2, tls="good") as fake:
        assert fake.ca_file is not None
        trusted = found(of(fake, XO_CA_FILE=fake.ca_file))
        accepted = found(of(fake, XO_INSECURE="1"))
    assert trusted["connection"].text.endswith("its certificate is trusted")
    assert accepted["TLS"].state == "warn"
    assert accepted["login"].state == "ok"


def test_https_where_xo_speaks_http(xo: FakeXo):
    result = last(of(xo, XO_URL=xo.url.replace("http://", "https://")))
    assert (result.check, result.state) == ("TLS", "fail")
    assert "http://" in result.next


def test_a_starting_xo_is_waited_for_by_the_operator(xo: FakeXo):
    xo.options.starting = True
    try:
        result = last(of(xo))
    finally:
        xo.options.starting = False
    assert (result.check, result.state) == ("connection", "fail")
    assert result.next == "Wait until XO has started, and try again."


def test_mcp_switched_off(xo: FakeXo):
    xo.options.mcp_enabled = False
    try:
        result = last(of(xo))
    finally:
        xo.options.mcp_enabled = True
    assert (result.check, result.state) == ("MCP switch", "fail")
    assert "[mcp]" in result.next


@pytest.mark.breaks_contract("the URL leads to no XO")
def test_another_web_server_is_no_xo(xo: FakeXo):
    result = last(of(xo, XO_URL=f"{xo.url}/elsewhere"))
    assert (result.check, result.state) == ("Xen Orchestra", "fail")
    assert "XO_URL" in result.next


@pytest.mark.parametrize("token", ["wrong-t0ken", "wrong", "invalid", "test", "token", "nope"])
def test_a_wrong_token(xo: FakeXo, token: str):
    result = last(of(xo) | {"XO_TOKEN": token})
    assert (result.check, result.state) == ("login", "fail")
    # What stands in for a token is often a word: our own sentence stays whole, and no server runs yet.
    assert result.next.startswith("XO does not accept XO_TOKEN")
    assert "[secret]" not in result.next
    assert "restart" not in result.next


def test_a_wrong_password(xo: FakeXo):
    result = last({"XO_URL": xo.url, "XO_USERNAME": "reader@example.org", "XO_PASSWORD": "not-it"})
    assert (result.check, result.state) == ("login", "fail")
    assert "XO_PASSWORD" in result.next


@pytest.mark.parametrize(
    ("user", "acting", "state", "says"),
    [
        ("reader", "0", "ok", "vm"),
        ("reader", "1", "warn", "only read"),
        ("operator", "1", "warn", "task:read"),
        ("nobody", "0", "warn", "no role"),
    ],
)
def test_privileges_are_judged_by_what_is_offered(xo: FakeXo, user: str, acting: str, state: str, says: str):
    result = found(of(xo, user, XO_MCP_ENABLE_ACTIONS=acting))["privileges"]
    assert result.state == state
    assert says in result.text
    assert bool(result.next) == (state == "warn")


def test_the_step_of_every_warning_is_listed_and_privileges_come_first():
    results = [
        ok("tools", "64"),
        warn("audit log", "none", "Name a file."),
        warn("lab: privileges", "2", "lab: Give a role."),
        warn("prod: pools", "none", "Name a file."),
    ]
    assert next_steps(results) == ["lab: Give a role.", "Name a file."]
    assert as_text(results).endswith("\n\nNext: lab: Give a role.\n      Name a file.\n")


def test_a_download_folder_without_a_tool_that_exports(xo: FakeXo, tmp_path: Path):
    def text(**changes: str) -> str:
        result = found(of(xo, XO_MCP_DOWNLOAD_DIR=str(tmp_path)) | changes)["download folder"]
        assert result.state == "ok"
        return result.text

    assert "can be written" in text()
    named = re.search(r"no tool that exports is offered: --toolsets (\S+) adds some", text())
    assert named
    assert named[1].startswith("default,")
    assert "no tool" not in text(XO_MCP_TOOLSETS=named[1])


def test_an_xo_that_does_not_say_who_signed_in_is_not_judged(xo: FakeXo):
    xo.fault("GET /users/me", "status-404", times=None)
    try:
        results = found(of(xo))
    finally:
        xo.xo.faults.clear()
    assert results["login"].text.startswith("signed in;")
    assert (results["privileges"].state, results["XO release"].state) == ("ok", "ok")


def test_pools_that_xo_does_not_see(xo: FakeXo):
    xo.options.pool = "disconnected"
    try:
        result = found(of(xo))["pools"]
    finally:
        xo.options.pool = "connected"
    assert result.state == "warn"
    assert "disconnected" in result.text


def test_an_older_xo_is_recognised_by_its_operations():
    root = Path(__file__).resolve().parents[2]
    with running_fake_xo(vms=2, spec=root / "specs" / "xo-6.4.json") as fake:
        result = found(of(fake))["XO release"]
    assert result.state == "warn"
    assert result.text.startswith("XO 6.4;")
    assert "--xo-release 6.4" in result.next


def test_a_newer_xo_than_any_known_is_called_so_and_everything_known_is_offered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    document = json.loads((SPECS / f"xo-{NEWEST.name}.json").read_text())
    document["paths"]["/flying-carpets"] = {"get": {**document["paths"]["/vms"]["get"], "operationId": "GetCarpets"}}
    (tmp_path / "xo-99.json").write_text(json.dumps(document))
    (tmp_path / "jsonrpc").symlink_to(SPECS / "jsonrpc")
    with running_fake_xo(vms=2, spec=tmp_path / "xo-99.json") as fake:
        result = found(of(fake))["XO release"]
        assert result.text.startswith(f"newer than XO {NEWEST.name}; this server was made for XO")
        config = resolve({}, of(fake, XO_MCP_XO_RELEASE="auto"))
        reported = capabilities(config, load_entries(), 30)
    assert reported is not None
    assert reported.is_sure
    lacking = [entry.name for entry in load_entries() if entry.facts.plugin is None and reported.lacks(entry)]
    assert lacking == []


def test_a_document_of_something_else(xo: FakeXo):
    xo.fault("GET /docs/swagger.json", "status-500", times=None)
    try:
        result = found(of(xo))["XO release"]
    finally:
        xo.xo.faults.clear()
    assert result.state == "warn"
    assert "proxy" in result.next


@pytest.mark.parametrize(("named", "why"), [("none", "No such file or directory"), (".", "it is not a regular file")])
def test_a_token_file_that_can_not_be_read_is_reported_once(xo: FakeXo, tmp_path: Path, named: str, why: str):
    file = tmp_path / named
    results = examine(resolve({}, {"XO_URL": xo.url, "XO_TOKEN_FILE": str(file)}), HASTY)
    assert [result.text for result in results if result.state != "ok"] == [f"XO_TOKEN_FILE: can't read {file}: {why}"]


@pytest.mark.parametrize(
    ("wanted", "state"), [(NEWEST.minor, "ok"), (NEWEST.name, "ok"), ("6.4", "warn"), ("auto", "ok")]
)
def test_the_release_that_was_named_is_held_against_xo(xo: FakeXo, wanted: str, state: str):
    result = found(of(xo, XO_MCP_XO_RELEASE=wanted))["XO release"]
    assert result.state == state
    assert ("and not 6.4" in result.text) == (wanted == "6.4")


def test_a_token_file_others_can_read(xo: FakeXo, tmp_path: Path):
    file = tmp_path / "token"
    file.write_text(xo.admin_token)
    environment = {"XO_URL": xo.url, "XO_TOKEN_FILE": str(file)}
    file.chmod(0o644)
    assert found(environment)["token file"].next == f"chmod 600 {file}"
    file.chmod(0o600)
    assert found(environment)["token file"].state == "ok"


@pytest.mark.parametrize(
    ("variable", "check"),
    [
        ("XO_MCP_DOWNLOAD_DIR", "download folder"),
        ("XO_MCP_UPLOAD_DIR", "upload folder"),
        ("XO_MCP_AUDIT_LOG", "audit log"),
    ],
)
def test_a_file_where_a_folder_should_be(xo: FakeXo, tmp_path: Path, variable: str, check: str):
    file = tmp_path / "file"
    file.write_text("")
    result = found(of(xo, **{variable: str(file / "below")}))[check]
    assert result.state == "fail"
    assert result.next


def test_a_tool_that_does_not_exist(xo: FakeXo):
    result = found(of(xo, XO_MCP_TOOLS="start_vmm"))["tools"]
    assert result.state == "fail"
    assert "start_vm" in result.text


def test_a_misspelled_variable_and_unrecorded_writes(xo: FakeXo):
    results = found(of(xo, XO_MCP_TOOLSET="all", XO_MCP_ENABLE_ACTIONS="1"))
    assert "XO_MCP_TOOLSETS" in results["settings"].text
    assert results["audit log"].state == "warn"


def run(arguments: list[str], environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> int:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return main(arguments)


def test_the_command_prints_a_line_per_check_and_one_next_step(
    xo: FakeXo, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    assert run(["doctor"], of(xo), monkeypatch) == 0
    lines = capsys.readouterr().out.splitlines()
    assert all(line.startswith(("ok ", "warn ", "fail ")) for line in lines[:-2])
    assert lines[-1].startswith("Next: ")
    assert run(["doctor"], {"XO_TOKEN": "wrong-t0ken"}, monkeypatch) == 1
    assert "fail  login" in capsys.readouterr().out


def test_the_command_prints_json_for_programs(
    xo: FakeXo, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    assert run(["doctor", "--json"], of(xo, "nobody"), monkeypatch) == 0
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert answer["ok"] is True
    assert {"check", "state", "text", "next"} == set(answer["checks"][0])
    warned = {check["check"]: check["next"] for check in answer["checks"] if check["state"] == "warn"}
    assert len(warned) > 1
    assert answer["next"].startswith(warned["privileges"])
    assert all(step in answer["next"] for step in warned.values())
    assert main(["tools", "--json"]) == 2


def test_what_xo_says_can_not_write_to_the_terminal():
    result = CheckResult("login", "ok", "signed in as \x1b[31mroot\nfail  everything")
    assert "\x1b" not in result.text
    assert "\n" not in result.text
    assert not failed([result])
    assert dataclasses.asdict(result)["state"] == "ok"
