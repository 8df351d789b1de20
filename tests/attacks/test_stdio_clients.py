"""Clients over stdio that send what can't be read, and terminals that go away: nobody waits for ever."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fake_xo.server import FakeXo
from hypothesis import given, settings
from hypothesis import strategies as st
from mcp_types.jsonrpc import jsonrpc_message_adapter
from serving import variables
from stdio_pipes import HELLO, answers_until, line, send, started
from xo_mcp.server.unreadable import complaints

LAST = {"jsonrpc": "2.0", "id": "last", "method": "ping"}
PING = b'{"jsonrpc":"2.0","id":8,"method":"ping"'
NOT_JSON, NOT_A_REQUEST = -32700, -32600
UNREADABLE: dict[bytes, dict[Any, int]] = {
    b'{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"get_vm","arguments":{"id":"\\ud800"}}}': {
        7: NOT_JSON
    },
    b'\xef\xbb\xbf{"jsonrpc":"2.0","id":"a","method":"ping"}': {"a": NOT_JSON},
    b'{"params":{"id":5,"a":"\\ud800"},"method":"ping","jsonrpc":"2.0","id":9}': {9: NOT_JSON},
    PING: {8: NOT_JSON},
    PING + b",}": {8: NOT_JSON},
    PING + b"} and more": {8: NOT_JSON},
    PING + b',"params":{"x":"a\tb"}}': {8: NOT_JSON},
    PING + b',"params":{"x":"never closed': {8: NOT_JSON},
    PING + b',"params":{"x":' + b"[" * 3_000 + b"]" * 3_000 + b"}}": {8: NOT_JSON},
    b'{"jsonrpc":"2.0","id":8,"method":5}': {8: NOT_A_REQUEST},
    b'{"id":8,"method":"ping"}': {8: NOT_A_REQUEST},
    b'{"jsonrpc":"1.0","id":8,"method":"ping"}': {8: NOT_A_REQUEST},
    PING + b',"params":[1]}': {8: NOT_A_REQUEST},
    b"[" + PING + b"}]": {8: NOT_A_REQUEST},
    # Nobody waits for an answer to these.
    b'{"jsonrpc":"2.0","method":"notifications/x","params":"\x1b[31m"}': {},
    b'{"jsonrpc":"2.0","id":8,"result":{"method":"\\ud800"}}': {},
    b"\x1b[2J": {},
    b"[" * 10_000: {},
    b"": {},
}


@pytest.fixture(scope="module")
def xo() -> Iterator[FakeXo]:
    with FakeXo(vms=2, lag=0) as fake:
        yield fake


def test_what_can_not_be_read_is_answered_under_its_id(package: Path, xo: FakeXo):
    with started(package, variables(xo)) as process:
        send(process, [line(HELLO)])
        answers_until(process, "hello")
        for number, (unreadable, expected) in enumerate(UNREADABLE.items()):
            send(process, [unreadable, line({**LAST, "id": f"after {number}"})])
            *others, last = answers_until(process, f"after {number}")
            codes = {answer["id"]: answer["error"]["code"] for answer in others}
            assert (unreadable[:100], codes) == (unreadable[:100], expected)
            assert last["result"] == {}
        assert process.stdin is not None
        process.stdin.close()
        assert process.stderr is not None
        errors = process.stderr.read()
    assert b"\x1b" not in errors
    assert b"Traceback" not in errors


@settings(max_examples=30)
@given(
    st.dictionaries(st.text(), st.recursive(st.text() | st.integers(), st.lists), max_size=4),
    st.integers() | st.text(st.characters(exclude_categories=["Cs"]), max_size=50),
    st.data(),
)
def test_wherever_a_request_is_cut_off_its_id_is_found(params: dict[str, Any], number: int | str, data: st.DataObject):
    whole = json.dumps({"jsonrpc": "2.0", "method": "tools/call", "id": number, "params": params})
    beginning = whole[: whole.index(', "params"')]
    cut = data.draw(st.integers(len(beginning), len(whole) - 1))
    with pytest.raises(ValueError) as caught:
        jsonrpc_message_adapter.validate_json(whole[:cut], by_name=False)
    ((found, reported),) = complaints(caught.value)
    assert (found, reported.code) == (number, NOT_JSON)


@given(st.text() | st.text('{}[]:,"\\ idmethod1'))
def test_no_text_breaks_the_search_for_an_id(text: str):
    try:
        jsonrpc_message_adapter.validate_json(text.encode(errors="replace"), by_name=False)
    except ValueError as error:
        list(complaints(error))
