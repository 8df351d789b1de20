"""2026-07-28: a call that ends with a question and comes back with the answer; raw HTTP, without any client library."""

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
import tiny_package
from fake_xo.server import FakeXo
from serving import Served, http_server, variables

RELEASE = "2026-07-28"
PREFIX = "io.modelcontextprotocol"


@pytest.fixture(scope="module")
def xo() -> Iterator[FakeXo]:
    with FakeXo(vms=12, lag=0) as fake:
        yield fake


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, xo: FakeXo) -> Iterator[Served]:
    package = tiny_package.build(tmp_path_factory.mktemp("tiny"))
    with http_server(package, variables(xo), "--rate-limit", "0") as running:
        yield running


@pytest.fixture
def vm(xo: FakeXo) -> str:
    return str(xo.find("vms")["id"])


def request(method: str, **params: Any) -> dict[str, Any]:
    meta = {
        f"{PREFIX}/protocolVersion": RELEASE,
        f"{PREFIX}/clientInfo": {"name": "raw", "version": "1"},
        f"{PREFIX}/clientCapabilities": {"elicitation": {"form": {}}},
    }
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": {**params, "_meta": meta}}


def post(served: Served, message: dict[str, Any]) -> dict[str, Any]:
    headers = {
        "Accept": "application/json, text/event-stream",
        "MCP-Protocol-Version": RELEASE,
        "Mcp-Method": message["method"],
    }
    if "name" in message["params"]:
        headers["Mcp-Name"] = message["params"]["name"]
    answer = httpx2.post(served.url, json=message, headers=headers, timeout=30)
    return dict(answer.json())


def delete(served: Served, vm: str, **more: Any) -> dict[str, Any]:
    """Ask for a VM to be deleted, perhaps with an answer to the question about it."""
    return post(served, request("tools/call", name="delete_vm", arguments={"id": vm}, **more))


def asked(served: Served, vm: str) -> dict[str, Any]:
    """What the first round ends with."""
    result = dict(delete(served, vm)["result"])
    assert result["resultType"] == "input_required"
    return result


def agreement(question: dict[str, Any]) -> dict[str, Any]:
    """The answer of a person who agrees to everything."""
    (key,) = question["inputRequests"]
    return {key: {"action": "accept", "content": {"confirm": True}}}


def test_a_question_is_answered_in_a_second_call(served: Served, xo: FakeXo, vm: str):
    question = asked(served, vm)
    (wanted,) = question["inputRequests"].values()
    assert wanted["method"] == "elicitation/create"
    assert xo.record("vms", vm)["name_label"] in wanted["params"]["message"]
    done = delete(served, vm, inputResponses=agreement(question), requestState=question["requestState"])["result"]
    assert done["resultType"] == "complete"
    assert not done.get("isError"), done
    assert xo.record("vms", vm) is None


@pytest.mark.parametrize("responses", [None, {}, {"something_else": {"action": "accept", "content": {}}}])
def test_a_missing_answer_is_asked_for_again(served: Served, xo: FakeXo, vm: str, responses: dict[str, Any] | None):
    question = asked(served, vm)
    more = {} if responses is None else {"inputResponses": responses}
    again = delete(served, vm, requestState=question["requestState"], **more)["result"]
    assert again["resultType"] == "input_required"
    assert again["inputRequests"] == question["inputRequests"]
    assert again["requestState"]
    assert xo.record("vms", vm) is not None


def test_answers_nobody_asked_for_are_ignored(served: Served, xo: FakeXo, vm: str):
    question = asked(served, vm)
    responses = {**agreement(question), "unasked": {"action": "decline"}, "roots": {"roots": []}}
    done = delete(served, vm, inputResponses=responses, requestState=question["requestState"])["result"]
    assert done["resultType"] == "complete"
    assert xo.record("vms", vm) is None


EMPTY = "accepted the form without an answer in it"


@pytest.mark.parametrize(
    "answer",
    [
        "yes",
        ["accept"],
        None,
        {},
        {"action": "agree"},
        {"action": "accept", "content": "confirm"},
        {"action": "accept", "content": {"confirm": "true"}},
        {"action": "accept", "content": {"confirm": 1}},
        {"action": "accept", "content": {}},
        {"action": "accept"},
        {"roots": []},
    ],
)
def test_an_answer_of_another_shape_is_no_agreement(served: Served, xo: FakeXo, vm: str, answer: Any):
    question = asked(served, vm)
    (key,) = question["inputRequests"]
    reported = delete(served, vm, inputResponses={key: answer}, requestState=question["requestState"])
    result = reported.get("result", {})
    assert "error" in reported or result["resultType"] == "input_required" or result["isError"] or EMPTY in str(result)
    assert xo.record("vms", vm) is not None


@pytest.mark.parametrize("state", [None, "", "x", "{}", '{"nonce": "a", "question": "b"}'])
def test_an_agreement_without_its_state_is_worth_nothing(served: Served, xo: FakeXo, vm: str, state: str | None):
    responses = agreement(asked(served, vm))
    more = {} if state is None else {"requestState": state}
    reported = delete(served, vm, inputResponses=responses, **more)
    assert "error" in reported or reported["result"]["resultType"] == "input_required"
    assert xo.record("vms", vm) is not None


def test_a_changed_state_is_refused(served: Served, xo: FakeXo, vm: str):
    question = asked(served, vm)
    sealed = question["requestState"]
    middle = len(sealed) // 2
    for forged in (sealed[:-4], sealed[:middle] + ("A" if sealed[middle] != "A" else "B") + sealed[middle + 1 :]):
        reported = delete(served, vm, inputResponses=agreement(question), requestState=forged)
        assert "error" in reported or reported["result"]["resultType"] == "input_required"
    assert xo.record("vms", vm) is not None


def test_an_agreement_is_no_agreement_about_another_object(served: Served, xo: FakeXo):
    one, other = (each["id"] for each in list(xo.xo.store.every("vms"))[:2])
    question = asked(served, one)
    reported = delete(served, other, inputResponses=agreement(question), requestState=question["requestState"])
    assert "error" in reported or reported["result"]["resultType"] == "input_required"
    assert xo.record("vms", one) is not None
    assert xo.record("vms", other) is not None


@pytest.mark.parametrize("method", ["tools/list", "resources/list", "prompts/list", "server/discover"])
def test_a_request_without_a_question_completes_at_once(served: Served, method: str):
    reported = post(served, request(method, inputResponses={"confirm": {"action": "accept"}}))
    assert reported["result"].get("resultType", "complete") == "complete"
