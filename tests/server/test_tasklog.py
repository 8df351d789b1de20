"""Reading tasks: one, many, and those that change meanwhile."""

import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import anyio
import anyio.lowlevel
import pytest
from played_tasks import FAILURE, PENDING, SUCCESS, blocking
from presented import get_task, list_records, watch_tasks
from small_xo import Asked, error, small_xo
from starlette.responses import Response, StreamingResponse
from xo_mcp.actions import tasklog
from xo_mcp.actions.follow import follow as follow_task
from xo_mcp.answer import Answer
from xo_mcp.api.client import Client
from xo_mcp.errors import BadRequest, Forbidden
from xo_mcp.reads.fields import projected

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("quick")]


async def test_a_task_is_shown_with_times_and_without_its_stack() -> None:
    async with small_xo() as (xo, client):
        xo.on("GET /tasks/{id}", FAILURE)
        answer = await get_task(client, path={"id": "t"})
        some = await get_task(client, path={"id": "t"}, fields="status", known={"status": "string"})
    assert answer.data["status"] == "failure"
    assert answer.data["start_iso"] == "2026-11-22T08:22:42Z"
    assert set(answer.data["result"]) == {"code", "params", "message", "name"}
    assert "OpaqueRef" not in json.dumps(answer.data)
    assert answer.notes[0].startswith("Why it failed: ")
    assert some.data == {"id": "t", "status": "failure"}
    assert xo.seen[0].query == {}


async def test_a_task_can_be_waited_for() -> None:
    answers = [PENDING, SUCCESS]
    async with small_xo() as (xo, client):
        xo.on("GET /tasks/{id}", lambda _: answers.pop(0) if len(answers) > 1 else answers[0])
        answer = await get_task(client, path={"id": "t"}, wait=True)
    assert answer.data["status"] == "success"
    assert [asked.query for asked in xo.seen] == [{}, {"wait": ["true"]}]


async def test_waiting_for_a_task_ends_in_time() -> None:
    async with small_xo() as (xo, client):
        xo.on("GET /tasks/{id}", blocking(anyio.Event(), PENDING, None))
        answer = await get_task(client, path={"id": "t"}, wait=True, timeout=0.2)
    assert answer.data["status"] == "pending"
    assert "still pending after 0.2 s" in answer.notes[0]


async def test_a_task_that_may_not_be_read_is_an_error() -> None:
    async with small_xo() as (xo, client):
        xo.on("GET /tasks/{id}", error(403, "not enough privileges"))
        with pytest.raises(Forbidden):
            await get_task(client, path={"id": "t"}, wait=True)


async def test_following_is_bounded_whatever_is_asked() -> None:
    async with small_xo() as (xo, client):
        xo.on("GET /tasks/{id}", PENDING)
        seen = await follow_task(client, "t", -5)
    assert not seen.ended


async def test_tasks_are_listed_like_anything_else() -> None:
    async with small_xo() as (xo, client):
        xo.on("GET /tasks", [{**FAILURE, "href": "/x"}])
        answer = await list_records(client, "/tasks", fields="status,result", filter="status:failure", limit=5)
    assert xo.seen[0].query == {"fields": ["id,status,result"], "filter": ["status:failure"], "limit": ["6"]}
    assert "stack" not in json.dumps(answer.data)


def streaming(*lines: str, then: anyio.Event | None = None, broken: bool = False) -> Callable[[Asked], Response]:
    async def body() -> AsyncIterator[str]:
        for line in lines:
            yield line
            await anyio.lowlevel.checkpoint()
        if then is not None:
            await then.wait()
        if broken:
            raise ConnectionResetError

    def answer(_: Asked) -> Response:
        return StreamingResponse(body(), media_type="application/x-ndjson")

    return answer


def update(task: str, **more: Any) -> str:
    return json.dumps(["update", {"id": task, "status": "pending", **more}]) + "\n"


async def watch(client: Client, **more: Any) -> Answer:
    return await watch_tasks(client, fields="status", **more)


async def test_watching_shows_the_last_state_of_what_changed() -> None:
    end = anyio.Event()
    lines = [
        update("a"),
        update("b", progress=3),
        update("a", status="success"),
        '["remove",{"id":"b"}]\n',
        "\n",
        "{no\n",
    ]
    async with small_xo() as (xo, client):
        xo.on("GET /tasks", streaming(*lines, then=end))
        answer = await watch(client, timeout=0.4, filter="status:pending")
        end.set()
    assert xo.seen[0].query == {
        "fields": ["id,status"],
        "ndjson": ["true"],
        "watch": ["true"],
        "filter": ["status:pending"],
    }
    assert answer.data["items"] == [{"id": "a", "status": "success"}]
    assert answer.data["removed"] == ["b"]
    assert answer.data["changes"] == 4
    assert answer.data["more"] is False


async def test_watching_ends_when_too_many_tasks_changed() -> None:
    end = anyio.Event()
    async with small_xo() as (xo, client):
        xo.on("GET /tasks", streaming(*[update(str(index)) for index in range(9)], then=end))
        answer = await watch(client, timeout=300, limit=3)
        end.set()
    assert answer.data["count"] == 3
    assert answer.data["more"] is True


async def test_a_stream_in_odd_pieces_is_read_line_by_line() -> None:
    text = update("a") + update("b")
    async with small_xo() as (xo, client):
        xo.on("GET /tasks", streaming(*[text[index : index + 7] for index in range(0, len(text), 7)]))
        answer = await watch(client)
    assert [task["id"] for task in answer.data["items"]] == ["a", "b"]
    assert answer.notes == ("XO ended the stream.",)


async def test_a_line_too_long_for_a_task_is_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasklog, "_LINE", 2_000)
    async with small_xo() as (xo, client):
        xo.on("GET /tasks", streaming(update("a"), "x" * 5_000, "y" * 5_000 + "\n", update("b")))
        answer = await watch(client)
    assert [task["id"] for task in answer.data["items"]] == ["a", "b"]


async def test_a_broken_stream_keeps_what_came_before() -> None:
    async with small_xo() as (xo, client):
        xo.on("GET /tasks", streaming(update("a"), broken=True))
        answer = await watch(client)
    assert [task["id"] for task in answer.data["items"]] == ["a"]
    assert answer.notes


async def test_nothing_changing_is_said() -> None:
    end = anyio.Event()
    async with small_xo() as (xo, client):
        xo.on("GET /tasks", streaming(then=end))
        answer = await watch(client, timeout=0.1)
        end.set()
    assert answer.data["items"] == []
    assert "No task changed" in answer.notes[0]


async def test_a_refused_watch_is_an_error() -> None:
    async with small_xo() as (xo, client):
        xo.on("GET /tasks", error(400, "watch=true requires ndjson=true"))
        with pytest.raises(BadRequest):
            await watch(client)


def test_fields_of_a_task_are_projected_here() -> None:
    assert projected({"status": "x", "id": "t", "start": 1}, ("id", "status")) == {"id": "t", "status": "x"}
