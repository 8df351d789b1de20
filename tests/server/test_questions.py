"""How a person is asked, in one process with the server: the form, the answer, the token instead of it."""

import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

import pytest
from fake_xo.server import FakeXo, running_fake_xo
from mcp import Client
from mcp.server.auth.middleware.auth_context import auth_context_var
from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import AccessToken
from mcp.types import CallToolResult, ElicitRequestParams, ElicitResult, InputRequiredResult
from xo_mcp.config.config import Config
from xo_mcp.server.confirm import FORM
from xo_mcp.server.serve import build

pytestmark = pytest.mark.anyio
ERAS = ("legacy", "auto")
Asked = Callable[[Any, ElicitRequestParams], Awaitable[ElicitResult]]


class Person:
    """Answers as it was set to, and keeps what was asked."""

    def __init__(self, action: str, content: dict[str, Any] | None = None) -> None:
        self.asked: list[ElicitRequestParams] = []
        self._answer = ElicitResult.model_validate({"action": action, "content": content})

    async def __call__(self, _: Any, params: ElicitRequestParams) -> ElicitResult:
        self.asked.append(params)
        return self._answer


@pytest.fixture(scope="module")
def xo() -> Iterator[FakeXo]:
    with running_fake_xo(vms=4, lag=0) as running:
        yield running


@asynccontextmanager
async def talking(
    xo: FakeXo, era: str, person: Asked | None, confirm: str = "all", **settings: Any
) -> AsyncIterator[Client]:
    config = Config(
        url=xo.url, token=xo.admin_token, toolsets=("all",), enable_actions=True, confirm=confirm, **settings
    )
    async with Client(build(config), mode=era, elicitation_callback=person) as client:
        yield client


def tag_of(xo: FakeXo) -> dict[str, str]:
    return {"id": next(iter(xo.xo.store._actual["vms"])), "tag": "asked"}


def text_of(result: CallToolResult) -> str:
    return "\n".join(part.text for part in result.content if part.type == "text")


def writes(xo: FakeXo) -> int:
    return sum(seen.method != "GET" for seen in xo.requests)


@pytest.mark.parametrize("era", ERAS)
async def test_a_yes_does_it_and_the_form_asks_for_one_tick(xo: FakeXo, era: str):
    person = Person("accept", {"confirm": True})
    before = writes(xo)
    async with talking(xo, era, person) as client:
        answer = await client.call_tool("add_vm_tag", tag_of(xo))
    assert not answer.is_error, text_of(answer)
    assert writes(xo) == before + 1
    (asked,) = person.asked
    assert asked.model_dump(by_alias=True, exclude_none=True)["requestedSchema"] == FORM
    assert "asked" in asked.message


NO = "Nothing was done: the user declined. Don't call add_vm_tag again for this unless they ask for it."
CLOSED = "Nothing was done: the user closed the question without answering."


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize(
    ("action", "content", "expected"),
    [
        ("accept", {"confirm": False}, NO),
        ("accept", {"confirm": "true"}, NO),
        ("accept", {"other": True}, NO),
        ("decline", None, NO),
        ("decline", {"confirm": True}, NO),
        ("cancel", None, CLOSED),
    ],
)
async def test_anything_but_a_yes_does_nothing(
    xo: FakeXo, era: str, action: str, content: dict[str, Any] | None, expected: str
):
    before = writes(xo)
    async with talking(xo, era, Person(action, content)) as client:
        answer = await client.call_tool("add_vm_tag", tag_of(xo))
    assert answer.is_error
    assert expected in text_of(answer)
    assert writes(xo) == before


async def test_a_client_that_fails_to_ask_has_no_yes(xo: FakeXo):
    async def fails(_: Any, params: ElicitRequestParams) -> ElicitResult:
        raise RuntimeError(params.message)

    before = writes(xo)
    async with talking(xo, "legacy", fails) as client:
        answer = await client.call_tool("add_vm_tag", tag_of(xo))
    assert "Nothing was done: the client failed to ask the user for agreement." in text_of(answer)
    assert writes(xo) == before


@pytest.mark.parametrize("era", ERAS)
async def test_a_client_that_can_not_ask_gets_a_token_and_the_question(xo: FakeXo, era: str):
    arguments = tag_of(xo)
    async with talking(xo, era, None) as client:
        refused = await client.call_tool("add_vm_tag", arguments)
        assert not refused.is_error
        expected = refused.structured_content
        assert expected is not None
        assert set(expected) == {"status", "question", "confirm_token", "seconds"}
        assert (expected["status"], expected["seconds"]) == ("confirmation_needed", 300)
        text = text_of(refused)
        assert text.startswith(f"Nothing was done yet: this needs a person's agreement. {expected['question']}\n")
        assert "call add_vm_tag again with the same arguments" in text
        assert "(good for one call within 5 minutes)" in text
        assert re.findall(r'confirm_token="([^"]+)"', text) == [expected["confirm_token"]]
        other = await client.call_tool(
            "add_vm_tag", {**arguments, "tag": "else", "confirm_token": expected["confirm_token"]}
        )
        assert "given for another call" in text_of(other)
        done = await client.call_tool("add_vm_tag", {**arguments, "confirm_token": expected["confirm_token"]})
        assert not done.is_error, text_of(done)
        again = await client.call_tool("add_vm_tag", {**arguments, "confirm_token": expected["confirm_token"]})
        assert "used before" in text_of(again)


