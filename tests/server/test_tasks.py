import json
from collections.abc import AsyncIterator, Callable
from itertools import pairwise
from typing import Any

import anyio
import anyio.lowlevel
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_xo import Asked, empty, error, small_xo
from starlette.responses import JSONResponse, Response, StreamingResponse
from xo_mcp.actions import follow, settle, tasklog, tasks
from xo_mcp.actions.follow import follow as follow_task
from xo_mcp.actions.tasklog import get_task, list_tasks
from xo_mcp.actions.tasks import TaskAccess, run_action
from xo_mcp.actions.taskview import failure_of, progress_of, step_of, trimmed
from xo_mcp.answer import Answer
from xo_mcp.api.client import Client
from xo_mcp.errors import ArgumentError, BadRequest, Forbidden, NotFound, TaskFailed, XapiError
from xo_mcp.reads.budget import size
from xo_mcp.reads.fields import Fields

pytestmark = pytest.mark.anyio

START = "/vms/{id}/actions/start"
STARTED = JSONResponse({"taskId": "t"}, 202, headers={"Location": "/rest/v0/tasks/t"})
PENDING = {"id": "t", "status": "pending", "start": 1795335762669, "properties": {"name": "REST API: start vm"}}
SUCCESS = {**PENDING, "status": "success", "end": 1795335762832}
STACK = "XapiError: VM_BAD_POWER_STATE(OpaqueRef:1)\n    at Object.<anonymous> (/opt/xo-server/x.mjs:1:1)"
FAILURE = {
    **SUCCESS,
    "status": "failure",
    "result": {
        "code": "VM_BAD_POWER_STATE",
        "params": ["OpaqueRef:94998a13-298f-5619-9b53-5ac16a8b81ae", "halted", "running"],
        "call": {"method": "VM.start", "params": ["* session id *", "x" * 5000]},
        "message": "VM_BAD_POWER_STATE(OpaqueRef:94998a13-298f-5619-9b53-5ac16a8b81ae, halted, running)",
        "name": "XapiError",
        "stack": STACK,
    },
}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Try again soon; never look beside the wait unless a test is about that."""
    monkeypatch.setattr(follow, "_FIRST_LOOK", 600)
    monkeypatch.setattr(follow, "_RETRY", 0.02)
    monkeypatch.setattr(settle, "PATIENCE", 0.3)
    monkeypatch.setattr(tasks, "PATIENCE", 0.3)


@pytest.fixture
def looking(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look beside the wait at once and often."""
    monkeypatch.setattr(follow, "_FIRST_LOOK", 0.02)
    monkeypatch.setattr(follow, "_LONGEST_LOOK", 0.05)


async def start(client: Client, **more: Any) -> Answer:
    return await run_action(client, "POST", START, path={"id": "a"}, **{"access": TaskAccess(readable=True), **more})


def blocking(done: anyio.Event, before: Any, after: Any) -> Callable[[Asked], Any]:
    """A task as XO serves it: `wait=true` blocks until it is over."""

    async def answer(asked: Asked) -> Any:
        if asked.query.get("wait") == ["true"]:
            await done.wait()
        return after if done.is_set() else before() if callable(before) else before

    return answer


async def test_a_task_is_followed_to_its_success() -> None:
    async with small_xo() as (xo, client):
        xo.on(f"POST {START}", STARTED)
        xo.on("GET /tasks/{id}", SUCCESS)
        xo.on("GET /vms/{id}", {"power_state": "Running"})
        answer = await start(client, body={"hostId": "h"}, reads="/vms/{id}", settle={"power_state": "Running"})
    assert answer.data == {"status": "success", "taskId": "t"}
    assert answer.notes == ()
    assert xo.lines == ["POST /vms/a/actions/start", "GET /tasks/t", "GET /vms/a"]
    assert xo.seen[0].body == {"hostId": "h"}
    assert xo.seen[0].query == {}
    assert xo.seen[1].query == {"wait": ["true"]}


