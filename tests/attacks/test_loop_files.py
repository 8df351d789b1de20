"""No file is opened, locked or listed where the event loop runs: a disk that hangs would keep everybody waiting."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from desk import EVERYTHING, Desk, Person, folders, text_of
from fake_xo.server import FakeXo
from loop_ticks import calls_in_loop, in_loop
from xo_mcp.config.config import resolve
from xo_mcp.inventory import answers
from xo_mcp.web.bearer import FileTokens
from xo_mcp.web.subjects import Subjects

TOKEN = "planted-bearer-token-0123456789"
EVENTS = ("open", "os.", "fcntl.", "shutil.", "tempfile.")


class Watcher:
    """Notes file work in an event loop, as Python's own audit events report it."""

    def __init__(self) -> None:
        self.folder: str | None = None
        self.seen: list[str] = []
        self.in_threads = 0

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Receive an event."""
        if self.folder is None or not event.startswith(EVENTS):
            return
        if event.startswith("fcntl.") or self.folder in str(arguments):
            if in_loop():
                self.seen.append(f"{event}{arguments}")
            else:
                self.in_threads += 1


WATCHER = Watcher()
sys.addaudithook(WATCHER)  # there is no way to take it off, so it is one that can be idle


@contextmanager
def watched(folder: Path) -> Iterator[Watcher]:
    """Watch what is done with files below a folder until the block ends."""
    WATCHER.seen, WATCHER.in_threads, WATCHER.folder = [], 0, str(folder)
    try:
        yield WATCHER
    finally:
        WATCHER.folder = None


@pytest.mark.parametrize("person", [None, Person()], ids=["token", "form"])
def test_calls_open_nothing_in_the_event_loop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, person: Person | None):
    composed = calls_in_loop(monkeypatch, answers, "csv_text")
    token, key = tmp_path / "xo-token", tmp_path / "key"
    key.write_text("k" * 64)
    with FakeXo(vms=12, lag=0) as xo:
        token.write_text(xo.admin_token)
        settings = {
            "XO_URL": xo.url, "XO_TOKEN_FILE": str(token), **EVERYTHING, **folders(tmp_path),
            "XO_MCP_CONFIRM": "destructive", "XO_MCP_CONFIRM_KEY_FILE": str(key),
            "XO_MCP_AUDIT_LOG": str(tmp_path / "audit.log"),
        }  # fmt: skip
        vms = [vm["id"] for vm in xo.xo.store.every("vms") if vm["power_state"] == "Halted"]
        with Desk(settings, person=person) as desk, watched(tmp_path) as watcher:
            first = desk.call("delete_vm", id=vms[0])
            token_given = (first.structured_content or {}).get("confirm_token")
            done = [
                desk.call("delete_vm", id=vms[0], confirm_token=token_given) if token_given else first,
                desk.call("export_vm_xva", id=vms[1]),
                desk.call("import_vdi_to_sr", id=xo.find("srs")["id"], file="disk.vhd", name_label="x"),
                desk.call("query_inventory", sql="SELECT name_label FROM vms", filename="vms"),
            ]
            token.write_text(xo.reader_token)
            done.append(desk.call("list_vms"))
    assert bool(token_given) == (person is None)
    assert [text_of(answer) for answer in done if answer.is_error] == []
    assert watcher.in_threads > len(done)
    assert watcher.seen == []
    # A million rows take seconds.
    assert composed == [(False, 0)]


@pytest.mark.anyio
async def test_tokens_of_clients_are_read_in_a_thread(tmp_path: Path):
    own, tokens, people = tmp_path / "own", tmp_path / "tokens", tmp_path / "people"
    own.write_text("a-token-of-xo-0123456789")
    config = resolve({}, {"XO_URL": "https://xo.example.org", "XO_TOKEN": "x" * 20})
    tokens.write_text(f"alice {TOKEN} {own}\n")
    people.write_text(f"alice {own}\n")
    known, subjects = FileTokens(tokens, config), Subjects(people, config)
    for file in (tokens, people):
        file.write_text(f"# changed\n{file.read_text()}")
    with watched(tmp_path) as watcher:
        found = await known.verify_token(TOKEN)
        identity = await subjects.find({"sub": "alice"})
    assert found is not None
    assert found.identity is not None
    assert identity is not None
    assert watcher.in_threads == 4
    assert watcher.seen == []
