"""Confirmations across processes: over HTTP, with and without sessions, and among workers that share a key."""

from pathlib import Path
from typing import Any

import anyio
import pytest
from confirming import question_of, running
from fake_xo.server import FakeXo
from mcp import Client
from mcp.types import CallToolResult, InputRequiredResult
from serving import ERAS, Person, http_server, over_http, over_stdio, text_of, variables

pytestmark = pytest.mark.anyio


async def test_a_token_of_one_process_is_worth_nothing_in_another(package: Path, xo: FakeXo):
    vm = running(xo)
    async with over_stdio(package, variables(xo)) as client:
        token = question_of(await client.call_tool("delete_vm", {"id": vm}))["confirm_token"]
    async with over_stdio(package, variables(xo)) as client:
        answer = await client.call_tool("delete_vm", {"id": vm, "confirm_token": token})
    assert answer.is_error
    assert xo.record("vms", vm) is not None


@pytest.fixture
def shared(xo: FakeXo, tmp_path: Path) -> dict[str, str]:
    """The settings of workers that share a key."""
    key = tmp_path / "key"
    key.write_text("k" * 40)
    return variables(xo, XO_MCP_CONFIRM="all", XO_MCP_CONFIRM_KEY_FILE=str(key))


@pytest.mark.parametrize("era", ERAS)
async def test_workers_with_a_shared_key_take_each_other_s_tokens_but_once(
    package: Path, xo: FakeXo, era: str, shared: dict[str, str]
):
    vm = running(xo)
    tag = {"id": vm, "tag": "one"}
    with http_server(package, shared) as one, http_server(package, shared) as other:
        async with over_http(one, era=era) as client:
            token = question_of(await client.call_tool("add_vm_tag", tag))["confirm_token"]
        async with over_http(other, era=era) as client:
            answer = await client.call_tool("add_vm_tag", tag | {"confirm_token": token})
        assert not answer.is_error, text_of(answer)
        for worker in (one, other):
            async with over_http(worker, era=era) as client:
                again = await client.call_tool("add_vm_tag", tag | {"confirm_token": token})
            assert "was used before" in text_of(again)
    assert [seen.method for seen in xo.requests].count("PUT") == 1


async def test_workers_with_a_shared_key_take_an_agreement_once(package: Path, xo: FakeXo, shared: dict[str, str]):
    """Two workers get the sealed answer of the same person at once: one of them acts on it."""
    tag = {"id": running(xo), "tag": "one"}
    yes: dict[str, Any] = {"confirm": {"action": "accept", "content": {"confirm": True}}}
    found: list[str] = []
    with http_server(package, shared) as one, http_server(package, shared) as other:
        async with (
            over_http(one, era="auto", person=Person()) as first,
            over_http(other, era="auto", person=Person()) as second,
        ):
            asked = await first.session.call_tool("add_vm_tag", tag, allow_input_required=True)
            assert isinstance(asked, InputRequiredResult)

            async def agree(client: Client) -> None:
                result = await client.session.call_tool(
                    "add_vm_tag", tag, input_responses=yes, request_state=asked.request_state
                )
                assert isinstance(result, CallToolResult)
                found.append(text_of(result) if result.is_error else "done")

            async with anyio.create_task_group() as group:
                for client in (first, second, first, second):
                    group.start_soon(agree, client)
    assert found.count("done") == 1
    assert sum("was used before" in text for text in found) == 3
    assert [seen.method for seen in xo.requests].count("PUT") == 1


async def test_what_can_not_be_noted_as_used_is_not_done(
    package: Path, xo: FakeXo, shared: dict[str, str], tmp_path: Path
):
    tag = {"id": running(xo), "tag": "one"}
    with http_server(package, shared) as served:
        async with over_http(served, era="auto") as client:
            token = question_of(await client.call_tool("add_vm_tag", tag))["confirm_token"]
            (tmp_path / "key.used").rmdir()
            answer = await client.call_tool("add_vm_tag", tag | {"confirm_token": token})
    assert answer.is_error
    assert "could not note" in text_of(answer)
    assert [seen.method for seen in xo.requests].count("PUT") == 0


async def test_over_stateless_http_older_clients_get_a_token(package: Path, xo: FakeXo):
    vm = running(xo)
    person = Person()
    with http_server(package, variables(xo)) as served:
        async with over_http(served, person=person) as client:
            question_of(await client.call_tool("delete_vm", {"id": vm}))
        assert person.asked == []
        async with over_http(served, era="auto", person=person) as client:
            answer = await client.call_tool("delete_vm", {"id": vm})
    assert not answer.is_error, text_of(answer)
    assert len(person.asked) == 1


async def test_with_sessions_older_clients_are_asked_over_http(package: Path, xo: FakeXo):
    vm = running(xo)
    person = Person()
    with http_server(package, variables(xo), "--http-sessions") as served:
        async with over_http(served, person=person) as client:
            answer = await client.call_tool("delete_vm", {"id": vm})
    assert not answer.is_error, text_of(answer)
    assert len(person.asked) == 1
