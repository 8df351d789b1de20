"""What XO, or somebody in its place, may answer: too much of it, too deep, or made to look like ours."""

import json
import time
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest
from asking import client_of
from desk import ENTRIES, EVERYTHING, Desk, text_of
from loop_ticks import calls_in_loop, loop_ticks
from loopback import answer, loopback
from test_outside_texts import Answering, answering
from xo_mcp import parsing
from xo_mcp.api import replies
from xo_mcp.errors import XoError
from xo_mcp.inventory.tables import catalog
from xo_mcp.parsing import DEPTH, TOO_DEEP, TooMuchError, parse_json
from xo_mcp.types import Call

pytestmark = pytest.mark.anyio
UUID = "11111111-2222-4333-8444-555555555555"


def nested(levels: int, kind: str = "list") -> bytes:
    first, last = ("[", "]") if kind == "list" else ('{"a":', "}")
    return f"{first * levels}{'' if kind == 'list' else '1'}{last * levels}".encode()


def depth(value: Any) -> int:
    found, waiting = 0, [(value, 1)]
    while waiting:
        part, level = waiting.pop()
        if isinstance(part, (dict, list)):
            found = max(found, level)
            waiting += [(inner, level + 1) for inner in (part.values() if isinstance(part, dict) else part)]
    return found


@pytest.mark.parametrize("kind", ["list", "object"])
@pytest.mark.parametrize("levels", [1, DEPTH, DEPTH + 1, 199, 201, 700])
def test_nesting_is_cut_where_no_record_comes_near(kind: str, levels: int):
    value = parse_json(nested(levels, kind))
    assert depth(value) == min(levels, DEPTH)
    assert (TOO_DEEP in json.dumps(value)) == (levels > DEPTH)


def test_nesting_without_end_is_said():
    with pytest.raises(TooMuchError, match="nested"):
        parse_json(nested(100_000))


def test_brackets_in_texts_are_no_nesting():
    value = [{"name": "[" * 500 + "{" * 500, "deep": [[[1]]]}]
    assert parse_json(json.dumps(value).encode()) == value


def test_one_deep_record_breaks_no_list():
    value = parse_json(b'[{"id":"a","x":' + nested(700) + b'},{"id":"b"}]')
    assert [record["id"] for record in value] == ["a", "b"]


def test_tiny_values_cost_no_memory(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(parsing, "VALUES", 10_000)
    content = b"[" + b"{}," * 1_000_000 + b"0]"
    tracemalloc.start()
    try:
        with pytest.raises(TooMuchError):
            parse_json(content)
        assert tracemalloc.get_traced_memory()[1] < len(content)
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("media", ["application/json", "application/x-ndjson"])
async def test_the_caller_hears_that_it_was_too_much(monkeypatch: pytest.MonkeyPatch, media: str):
    monkeypatch.setattr(parsing, "VALUES", 1_000)
    body = b"[" + b"0," * 2_000 + b"0]" if media == "application/json" else b"0\n" * 2_000
    async with loopback(lambda _: answer(body, media=media)) as xo, client_of(xo.url) as client:
        with pytest.raises(XoError, match="can't be taken in") as caught:
            await client.request(Call("GET", "/vms"))
    assert caught.value.code == "too_large"


async def test_a_large_answer_is_read_beside_the_others(monkeypatch: pytest.MonkeyPatch):
    """The loop goes on while a thread reads 8 MB."""
    read = calls_in_loop(monkeypatch, replies, "parse")
    body = json.dumps([{"id": str(number), "name": "x" * 50} for number in range(100_000)]).encode()
    async with loopback(lambda _: answer(body)) as xo, client_of(xo.url) as client, loop_ticks() as ticks:
        reply = await client.request(Call("GET", "/vms"))
    assert len(reply.data) == 100_000
    assert ticks.count > 0
    assert read == [(False, len(body))]


@pytest.mark.parametrize("size", [200_000, 900_000])
@pytest.mark.parametrize("part", ["<title", "a://:", "\n at ", "OpaqueRef:", "password=", ", ", "Issues:"])
@pytest.mark.parametrize("media", ["text/html", "text/plain", "application/json"])
async def test_error_pages_of_any_size_are_read_in_part(part: str, media: str, size: int):
    text = part * (size // len(part))
    body = json.dumps({"error": text}).encode() if media == "application/json" else text.encode()
    async with loopback(lambda _: answer(body, 500, media=media)) as xo, client_of(xo.url) as client:
        began = time.process_time()
        with pytest.raises(XoError) as caught:
            await client.request(Call("DELETE", "/vms/{id}", path={"id": "x"}))
        assert time.process_time() - began < 1
    assert len(str(caught.value)) < 2_000


@pytest.fixture(scope="module")
def playing() -> Iterator[tuple[Answering, Desk]]:
    with answering() as wanted, Desk({"XO_URL": wanted.url, "XO_TOKEN": "x" * 20, **EVERYTHING}) as desk:
        yield wanted, desk


LARGE: dict[str, Any] = {
    "escapes": "\u202e\x1b" * 400_000,
    "logins": ["http://user:password@host"] * 40_000,
    "settings": "password= " * 400_000,
    "objects": [{"password": "x", "name_label": "\x1b"}] * 40_000,
    "names": {f"\x1b{number}": "\x1b" for number in range(30_000)},
}


async def _seconds() -> float:
    return time.thread_time()


@pytest.mark.parametrize("kind", LARGE)
def test_what_is_large_is_made_fit_to_be_read_beside_the_others(playing: tuple[Answering, Desk], kind: str):
    """The loop that serves everybody spends no half second on it, however long the owner of a VM wrote its name."""
    wanted, desk = playing
    record = {"id": UUID, "name_label": LARGE[kind], "other": LARGE[kind]}
    for tool, arguments in (("get_vm", {"id": UUID}), ("list_vms", {"fields": "*"})):
        wanted.body = json.dumps(record if arguments.get("id") else [record]).encode()
        began = desk.within(_seconds)
        answer = desk.call(tool, arguments)
        assert desk.within(_seconds) - began < 0.5
        assert not answer.is_error
        assert not {"\x1b", "\u202e"} & set(text_of(answer))
        assert ":password@" not in text_of(answer)
    assert desk.log.faults == []


ODD: list[Any] = [10**30, 1e308, "a\0b", "", "\ud800", ["x"], {"a": "x"}]
REPORTS = {
    name: dict.fromkeys(entry.schema.get("required", ()), "fine")
    for name, entry in ENTRIES.items()
    if entry.facts.kind == "report"
    and not any("enum" in entry.schema["properties"][each] for each in entry.schema.get("required", ()))
}


def test_no_odd_record_breaks_a_report(playing: tuple[Answering, Desk]):
    """Whatever is where a date, a list or a number belongs, the others are shown."""
    wanted, desk = playing
    columns = {
        each.property.partition(".")[0] for source in catalog().sources.values() for each in source.columns.values()
    }
    odd = [dict.fromkeys(columns - {""}, each) | {"id": f"{number}{UUID[1:]}"} for number, each in enumerate(ODD, 2)]
    records = [{"id": UUID, "name_label": "fine"}, *odd]
    wanted.body = json.dumps(records).encode()
    failed = {}
    for report, arguments in REPORTS.items():
        answer = desk.call(report, arguments)
        if answer.is_error and "no " not in text_of(answer):
            failed[report] = text_of(answer)
    assert failed == {}
    answer = desk.call(
        "query_inventory", sql="SELECT count(*) FROM vms, json_each(tags) UNION SELECT date(startTime) FROM vms"
    )
    assert not answer.is_error, text_of(answer)
    assert desk.log.faults == []