async def test_what_a_task_created_is_named_and_readable() -> None:
    reads = [error(404, "no such VM"), {"id": "new"}]
    async with small_xo() as (xo, client):
        xo.on("POST /pools/{id}/actions/create_vm", STARTED)
        xo.on("GET /tasks/{id}", {**SUCCESS, "result": {"id": "new"}, "warnings": [{"message": "slow", "data": {}}]})
        xo.on("GET /vms/{id}", lambda _: reads.pop(0))
        route = "/pools/{id}/actions/create_vm"
        body = {"template": "t", "name_label": "n"}
        answer = await run_action(client, "POST", route, path={"id": "p"}, body=body, creates="/vms/{id}")
    assert answer.data == {
        "status": "success",
        "taskId": "t",
        "id": "new",
        "warnings": [{"message": "slow", "data": {}}],
    }
    assert xo.lines[-2:] == ["GET /vms/new"] * 2


@pytest.mark.usefixtures("looking")
async def test_a_task_that_takes_longer_is_left_with_the_way_to_go_on() -> None:
    async with small_xo() as (xo, client):
        xo.on(f"POST {START}", STARTED)
        xo.on("GET /tasks/{id}", blocking(anyio.Event(), {**PENDING, "progress": 40}, None))
        answer = await start(client, timeout=0.3)
    assert answer.data == {"status": "pending", "taskId": "t", "progress": 40}
    assert 'get_task, id "t" and wait true; do not start the action again' in answer.notes[0]


async def test_no_time_means_no_waiting() -> None:
    async with small_xo() as (xo, client):
        xo.on(f"POST {START}", STARTED)
        answer = await start(client, timeout=0)
    assert answer.data == {"status": "pending", "taskId": "t"}
    assert xo.lines == ["POST /vms/a/actions/start"]


async def test_a_failure_tells_the_reason_without_stack_or_reference() -> None:
    async with small_xo() as (xo, client):
        xo.on(f"POST {START}", STARTED)
        xo.on("GET /tasks/{id}", FAILURE)
        with pytest.raises(TaskFailed) as caught:
            await start(client)
    text = str(caught.value)
    assert text.startswith("Task `REST API: start vm` failed: ")
    assert "VM_BAD_POWER_STATE" in text
    assert "halted" in text
    assert 'get_task with id "t"' in text
    assert "OpaqueRef" not in text
    assert "/opt/xo-server" not in text
    assert len(text) < 900
    assert (caught.value.task, caught.value.code) == ("t", "VM_BAD_POWER_STATE")


async def test_an_interrupted_task_is_a_failure() -> None:
    async with small_xo() as (xo, client):
        xo.on(f"POST {START}", STARTED)
        xo.on("GET /tasks/{id}", {**PENDING, "status": "interrupted"})
        with pytest.raises(TaskFailed, match="was interrupted: XO was stopped or restarted"):
            await start(client)


@pytest.mark.parametrize("trouble", [Response("<html>", 502), error(503, "starting"), error(500, "boom")])
async def test_a_restart_of_xo_does_not_lose_the_task(trouble: Response) -> None:
    answers: list[Any] = [trouble, trouble, SUCCESS]
    async with small_xo() as (xo, client):
        xo.on(f"POST {START}", STARTED)
        xo.on("GET /tasks/{id}", lambda _: answers.pop(0) if len(answers) > 1 else answers[0])
        answer = await start(client)
    assert answer.data["status"] == "success"


async def test_a_task_that_is_not_known_yet_is_asked_for_again() -> None:
    answers: list[Any] = [error(404, "no such task"), SUCCESS]
    async with small_xo() as (xo, client):
        xo.on(f"POST {START}", STARTED)
        xo.on("GET /tasks/{id}", lambda _: answers.pop(0) if len(answers) > 1 else answers[0])
        answer = await start(client)
    assert answer.data["status"] == "success"


async def test_a_task_that_stays_unknown_is_not_called_a_failure() -> None:
    async with small_xo() as (xo, client):
        xo.on(f"POST {START}", STARTED)
        answer = await start(client)
    assert answer.data["status"] == "pending"
    assert any("XO could not be asked about it" in note for note in answer.notes)


