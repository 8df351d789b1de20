"""Every tool under every switch: who is listed, who is asked, what reaches XO, and what is written down."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aims import aimed, candidates
from desk import ENTRIES, Desk, Person, folders, text_of, variables
from fake_xo import FakeXo, running_fake_xo
from fake_xo.requests import Seen
from mcp.shared.exceptions import MCPError
from mcp.types import CallToolResult
from world import World
from xo_mcp.definitions import Entry

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
TRAPPED = {"delete_vdi", "attach_acl_role_to_group", "attach_acl_role_to_user"}
"""Tools that see by themselves that XO would refuse: the first disk is attached, the first role built in."""
ENDED = {"done", "failed", "pending"}


def class_of(entry: Entry) -> str:
    """What a client is told a tool does; the dangerous ones apart."""
    hints = entry.definition["annotations"]
    if hints["readOnlyHint"]:
        return "read"
    if entry.facts.denied:
        return "denied"
    return "destructive" if hints["destructiveHint"] else "write"


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

    def writes(self) -> list[Seen]:
        """What was asked of XO that changes something."""
        return [seen for seen in self.world.log() if seen.method != "GET"]

    def call(self, entry: Entry) -> CallToolResult:
        """Call a tool on an object that is there."""
        self.world.restore()
        object_id = candidates(self.fake, entry)[0]
        return self.desk.call(entry.name, aimed(self.fake, entry, object_id))


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeXo]:
    with running_fake_xo(vms=4, lag=0, task_seconds=0, busy_vdi_seconds=0, export_bytes=2000) as running:
        yield running


def test_every_class_has_tools():
    """The table below says something about each."""
    counts = {name: sum(class_of(entry) == name for entry in ENTRIES.values()) for name in OFFERED["allow-denied"]}
    assert counts == {"read": 149, "write": 88, "destructive": 30, "denied": 6}
    assert all(entry.facts.effect == "destructive" for entry in ENTRIES.values() if entry.facts.denied)


@pytest.mark.parametrize("confirm", ASKED)
@pytest.mark.parametrize("mode", MODES)
def test_the_table(fake: FakeXo, tmp_path: Path, mode: str, confirm: str):
    audit = tmp_path / "audit.log"
    settings = variables(fake, **folders(tmp_path), XO_MCP_CONFIRM=confirm, XO_MCP_AUDIT_LOG=str(audit))
    with Desk(settings | MODES[mode]) as desk:
        table = Table(fake, desk, World(fake), audit)
        wanted = [entry.name for entry in ENTRIES.values() if class_of(entry) in OFFERED[mode]]
        assert desk.names() == wanted
        shown = {tool.name for tool in desk.tools() if "confirm_token" in tool.input_schema["properties"]}
        assert shown == {name for name in wanted if class_of(ENTRIES[name]) in ASKED[confirm]}
        for entry in ENTRIES.values():
            if entry.name not in wanted:
                is_unknown(table, entry)
            elif class_of(entry) in ASKED[confirm]:
                is_asked_about(table, entry)
            elif class_of(entry) != "read":
                is_done_and_written_down(table, entry)
        table.world.restore()
        assert desk.log.faults == []


def is_unknown(table: Table, entry: Entry) -> None:
    """It is no tool, nothing reaches XO, and the attempt is written down."""
    with pytest.raises(MCPError) as caught:
        table.call(entry)
    assert caught.value.code == -32602
    assert table.writes() == []
    assert [(line["tool"], line["outcome"]) for line in table.lines()] == [(entry.name, "refused")]


def is_asked_about(table: Table, entry: Entry) -> None:
    """Nothing reaches XO that changes anything, and the attempt is written down."""
    answer = table.call(entry)
    assert answer.is_error
    content = answer.structured_content or {}
    assert content.get("status") == "confirmation_needed", text_of(answer)
    assert len(content["question"]) > len(entry.title)
    assert table.writes() == []
    assert [(line["tool"], line["outcome"]) for line in table.lines()] == [(entry.name, "asked")]


def is_done_and_written_down(table: Table, entry: Entry) -> None:
    """It reaches XO without a question, between a line that says so and one that says what came of it."""
    answer = table.call(entry)
    lines = table.lines()
    assert "confirmation_needed" not in text_of(answer)
    started, ended = lines
    assert (started["tool"], started["outcome"]) == (entry.name, "started")
    assert (ended["tool"], ended["call"]) == (entry.name, started["call"])
    assert ended["outcome"] in ENDED
    assert (ended["outcome"] == "failed") == answer.is_error
    assert "confirmation" not in started


def test_reads_are_never_asked_about_nor_written_down(fake: FakeXo, tmp_path: Path):
    audit = tmp_path / "audit.log"
    settings = variables(fake, **folders(tmp_path), XO_MCP_CONFIRM="all", XO_MCP_AUDIT_LOG=str(audit))
    with Desk(settings) as desk:
        table = Table(fake, desk, World(fake), audit)
        for entry in ENTRIES.values():
            if class_of(entry) == "read" and entry.facts.module != "events":
                answer = table.call(entry)
                assert "confirmation_needed" not in text_of(answer)
                assert table.writes() == []
        table.world.restore()
        assert table.lines() == []


@pytest.mark.parametrize("era", ["legacy", "auto"])
@pytest.mark.parametrize("action", ["accept", "decline", "cancel"])
def test_who_is_asked_decides(fake: FakeXo, tmp_path: Path, era: str, action: str):
    audit = tmp_path / "audit.log"
    person = Person(action)
    settings = variables(fake, **folders(tmp_path), XO_MCP_CONFIRM="all", XO_MCP_AUDIT_LOG=str(audit))
    with Desk(settings, era=era, person=person) as desk:
        table = Table(fake, desk, World(fake), audit)
        for entry in ENTRIES.values():
            if class_of(entry) == "read":
                continue
            person.asked.clear()
            table.call(entry)
            lines = [
                (line["outcome"], line.get("confirmation")) for line in table.lines() if line["outcome"] != "asked"
            ]
            assert len(person.asked) == 1, entry.name
            if action == "accept":
                assert lines[0] == ("started", "asked")
                assert table.writes() or entry.name in TRAPPED
            else:
                assert lines == [("declined", None)]
                assert table.writes() == []
        table.world.restore()