@pytest.mark.parametrize(("confirm", "asked"), [("none", 0), ("destructive", 0), ("all", 1)])
async def test_who_is_asked_is_the_operators_choice(xo: FakeXo, confirm: str, asked: int):
    person = Person("accept", {"confirm": True})
    async with talking(xo, "auto", person, confirm) as client:
        assert not (await client.call_tool("add_vm_tag", tag_of(xo))).is_error
    assert len(person.asked) == asked


async def test_the_question_names_a_snapshot_by_its_name(xo: FakeXo):
    snapshot = xo.find("vm-snapshots")
    person = Person("decline")
    async with talking(xo, "auto", person) as client:
        wanted = {"id": snapshot["$snapshot_of"], "snapshotId": snapshot["id"]}
        await client.call_tool("revert_vm_to_snapshot", wanted)
    assert f'snapshotId "{snapshot["name_label"]}"' in person.asked[0].message


async def test_the_question_names_a_template_and_shows_a_switch_beside_a_secret(xo: FakeXo):
    template = xo.find("vm-templates")
    person = Person("decline")
    wanted = {"id": xo.find("pools")["id"], "template": template["id"], "name_label": "fresh"}
    async with talking(xo, "auto", person) as client:
        given = wanted | {"cloud_config": "#cloud-config: planted", "destroy_cloud_config_vdi": True}
        await client.call_tool("create_vm", given)
    (asked,) = person.asked
    assert f'template "{template["name_label"]}" ({template["id"]}' in asked.message
    assert "cloud_config (not shown)" in asked.message
    assert "destroy_cloud_config_vdi true" in asked.message
    assert "planted" not in asked.message


async def test_the_question_shows_no_login(xo: FakeXo):
    person = Person("decline")
    async with talking(xo, "auto", person) as client:
        await client.call_tool(
            "create_backup_repository",
            {"name": "archive", "url": "s3://KEY:SuperSecretKey@s3.example.org/b", "options": "password=hunter2222"},
        )
    assert "s3://KEY:(not shown)@s3.example.org/b" in person.asked[0].message
    assert "hunter2222" not in person.asked[0].message


@contextmanager
def signed_in(name: str) -> Iterator[None]:
    """Call as somebody, as over HTTP with a token of theirs."""
    user = AuthenticatedUser(AccessToken(token=f"token of {name}", client_id=name, scopes=[]))
    before = auth_context_var.set(user)
    yield
    auth_context_var.reset(before)


async def test_a_token_is_for_who_asked(xo: FakeXo):
    arguments = tag_of(xo)
    async with talking(xo, "auto", None) as client:
        with signed_in("alice"):
            refused = await client.call_tool("add_vm_tag", arguments)
        assert refused.structured_content is not None
        confirmed = {**arguments, "confirm_token": refused.structured_content["confirm_token"]}
        for stranger in (signed_in("bob"), nullcontext()):
            with stranger:
                assert "another call" in text_of(await client.call_tool("add_vm_tag", confirmed))
        with signed_in("alice"):
            assert not (await client.call_tool("add_vm_tag", confirmed)).is_error


@pytest.mark.parametrize("era", ERAS)
async def test_the_record_says_how_it_was_confirmed(xo: FakeXo, era: str, tmp_path: Path):
    record = tmp_path / "audit.jsonl"
    arguments = tag_of(xo)
    async with talking(xo, era, Person("accept", {"confirm": True}), audit_log=record) as client:
        await client.call_tool("add_vm_tag", arguments)
    async with talking(xo, era, None, audit_log=record) as client:
        refused = await client.call_tool("add_vm_tag", arguments)
        assert refused.structured_content is not None
        token = refused.structured_content["confirm_token"]
        await client.call_tool("add_vm_tag", {**arguments, "confirm_token": token})
    lines = [json.loads(line) for line in record.read_text().splitlines()]
    assert [line["confirmation"] for line in lines if line["outcome"] == "started"] == ["asked", "token"]


async def test_servers_that_share_a_key_know_each_other_s_tokens_and_which_were_used(xo: FakeXo, tmp_path: Path):
    key = tmp_path / "key"
    key.write_text("k" * 40)
    key.chmod(0o600)
    arguments = tag_of(xo)
    async with (
        talking(xo, "auto", None, confirm_key_file=key) as first,
        talking(xo, "auto", None, confirm_key_file=key) as second,
    ):
        refused = await first.call_tool("add_vm_tag", arguments)
        assert refused.structured_content is not None
        confirmed = {**arguments, "confirm_token": refused.structured_content["confirm_token"]}
        assert not (await second.call_tool("add_vm_tag", confirmed)).is_error
        assert "used before" in text_of(await first.call_tool("add_vm_tag", confirmed))


async def in_rounds(client: Client, arguments: dict[str, str], state: str | None = None) -> Any:
    """One round of a call in the stateless protocol: without a state it asks, with one it brings a yes."""
    return await client.session.call_tool(
        "add_vm_tag",
        arguments,
        input_responses={"confirm": ElicitResult(action="accept", content={"confirm": True})} if state else None,
        request_state=state,
        allow_input_required=True,
    )


async def test_a_yes_is_good_once_and_only_to_what_was_asked(xo: FakeXo):
    arguments = tag_of(xo)
    async with talking(xo, "auto", Person("accept", {"confirm": True})) as client:
        state = (await in_rounds(client, arguments)).request_state
        assert not (await in_rounds(client, arguments, state)).is_error
        again = await in_rounds(client, arguments, state)
        assert "used before" in text_of(again)
        assert "Make the call anew" in text_of(again)

        state = (await in_rounds(client, arguments)).request_state
        await client.call_tool("update_vm", {"id": arguments["id"], "nameLabel": "renamed meanwhile"})
        assert isinstance(await in_rounds(client, arguments, state), InputRequiredResult)