async def test_a_wait_that_is_cut_short_goes_on() -> None:
    answers: list[Any] = [PENDING, PENDING, SUCCESS]
    async with small_xo() as (xo, client):
        xo.on(f"POST {START}", STARTED)
        xo.on("GET /tasks/{id}", lambda _: answers.pop(0) if len(answers) > 1 else answers[0])
        answer = await start(client)
    assert answer.data["status"] == "success"


@pytest.mark.usefixtures("looking")
async def test_progress_rises_and_names_the_step() -> None:
    told: list[tuple[float, float | None, str | None]] = []
    done = anyio.Event()
    steps = [10, 10, 55, 30]

    def before() -> dict[str, Any]:
        if len(steps) == 1:
            done.set()
        running = {"status": "pending", "properties": {"name": "copy disk \u202e1"}}
        return {**PENDING, "progress": steps.pop(0) if steps else 60, "tasks": [running]}

    async def progress(now: float, total: float | None = None, message: str | None = None) -> None:
        told.append((now, total, message))

    async with small_xo() as (xo, client):
        xo.on(f"POST {START}", STARTED)
        xo.on("GET /tasks/{id}", blocking(done, before, SUCCESS))
        answer = await start(client, progress=progress)
    assert answer.data["status"] == "success"
    assert [now for now, _, _ in told][:2] == [10, 55]
    assert told[-1] == (100, 100, "REST API: start vm")
    assert told[0] == (10, 100, "REST API: start vm: copy disk \\u202e1")
    assert all(later > earlier for (earlier, *_), (later, *_) in pairwise(told))


@pytest.mark.usefixtures("looking")
async def test_a_dead_wait_is_noticed_by_the_looks_beside_it() -> None:
    done = anyio.Event()
    looks = 0

    async def answer(asked: Asked) -> Any:
        nonlocal looks
        if asked.query.get("wait"):
            await done.wait()  # never, for this test
        looks += 1
        return SUCCESS if looks > 2 else PENDING

    async with small_xo() as (xo, client):
        xo.on(f"POST {START}", STARTED)
        xo.on("GET /tasks/{id}", answer)
        result = await start(client)
        done.set()
    assert result.data["status"] == "success"


async def test_a_user_who_may_not_read_tasks_gets_xo_s_own_answer_from_then_on() -> None:
    access = TaskAccess(readable=True)
    states = ["Halted", "Halted", "Running"]
    async with small_xo() as (xo, client):
        xo.on(f"POST {START}", lambda asked: empty() if asked.query.get("sync") == ["true"] else STARTED)
        xo.on("GET /tasks/{id}", error(403, "not enough privileges"))
        xo.on("GET /vms/{id}", lambda _: {"power_state": states.pop(0) if len(states) > 1 else states[0]})
        wanted = {"power_state": "Running"}
        first = await start(client, access=access, reads="/vms/{id}", settle=wanted)
        second = await start(client, access=access, reads="/vms/{id}", settle=wanted)
        third = await start(client, access=access, timeout=0)
    assert first.data == {"status": "started", "taskId": "t"}
    assert "may not read tasks (privilege task:read)" in first.notes[0]
    assert "The object shows `power_state` Running." in first.notes
    assert access.readable is False
    assert second.data == {"status": "success"}
    assert [asked.query for asked in xo.seen if asked.method == "POST"] == [{}, {"sync": ["true"]}, {}]
    assert third.data == {"status": "pending", "taskId": "t"}


@pytest.mark.parametrize(
    ("tasks_seen", "me", "sync"),
    [
        ([{"id": "x"}], None, False),
        ([], {"id": "u", "permission": "admin"}, False),
        ([], {"id": "u", "permission": "none"}, True),
        (error(403, "no"), None, False),
        ([], error(403, "no"), False),
    ],
)
async def test_whether_tasks_can_be_read_is_found_out_before_the_first_action(
    tasks_seen: Any, me: Any, sync: bool
) -> None:
    access = TaskAccess()
    async with small_xo() as (xo, client):
        xo.on(f"POST {START}", lambda asked: empty() if asked.query.get("sync") == ["true"] else STARTED)
        xo.on("GET /tasks/{id}", SUCCESS)
        xo.on("GET /tasks", tasks_seen)
        xo.on("GET /users/me", me)
        answer = await start(client, access=access)
        known = access.readable
        await start(client, access=access)
    assert answer.data["status"] == "success"
    assert [asked.query.get("sync") == ["true"] for asked in xo.seen if asked.method == "POST"] == [sync, sync]
    learned = known is True
    assert learned == (not sync and isinstance(tasks_seen, list) and not isinstance(me, Response))
    # What was learned is not asked again; a guess is checked each time.
    assert xo.lines.count("GET /tasks") == (1 if learned else 2)


