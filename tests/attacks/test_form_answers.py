"""Clients that answer a form with what is no agreement: nothing is done, and nothing is said to have been done."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from desk import Desk, Person, text_of
from fake_xo.server import FakeXo
from serving import http_server, variables
from stdio_pipes import HELLO, line, started
from wire import headers, request
from xo_mcp.server import confirm
from xo_mcp.server.calls import Caller

CAPABLE = {"elicitation": {}}
NO_AGREEMENT: dict[str, dict[str, Any]] = {
    "nothing": {"result": {}},
    "a number": {"result": 4711},
    "a list": {"result": [True]},
    "null": {"result": None},
    "an unknown action": {"result": {"action": "yes", "content": {"confirm": True}}},
    "an action in capitals": {"result": {"action": "ACCEPT", "content": {"confirm": True}}},
    "no action": {"result": {"content": {"confirm": True}}},
    "content that is a text": {"result": {"action": "accept", "content": "confirm"}},
    "content that is a list": {"result": {"action": "accept", "content": [{"confirm": True}]}},
    "a text for yes": {"result": {"action": "accept", "content": {"confirm": "true"}}},
    "a number for yes": {"result": {"action": "accept", "content": {"confirm": 1}}},
    "a list for yes": {"result": {"action": "accept", "content": {"confirm": [True]}}},
    "another field": {"result": {"action": "accept", "content": {"Confirm": True, "confirmed": True}}},
    "an empty form": {"result": {"action": "accept", "content": {}}},
    "no form": {"result": {"action": "accept"}},
    "no": {"result": {"action": "accept", "content": {"confirm": False}}},
    "declined, with a yes": {"result": {"action": "decline", "content": {"confirm": True}}},
    "an error": {"error": {"code": -32603, "message": "\x1b[2Jit broke"}},
    "a malformed error": {"error": "broken"},
}


@pytest.fixture(scope="module")
def xo() -> Iterator[FakeXo]:
    with FakeXo(vms=2, lag=0) as fake:
        yield fake


def deletions(xo: FakeXo) -> int:
    return sum(seen.method != "GET" for seen in xo.requests)


def check(text: str) -> None:
    assert "Nothing was done" in text or "Invalid" in text, text
    assert "may have been done" not in text
    assert "fault in this server" not in text
    assert "\x1b" not in text


def outcomes(audit: Path) -> list[str]:
    return [json.loads(each)["outcome"] for each in audit.read_text().splitlines()]


def test_over_stdio_no_malformed_answer_agrees(package: Path, xo: FakeXo, tmp_path: Path):
    audit = tmp_path / "audit.log"
    settings = variables(xo, XO_MCP_AUDIT_LOG=str(audit))
    hello = {**HELLO, "params": {**HELLO["params"], "capabilities": CAPABLE}}
    call = {"name": "delete_vm", "arguments": {"id": xo.find("vms")["id"]}}
    with started(package, settings) as process:
        assert process.stdin is not None
        assert process.stdout is not None

        def say(message: dict[str, Any]) -> None:
            assert process.stdin is not None
            process.stdin.write(line(message) + b"\n")
            process.stdin.flush()

        def heard() -> dict[str, Any]:
            assert process.stdout is not None
            return json.loads(process.stdout.readline())

        say(hello)
        heard()
        say({"jsonrpc": "2.0", "method": "notifications/initialized"})
        for kind, answer in NO_AGREEMENT.items():
            say({"jsonrpc": "2.0", "id": kind, "method": "tools/call", "params": call})
            asked = heard()
            assert asked["method"] == "elicitation/create", (kind, asked)
            # An answer to another question does not answer this one.
            say({"jsonrpc": "2.0", "id": 4711, "result": {"action": "accept", "content": {"confirm": True}}})
            say({"jsonrpc": "2.0", "id": asked["id"], **answer})
            if kind in UNHEARD:
                say({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": kind}})
                say({"jsonrpc": "2.0", "id": f"after {kind}", "method": "ping"})
                while heard().get("id") != f"after {kind}":
                    pass
                continue
            expected = heard()
            assert expected["id"] == kind
            check(json.dumps(expected, ensure_ascii=False))
    assert deletions(xo) == 0
    assert "started" not in outcomes(audit)


@pytest.mark.parametrize(
    ("broken", "expected"),
    [((confirm, "_require_yes"), "Nothing was done."), ((Caller, "result_of"), "It may have been done all the same")],
)
def test_only_what_was_begun_may_have_been_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: Any, expected: str
):
    """A fault of ours while the answer to a form is read, and one after XO did what was agreed to."""

    def fails(*_: object) -> None:
        raise RuntimeError("a planted fault")

    audit = tmp_path / "audit.log"
    with FakeXo(vms=1, lag=0) as xo:
        settings = variables(xo, XO_MCP_AUDIT_LOG=str(audit), XO_MCP_CONFIRM="all")
        with Desk(settings, person=Person()) as desk:
            monkeypatch.setattr(*broken, fails)
            answer = desk.call("add_vm_tag", id=xo.find("vms")["id"], tag="x")
    assert "fault in this server" in text_of(answer)
    assert expected in text_of(answer)
    assert ("started" in outcomes(audit)) == ("may" in expected)
    assert outcomes(audit)[-1] == "failed"


UNHEARD = {"a number", "a list", "null", "a malformed error"}
"""What is not JSON-RPC answer at all: the question stays open until the client gives up."""


@pytest.mark.parametrize("kind", [kind for kind, answer in NO_AGREEMENT.items() if "result" in answer])
def test_over_http_no_malformed_answer_agrees(served: Any, xo: FakeXo, kind: str):
    arguments = {"id": xo.find("vms")["id"]}
    message = request("tools/call", name="delete_vm", arguments=arguments)
    message["params"]["_meta"] = {**message["params"]["_meta"], "io.modelcontextprotocol/clientCapabilities": CAPABLE}
    asked = post(served, message)["result"]
    (key,) = asked["inputRequests"]
    message["params"] |= {
        "inputResponses": {key: NO_AGREEMENT[kind]["result"]},
        "requestState": asked["requestState"],
    }
    expected = post(served, message)
    # Asked once more, or refused.
    if "inputRequests" not in expected.get("result", {}):
        check(json.dumps(expected, ensure_ascii=False))
    assert deletions(xo) == 0


def post(served: Any, message: dict[str, Any]) -> dict[str, Any]:
    answer = httpx2.post(served.url, json=message, headers=headers("tools/call", "delete_vm"), timeout=30)
    assert answer.status_code < 500
    found = answer.text
    for part in found.splitlines():
        if part.startswith("data:"):
            found = part.removeprefix("data:")
    return json.loads(found)


@pytest.fixture(scope="module")
def served(package: Path, xo: FakeXo) -> Iterator[Any]:
    with http_server(package, variables(xo), "--rate-limit", "0") as server:
        yield server
