"""Every tool under every switch and on both surfaces: who is offered, who is asked, what reaches XO, what is kept."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aims import aimed, candidates
from desk import ENTRIES, Desk, Person, folders, text_of, variables
from fake_xo import FakeXo, running_fake_xo
from fake_xo.jsonrpc.socket import Called
from fake_xo.requests import Seen
from mcp.shared.exceptions import MCPError
from mcp.types import CallToolResult
from world import World
from xo_mcp.definitions import Entry
from xo_mcp.safety import audit

MODES: dict[str, dict[str, str]] = {
    "read-only": {"XO_MCP_ENABLE_ACTIONS": "0", "XO_MCP_ALLOW_DENIED": "0"},
    "read-only in spite of allow-denied": {"XO_MCP_ENABLE_ACTIONS": "0", "XO_MCP_ALLOW_DENIED": "1"},
    "actions": {"XO_MCP_ENABLE_ACTIONS": "1", "XO_MCP_ALLOW_DENIED": "0"},
    "nothing destructive": {"XO_MCP_DISABLE_DESTRUCTIVE": "1", "XO_MCP_ALLOW_DENIED": "1"},
    "allow-denied": {"XO_MCP_ENABLE_ACTIONS": "1", "XO_MCP_ALLOW_DENIED": "1"},
}
OFFERED = {
    "read-only": {"read"},
    "read-only in spite of allow-denied": {"read"},
    "actions": {"read", "write", "destructive"},
    "nothing destructive": {"read", "write"},
    "allow-denied": {"read", "write", "destructive", "denied"},
}
"""Mode to the classes of tools that are offered."""
ASKED = {"none": set(), "destructive": {"destructive", "denied"}, "all": {"write", "destructive", "denied"}}
"""Setting of `--confirm` to the classes of tools a person must agree to."""
MANY = "run_on_many"
"""Kind of the tool that calls others."""
TRAPPED = {
    "delete_vdi", "attach_acl_role_to_group", "attach_acl_role_to_user", "disable_sr_maintenance",
    "delete_own_auth_tokens",
}  # fmt: skip
"""Tools that see by themselves that XO would refuse: the first disk is attached, the first role built in, no storage
in maintenance, no token of that end."""
READING = {entry.facts.route for entry in ENTRIES.values() if entry.facts.is_call and entry.facts.effect == "read"}
"""JSON-RPC methods that change nothing."""
ENDED = {"done", "failed", "pending"}
SURFACES = ("full", "search")
AUDIT = "audit.log"
AT_ONCE = 10
"""Tools that are described at once: so many always fit into an answer."""


@pytest.fixture(autouse=True)
def every_attempt_gets_its_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """One client tries more here than the audit log tells one by one."""
    monkeypatch.setattr(audit, "NOISE", 10_000)


def class_of(entry: Entry) -> str:
    """The effect of a tool that a client sees; the dangerous ones apart."""
    hints = entry.definition["annotations"]
    if hints["readOnlyHint"]:
        return "read"
    if entry.facts.denied:
        return "denied"
    # What it does to the world is what the tool does that it calls.
    return "destructive" if hints["destructiveHint"] and entry.facts.kind != MANY else "write"


def may_ask(entry: Entry, confirm: str) -> bool:
    """Whether it takes a confirmation: because it always asks, or because it may."""
    sometimes = confirm != "none" and (entry.facts.asks_when or entry.facts.kind == MANY)
    return class_of(entry) in ASKED[confirm] or sometimes


@dataclass
class Table:
    """A server under one mode, and everything that shows what it does."""

    fake: FakeXo
    desk: Desk
    world: World
    audit: Path
    read: int = 0

    def lines(self) -> list[dict[str, Any]]:
        """What was written down since it was looked at last."""
        every = [json.loads(line) for line in self.audit.read_text().splitlines()]
        fresh, self.read = every[self.read :], len(every)
        return fresh

    def writes(self) -> list[Seen | Called]:
        """What was asked of XO that changes something."""
        called = [call for call in self.world.calls() if call.method not in READING]
        return [*(seen for seen in self.world.log() if seen.method != "GET"), *called]

    @property
    def searched(self) -> bool:
        """Whether tools are called through others."""
        return self.desk.config.surface == "search"

    def call(self, entry: Entry, **more: Any) -> CallToolResult:
        """Call a tool on an object that is there, the way its surface wants it."""
        self.world.restore()
        given = aimed(self.fake, entry, candidates(self.fake, entry)[0]) | more
        if not self.searched:
            return self.desk.call(entry.name, given)
        through = "call_tool_read" if class_of(entry) == "read" else "call_tool_write"
        return self.desk.call(through, {"name": entry.name, "arguments": given})

    def offered(self) -> dict[str, set[str]]:
        """Tool to the arguments it takes, as a client finds out."""
        if not self.searched:
            return {tool.name: set(tool.input_schema["properties"]) for tool in self.desk.tools()}
        found: dict[str, set[str]] = {}
        names = [name for name in ENTRIES if self.is_known(name)]
        for start in range(0, len(names), AT_ONCE):
            answer = self.desk.call("describe_tools", {"names": names[start : start + AT_ONCE]})
            described = (answer.structured_content or {})["tools"]
            found |= {tool["name"]: set(tool["inputSchema"]["properties"]) for tool in described}
        return found

    def is_known(self, name: str) -> bool:
        """Whether it can be described."""
        return not self.desk.call("describe_tools", {"names": [name]}).is_error


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeXo]:
    with running_fake_xo(vms=4, lag=0, task_seconds=0, busy_vdi_seconds=0, export_bytes=2000) as running:
        yield running


def test_every_class_has_tools():
    """The table below says something about each."""
    counts = {name: sum(class_of(entry) == name for entry in ENTRIES.values()) for name in OFFERED["allow-denied"]}
    assert all(counts.values())
    assert all(entry.facts.effect == "destructive" for entry in ENTRIES.values() if entry.facts.denied)


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize("confirm", ASKED)
@pytest.mark.parametrize("mode", MODES)
def test_the_table(fake: FakeXo, tmp_path: Path, mode: str, confirm: str, surface: str):
    with Desk(recorded(fake, tmp_path, confirm, surface) | MODES[mode]) as desk:
        table = Table(fake, desk, World(fake), tmp_path / AUDIT)
        wanted = [entry.name for entry in ENTRIES.values() if class_of(entry) in OFFERED[mode]]
        offered = table.offered()
        assert list(offered) == wanted
        shown = {name for name, arguments in offered.items() if "confirm_token" in arguments}
        assert shown == {name for name in wanted if may_ask(ENTRIES[name], confirm)}
        for entry in ENTRIES.values():
            if entry.name not in wanted:
                is_unknown(table, entry)
            elif class_of(entry) in ASKED[confirm]:
                is_asked_about(table, entry)
            elif class_of(entry) != "read":
                is_done_and_written_down(table, entry, may_ask=may_ask(entry, confirm))
        table.world.restore()
        assert desk.log.faults == []


def recorded(fake: FakeXo, where: Path, confirm: str, surface: str) -> dict[str, str]:
    """The environment of a server with an audit log."""
    audit = {"XO_MCP_AUDIT_LOG": str(where / AUDIT)}
    return variables(fake, **folders(where), **audit, XO_MCP_CONFIRM=confirm, XO_MCP_SURFACE=surface)


def is_unknown(table: Table, entry: Entry) -> None:
    """It is not a tool, nothing reaches XO, and each attempt is written down."""
    table.world.restore()
    with pytest.raises(MCPError) as caught:
        table.desk.call(entry.name, {})
    assert caught.value.code == -32602
    attempts = 1
    if table.searched:
        writes = "call_tool_write" in table.desk.names()
        for through in ("call_tool_read", *(["call_tool_write"] if writes else [])):
            answer = table.desk.call(through, {"name": entry.name, "arguments": {}})
            assert answer.is_error
            assert "There is no tool" in text_of(answer)
            attempts += 1
        if not writes:
            with pytest.raises(MCPError):
                table.call(entry)
            attempts += 1
    assert table.writes() == []
    assert [(line["tool"], line["outcome"]) for line in table.lines()] == [(entry.name, "refused")] * attempts


def is_asked_about(table: Table, entry: Entry) -> None:
    """Nothing reaches XO that changes anything, and the attempt is written down."""
    answer = table.call(entry)
    assert not answer.is_error
    content = answer.structured_content or {}
    assert content.get("status") == "confirmation_needed", text_of(answer)
    assert len(content["question"]) > len(entry.title)
    assert table.writes() == []
    assert [(line["tool"], line["outcome"]) for line in table.lines()] == [(entry.name, "asked")]


def is_done_and_written_down(table: Table, entry: Entry, *, may_ask: bool) -> None:
    """It reaches XO without a question, between a line that says so and one that says what came of it."""
    answer = table.call(entry)
    lines = [line for line in table.lines() if line["tool"] == entry.name]
    if may_ask and [line["outcome"] for line in lines] == ["asked"]:
        assert table.writes() == []
        return
    assert "confirmation_needed" not in text_of(answer)
    started, ended = lines
    assert (started["tool"], started["outcome"]) == (entry.name, "started")
    assert (ended["tool"], ended["call"]) == (entry.name, started["call"])
    assert ended["outcome"] in ENDED
    assert (ended["outcome"] == "failed") == answer.is_error
    assert "confirmation" not in started


@pytest.mark.parametrize("surface", SURFACES)
def test_reads_are_never_asked_about_nor_written_down(fake: FakeXo, tmp_path: Path, surface: str):
    with Desk(recorded(fake, tmp_path, "all", surface)) as desk:
        table = Table(fake, desk, World(fake), tmp_path / AUDIT)
        for entry in ENTRIES.values():
            if class_of(entry) == "read" and entry.facts.module != "events":
                answer = table.call(entry)
                assert "confirmation_needed" not in text_of(answer)
                assert table.writes() == []
        table.world.restore()
        assert table.lines() == []


@pytest.mark.parametrize("era", ["legacy", "auto"])
@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize("action", ["accept", "decline", "cancel"])
def test_who_is_asked_decides(fake: FakeXo, tmp_path: Path, era: str, action: str, surface: str):
    person = Person(action)
    with Desk(recorded(fake, tmp_path, "all", surface), era=era, person=person) as desk:
        table = Table(fake, desk, World(fake), tmp_path / AUDIT)
        for entry in ENTRIES.values():
            if class_of(entry) == "read":
                continue
            person.asked.clear()
            table.call(entry)
            lines = [
                (line["outcome"], line.get("confirmation"))
                for line in table.lines()
                if line["outcome"] != "asked" and line["tool"] == entry.name
            ]
            assert len(person.asked) == 1, entry.name
            if action == "accept":
                assert lines[0] == ("started", "asked")
                assert table.writes() or entry.name in TRAPPED
            else:
                assert lines == [("declined", None)]
                assert table.writes() == []
        table.world.restore()


@pytest.mark.parametrize("surface", SURFACES)
def test_a_token_is_good_for_one_call_on_either_surface(fake: FakeXo, tmp_path: Path, surface: str):
    """Every tool that asks does its work with the token it gave, once."""
    with Desk(recorded(fake, tmp_path, "all", surface)) as desk:
        table = Table(fake, desk, World(fake), tmp_path / AUDIT)
        for entry in ENTRIES.values():
            if class_of(entry) == "read":
                continue
            token = (table.call(entry).structured_content or {})["confirm_token"]
            assert "used before" not in text_of(table.call(entry, confirm_token=token))
            assert table.writes() or entry.name in TRAPPED, entry.name
            assert "used before" in text_of(table.call(entry, confirm_token=token))
            assert table.writes() == []
            own = [line for line in table.lines() if line["tool"] == entry.name]
            outcomes = [(line["outcome"], line.get("confirmation")) for line in own]
            assert outcomes[:2] == [("asked", None), ("started", "token")]
            assert outcomes[2][1] == "token"
            assert outcomes[3:] == [("refused", None)]
            assert token not in table.audit.read_text()
        table.world.restore()


@pytest.mark.parametrize("surface", SURFACES)
def test_wrong_arguments_are_refused_and_written_down_on_either_surface(fake: FakeXo, tmp_path: Path, surface: str):
    with Desk(recorded(fake, tmp_path, "all", surface)) as desk:
        table = Table(fake, desk, World(fake), tmp_path / AUDIT)
        for entry in ENTRIES.values():
            answer = table.call(entry, no_such_argument=1)
            assert answer.is_error
            assert f"{entry.name} has no argument 'no_such_argument'" in text_of(answer)
            written = [(line["tool"], line["outcome"]) for line in table.lines()]
            assert written == ([] if class_of(entry) == "read" else [(entry.name, "refused")])
        assert table.world.log() == []


def test_the_reading_tool_of_the_search_surface_writes_nothing(fake: FakeXo, tmp_path: Path):
    with Desk(recorded(fake, tmp_path, "none", "search")) as desk:
        table = Table(fake, desk, World(fake), tmp_path / AUDIT)
        for entry in ENTRIES.values():
            reads = class_of(entry) == "read"
            given = aimed(fake, entry, candidates(fake, entry)[0])
            other = "call_tool_write" if reads else "call_tool_read"
            answer = desk.call(other, {"name": entry.name, "arguments": given})
            assert "call it with call_tool_" in text_of(answer)
            written = [(line["tool"], line["outcome"]) for line in table.lines()]
            assert written == ([] if reads else [(entry.name, "refused")])
        # The server asks for the switch and its rights when it starts, perhaps only after the table began to look.
        assert {seen.route for seen in table.world.log()} <= {"GET /mcp/status", "GET /users/{id}"}