@pytest.mark.parametrize(("state", "words"), [("Halted", "does not show"), (None, "can't be read")])
async def test_what_the_object_does_not_show_is_not_claimed(state: str | None, words: str) -> None:
    async with small_xo() as (xo, client):
        xo.on(f"POST {START}", STARTED)
        xo.on("GET /tasks/{id}", error(403, "not enough privileges"))
        xo.on("GET /vms/{id}", {"power_state": state} if state else error(403, "no"))
        answer = await start(client, timeout=0.5, reads="/vms/{id}", settle={"power_state": "Running"})
    assert answer.data["status"] == "started"
    assert words in answer.notes[1]


async def test_a_synchronous_action_answers_with_what_it_made() -> None:
    async with small_xo() as (xo, client):
        xo.on(f"POST {START}", JSONResponse({"id": "new"}, 201))
        answer = await start(client, access=TaskAccess(readable=False))
    assert answer.data == {"status": "success", "id": "new"}


async def test_a_synchronous_failure_is_xo_s_error() -> None:
    failure = error(500, "VM_BAD_POWER_STATE(OpaqueRef:1, halted, running)", info="This is a XenServer/XCP-ng error")
    async with small_xo() as (xo, client):
        xo.on(f"POST {START}", failure)
        with pytest.raises(XapiError) as caught:
            await start(client, access=TaskAccess(readable=False))
    assert caught.value.code == "VM_BAD_POWER_STATE"


async def test_a_synchronous_action_that_takes_longer_goes_on() -> None:
    forever = anyio.Event()

    async def answer(_: Asked) -> Response:
        await forever.wait()
        return empty()

    async with small_xo() as (xo, client):
        xo.on(f"POST {START}", answer)
        result = await start(client, access=TaskAccess(readable=False), timeout=0.2)
        forever.set()
    assert result.data == {"status": "pending"}
    assert "still busy after 0.2 s and goes on" in result.notes[0]


@pytest.mark.parametrize("reply", [empty(), JSONResponse({"id": "n"}, 201), JSONResponse({"speed": 3})])
async def test_an_action_may_answer_at_once(reply: Response) -> None:
    async with small_xo() as (xo, client):
        xo.on(f"POST {START}", reply)
        answer = await start(client)
    assert answer.data["status"] == "success"
    assert xo.lines == ["POST /vms/a/actions/start"]


async def test_an_action_that_is_refused_is_an_error_and_no_task() -> None:
    async with small_xo() as (_, client):
        with pytest.raises(NotFound):
            await start(client)


async def test_a_trap_stops_an_action_before_it_starts() -> None:
    async with small_xo() as (xo, client):
        with pytest.raises(ArgumentError, match="template"):
            await run_action(client, "POST", "/pools/{id}/actions/create_vm", path={"id": "p"}, body={})
        assert xo.seen == []


async def test_an_abort_says_that_the_task_may_stay_pending() -> None:
    async with small_xo() as (xo, client):
        xo.on("POST /tasks/{id}/actions/abort", empty())
        answer = await run_action(client, "POST", "/tasks/{id}/actions/abort", path={"id": "t"})
    assert "abortionRequestedAt" in answer.notes[0]


async def test_a_huge_result_stays_within_the_budget() -> None:
    async with small_xo() as (xo, client):
        xo.on(f"POST {START}", STARTED)
        xo.on("GET /tasks/{id}", {**SUCCESS, "result": {"log": ["line"] * 100_000}})
        answer = await start(client)
    assert size(answer.data) < 3_000
    assert answer.data["status"] == "success"


