from collections.abc import Callable
from typing import Any

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st
from presented import run_write
from small_xo import Asked, SmallXo, empty, error, small_xo
from starlette.responses import JSONResponse
from xo_mcp.actions import read_after_write
from xo_mcp.actions.expectations import creation, expectation, state_of
from xo_mcp.actions.read_after_write import sent_body, witness
from xo_mcp.api.client import Client, ClientSettings, RetryPolicy, Timeouts
from xo_mcp.errors import ArgumentError, Forbidden, Unreachable
from xo_mcp.types import OMIT, Call

pytestmark = pytest.mark.anyio


@pytest.fixture
def short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give up on reads soon, where a test wants reads that never catch up."""
    monkeypatch.setattr(read_after_write, "PATIENCE", 0.2)


def lagging(before: Any, after: Any, reads: int = 2) -> Callable[[Asked], Any]:
    """Answer the old state for some reads."""
    left = [before] * reads

    def answer(_: Asked) -> Any:
        return left.pop() if left else after

    return answer


def reads_of(xo: SmallXo) -> list[str]:
    return [line for line in xo.lines if line.startswith("GET")]


@pytest.mark.breaks_contract("reads can't show a field that XO does not know")
async def test_a_patch_is_over_when_reads_show_it_under_their_own_names() -> None:
    async with small_xo() as (xo, client):
        xo.on("PATCH /vms/{id}", empty())
        old = {"id": "a", "name_label": "old", "auto_poweron": False, "CPUs": {"number": 1}}
        xo.on("GET /vms/{id}", lagging(old, {**old, "name_label": "new", "auto_poweron": True, "CPUs": {"number": 4}}))
        body = {"nameLabel": "new", "autoPoweron": True, "cpus": 4, "memory": OMIT, "unheardOf": "x"}
        answer = await run_write(client, "PATCH", "/vms/{id}", path={"id": "a"}, body=body, reads="/vms/{id}")
    assert answer.data == {"status": "done"}
    assert answer.notes == ()
    assert xo.seen[0].body == {"nameLabel": "new", "autoPoweron": True, "cpus": 4, "unheardOf": "x"}
    assert len(reads_of(xo)) == 3


async def test_what_was_created_is_there_when_the_answer_comes() -> None:
    async with small_xo() as (xo, client):
        xo.on("POST /vdis", JSONResponse({"id": "new"}, 201))
        xo.on("GET /vdis/{id}", lagging(error(404, "no such VDI"), {"id": "new"}))
        body = {"name_label": "d", "srId": "s", "virtual_size": 1024}
        answer = await run_write(client, "POST", "/vdis", body=body, creates="/vdis/{id}")
    assert answer.data == {"status": "done", "id": "new"}
    assert reads_of(xo) == ["GET /vdis", *["GET /vdis/new"] * 3]


async def test_what_was_deleted_is_gone_when_the_answer_comes() -> None:
    async with small_xo() as (xo, client):
        xo.on("DELETE /vifs/{id}", empty())
        xo.on("GET /vifs/{id}", lagging({"id": "v"}, error(404, "no such VIF")))
        answer = await run_write(client, "DELETE", "/vifs/{id}", path={"id": "v"}, reads="/vifs/{id}")
    assert answer.data == {"status": "done"}
    assert answer.notes == ()
    assert len(reads_of(xo)) == 3


@pytest.mark.parametrize(
    ("method", "before", "after"), [("PUT", ["old"], ["old", "new"]), ("DELETE", ["old", "new"], ["old"])]
)
async def test_a_tag_appears_or_disappears(method: str, before: list[str], after: list[str]) -> None:
    async with small_xo() as (xo, client):
        xo.on(f"{method} /vms/{{id}}/tags/{{tag}}", empty())
        xo.on("GET /vms/{id}", lagging({"id": "a", "tags": before}, {"id": "a", "tags": after}))
        path = {"id": "a", "tag": "new"}
        answer = await run_write(client, method, "/vms/{id}/tags/{tag}", path=path, reads="/vms/{id}")
    assert answer.notes == ()
    assert len(reads_of(xo)) == 3


@pytest.mark.usefixtures("short_patience")
async def test_reads_that_never_catch_up_make_a_note_and_no_failure() -> None:
    async with small_xo() as (xo, client):
        xo.on("PATCH /vms/{id}", empty())
        xo.on("GET /vms/{id}", {"id": "a", "name_label": "old"})
        body = {"nameLabel": "new"}
        answer = await run_write(client, "PATCH", "/vms/{id}", path={"id": "a"}, body=body, reads="/vms/{id}")
    assert answer.data == {"status": "done"}
    assert "reads do not show the new values yet" in answer.notes[0]
    assert len(reads_of(xo)) > 1


@pytest.mark.parametrize("failure", [error(403, "no"), error(500, "x"), error(503, "x")])
async def test_reads_that_are_refused_change_nothing(failure: JSONResponse) -> None:
    async with small_xo() as (xo, client):
        xo.on("PATCH /users/{id}", empty())
        xo.on("GET /users/{id}", failure)
        body = {"name": "x"}
        answer = await run_write(client, "PATCH", "/users/{id}", path={"id": "a"}, body=body, reads="/users/{id}")
    assert answer.data == {"status": "done"}
    assert answer.notes == ()


async def test_values_no_read_shows_are_not_waited_for() -> None:
    async with small_xo() as (xo, client):
        xo.on("PATCH /vms/{id}", empty())
        xo.on("GET /vms/{id}", {"id": "a", "memory": {"size": 1}, "blockedOperations": {"destroy": "true"}})
        body = {"memory": 2**30, "blockedOperations": {"destroy": True}}
        await run_write(client, "PATCH", "/vms/{id}", path={"id": "a"}, body=body, reads="/vms/{id}")
    assert len(reads_of(xo)) == 1


async def test_a_refusal_is_an_error_and_nothing_is_waited_for() -> None:
    async with small_xo() as (xo, client):
        xo.on("PATCH /vms/{id}", error(403, "not enough privileges"))
        with pytest.raises(Forbidden):
            await run_write(client, "PATCH", "/vms/{id}", path={"id": "a"}, body={"cpus": 1}, reads="/vms/{id}")
        assert reads_of(xo) == []


@pytest.mark.parametrize(
    ("body", "required", "sent"),
    [
        (OMIT, False, OMIT),
        (OMIT, True, {}),
        ({"a": OMIT}, False, OMIT),
        ({"a": OMIT}, True, {}),
        ({"a": None, "b": OMIT, "c": 0}, False, {"a": None, "c": 0}),
        ([1, 2], False, [1, 2]),
    ],
)
def test_a_body_holds_only_what_was_given(body: Any, required: bool, sent: Any) -> None:
    assert sent_body(Call("POST", "/x", body=body, body_required=required)) == sent


async def test_no_body_is_sent_when_nothing_was_given() -> None:
    async with small_xo() as (xo, client):
        xo.on("POST /x", empty())
        await run_write(client, "POST", "/x", body={"a": OMIT})
        await run_write(client, "POST", "/x", body={"a": OMIT}, body_required=True)
    assert [asked.body for asked in xo.seen] == [None, {}]


@pytest.mark.parametrize(
    ("reply", "data"),
    [
        (JSONResponse({"id": "n", "href": "/x"}, 201), {"status": "done", "id": "n"}),
        (JSONResponse({"taskId": "t"}, 202), {"status": "started", "taskId": "t"}),
        (JSONResponse([1]), {"status": "done", "result": [1]}),
        (JSONResponse(None), {"status": "done"}),
    ],
)
async def test_what_xo_answers_is_kept(reply: JSONResponse, data: dict[str, Any]) -> None:
    async with small_xo() as (xo, client):
        xo.on("POST /x", reply)
        answer = await run_write(client, "POST", "/x")
    assert answer.data == data


async def test_a_token_is_answered_to_who_made_it_with_its_times_in_words() -> None:
    route = "/users/{id}/authentication_tokens"
    async with small_xo() as (xo, client):
        xo.on(f"POST {route}", JSONResponse({"token": {"id": "s", "created_at": 1795335762432}}, 201))
        answer = await run_write(client, "POST", route, path={"id": "me"}, body={"description": "ci"})
    token = {"id": "s", "created_at": 1795335762432, "created_at_iso": "2026-11-22T08:22:42Z"}
    assert answer.data == {"status": "done", "token": token}


async def test_a_trap_stops_a_write_before_it_is_sent() -> None:
    async with small_xo() as (xo, client):
        xo.on("GET /acl-roles/{id}", {"id": "r", "name": "Admin", "isTemplate": True})
        with pytest.raises(ArgumentError):
            await run_write(client, "PUT", "/acl-roles/{id}/users/{userId}", path={"id": "r", "userId": "u"})
        assert xo.lines == ["GET /acl-roles/r"]


async def test_an_action_is_done_when_the_object_shows_its_state() -> None:
    async with small_xo() as (xo, client):
        xo.on("GET /vms/{id}", lagging({"power_state": "Halted"}, {"power_state": "Running"}))
        wanted = state_of({"id": "a", "other": "unused"}, "/vms/{id}", {"power_state": "running"})
        assert await witness(client, wanted) is True
        xo.on("GET /vms/{id}", {"id": "a"})
        assert await witness(client, wanted) is None
        xo.on("GET /vms/{id}", {"power_state": "Halted"})
        assert await witness(client, wanted, 0.1) is False


def test_nothing_is_expected_where_nothing_can_be_known() -> None:
    assert creation(None, "new") is None
    assert expectation(Call("POST", "/x", body={}), "/x/{id}") is None
    assert expectation(Call("PUT", "/a/{id}/b", path={"id": "1"}), "/a/{id}") is None
    assert expectation(Call("DELETE", "/other"), "/a/{id}") is None


JSON = st.none() | st.booleans() | st.integers() | st.text(max_size=3) | st.lists(st.text(max_size=2), max_size=3)


@given(st.dictionaries(st.sampled_from(["nameLabel", "name_label", "tags", "x"]), JSON), JSON, JSON)
def test_whatever_was_sent_shows_once_reads_have_it(sent: dict[str, Any], other: Any, more: Any) -> None:
    wanted = expectation(Call("PATCH", "/a/{id}", path={"id": "1"}, body=sent), "/a/{id}")
    assert wanted is not None
    assert wanted.seen({"z": other, "y": more, **sent}) is not False


UNANSWERED = [
    ("DELETE", "/vms/{id}", None, error(404, "no such VM"), "that it was deleted"),
    ("DELETE", "/vms/{id}", None, {"id": "v"}, None),
    ("PATCH", "/vms/{id}", {"nameLabel": "b", "tags": ["x"]}, {"name_label": "b", "tags": ["x"]}, "the new values"),
    ("PATCH", "/vms/{id}", {"nameLabel": "b", "tags": ["x"]}, {"name_label": "b", "tags": []}, None),
    ("PATCH", "/vms/{id}", {"nameLabel": "b", "memory": 5}, {"name_label": "b", "memory": {"size": 5}}, None),
    ("PUT", "/vms/{id}/tags/{tag}", None, {"tags": ["x"]}, "the change"),
    ("PUT", "/vms/{id}/tags/{tag}", None, {"tags": []}, None),
    ("POST", "/users", {"name": "x", "password": "y"}, {}, None),
]


@pytest.mark.usefixtures("short_patience")
@pytest.mark.parametrize(("method", "route", "body", "shown", "seen"), UNANSWERED)
async def test_a_change_without_an_answer_is_looked_for(
    method: str, route: str, body: dict[str, Any] | None, shown: Any, seen: str | None
) -> None:
    over = anyio.Event()

    async def silent(_: Asked) -> JSONResponse:
        await over.wait()
        return error(500, "too late")

    async with small_xo() as (xo, _):
        xo.on(f"{method} {route}", silent)
        xo.on("GET /vms/{id}", shown)
        settings = ClientSettings(url=xo.url, token="a-token-of-tests", timeouts=Timeouts(change=0.2))
        async with Client(settings, retries=RetryPolicy(tries=1)) as client:
            path = {"id": "v", "tag": "x"}
            given = {name: value for name, value in path.items() if f"{{{name}}}" in route}
            work = run_write(client, method, route, path=given, body=body or OMIT, reads="/vms/{id}")
            try:
                if seen:
                    answer = await work
                    assert answer.data == {"status": "done"}
                    assert answer.notes == (f"XO did not answer, but reads show {seen}.",)
                else:
                    with pytest.raises(Unreachable, match=r"did not answer.*look at the object"):
                        await work
            finally:
                over.set()


async def test_progress_is_reported_while_xo_works(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read_after_write, "TICK", 0.01)
    reported: list[str | None] = []
    heard = anyio.Event()

    async def progress(done: float, total: float | None = None, message: str | None = None) -> None:
        reported.append(message if done and total is None else None)
        heard.set()

    async def slow(_: Asked) -> JSONResponse:
        await heard.wait()
        return empty(204)

    async with small_xo() as (xo, client):
        xo.on("DELETE /vms/{id}", slow)
        await read_after_write.run_write(client, Call("DELETE", "/vms/{id}", path={"id": "v"}), progress=progress)
    assert "XO is working" in reported