# How a task reads


def test_a_failure_is_looked_for_below_when_the_task_itself_says_nothing() -> None:
    below = {"status": "failure", "result": {"message": "no space left on device"}}
    task = {"status": "failure", "tasks": [{"status": "success"}, {"status": "failure", "tasks": [below]}]}
    assert failure_of(task) == ("no space left on device.", None)


@pytest.mark.parametrize(
    ("result", "reason"),
    [
        ({"message": "connect ECONNREFUSED\n    at TCP.x (/opt/x.js:1:1)"}, "connect ECONNREFUSED."),
        ({"message": "lost OpaqueRef:12-ab here", "code": "ECONNRESET"}, "lost (reference) here."),
        ({"name": "ConnectionError"}, "ConnectionError."),
        ("plain text", "plain text."),
        (None, "XO gives no reason."),
        ({"message": "a" * 5000}, "a" * 599 + "\u2026."),
    ],
)
def test_reasons_are_short_and_plain(result: Any, reason: str) -> None:
    assert failure_of({"status": "failure", "result": result})[0] == reason


def test_a_task_keeps_failing_and_pending_parts_first() -> None:
    parts = [{"id": str(index), "status": "success"} for index in range(50)]
    parts[40]["status"] = "failure"
    parts[45]["status"] = "pending"
    shown = trimmed({"id": "t", "tasks": parts})
    assert [each["id"] for each in shown["tasks"]] == ["0", "1", "2", "3", "4", "5", "6", "7", "40", "45"]
    assert shown["tasksNotShown"] == 40


def test_progress_comes_from_the_task_or_its_parts() -> None:
    assert progress_of({"progress": 250}) == 100
    assert progress_of({"properties": {"progress": 12}}) == 12
    assert progress_of({"tasks": [{"status": "success"}, {"status": "pending", "progress": 50}]}) == 75
    assert progress_of({"status": "pending"}) is None
    assert (
        step_of({"properties": {"name": "a"}, "tasks": [{"status": "pending", "properties": {"name": "b"}}]}) == "a: b"
    )


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from(
    ["id", "status", "tasks", "result", "properties", "warnings", "infos", "progress", "code", "message"]
)
TASK = st.recursive(
    st.dictionaries(NAMES, JSON | st.sampled_from(["failure", "pending"]), max_size=6),
    lambda inner: st.dictionaries(NAMES, JSON | st.lists(inner, max_size=3) | inner, max_size=6),
    max_leaves=8,
)


@given(TASK)
def test_no_task_breaks_the_reading(task: dict[str, Any]) -> None:
    assert isinstance(trimmed(task), dict)
    reason, _ = failure_of(task)
    assert 0 < len(reason) < 2_000
    done = progress_of(task)
    assert done is None or 0 <= done <= 100
    step_of(task)


# Reading tasks


async def test_a_task_is_shown_with_times_and_without_its_stack() -> None:
    async with small_xo() as (xo, client):
        xo.on("GET /tasks/{id}", FAILURE)
        answer = await get_task(client, path={"id": "t"})
        some = await get_task(client, path={"id": "t"}, fields="status", known={"status": "string"}, format="markdown")
    assert answer.data["status"] == "failure"
    assert answer.data["start_iso"] == "2026-11-22T08:22:42Z"
    assert set(answer.data["result"]) == {"code", "params", "message", "name"}
    assert "OpaqueRef" not in json.dumps(answer.data)
    assert answer.notes[0].startswith("Why it failed: ")
    assert some.data == {"id": "t", "status": "failure"}
    assert some.text == "| property | value |\n| --- | --- |\n| id | t |\n| status | failure |"
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
        answer = await list_tasks(client, fields="status,result", filter="status:failure", limit=5)
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
    return await list_tasks(client, fields="status", watch=True, **more)


async def test_watching_tells_the_last_state_of_what_changed() -> None:
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
    assert Fields(("id", "status")).of({"status": "x", "id": "t", "start": 1}) == {"id": "t", "status": "x"}
