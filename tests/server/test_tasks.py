"""Actions: a task is followed to its end, and its outcome reported."""

from itertools import pairwise
from typing import Any

import anyio
import anyio.lowlevel
import pytest
from played_tasks import FAILURE, PENDING, START, SUCCESS, blocking, start
from presented import run_action
from small_xo import Asked, empty, error, small_xo
from starlette.responses import JSONResponse, Response
from xo_mcp.actions import follow
from xo_mcp.actions.tasks import TaskAccess
from xo_mcp.encoding import size
from xo_mcp.errors import ArgumentError, CallError, NotFound, TaskFailed, XapiError

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("quick")]

STARTED = JSONResponse({"taskId": "t"}, 202, headers={"Location": "/rest/v0/tasks/t"})


@pytest.fixture
def looking(quick: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Look beside the wait at once and often."""
    del quick  # what it sets is set before
    monkeypatch.setattr(follow, "_FIRST_LOOK", 0.02)
    monkeypatch.setattr(follow, "_LONGEST_LOOK", 0.05)


async def test_a_task_is_followed_to_its_success() -> None:
    async with small_xo() as (xo, client):
        xo.on(f"POST {START}", STARTED)
        xo.on("GET /tasks/{id}", SUCCESS)
        xo.on("GET /vms/{id}", {"power_state": "Running"})
        answer = await start(client, body={"hostId": "h"}, reads="/vms/{id}", final_state={"power_state": "Running"})
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


async def test_a_failure_names_the_reason_without_stack_or_reference() -> None:
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
    assert caught.value.code == "VM_BAD_POWER_STATE"


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
    reported: list[tuple[float, float | None, str | None]] = []
    done = anyio.Event()
    steps = [10, 10, 55, 30]

    def before() -> dict[str, Any]:
        if len(steps) == 1:
            done.set()
        running = {"status": "pending", "properties": {"name": "copy disk \u202e1"}}
        return {**PENDING, "progress": steps.pop(0) if steps else 60, "tasks": [running]}

    async def progress(now: float, total: float | None = None, message: str | None = None) -> None:
        reported.append((now, total, message))

    async with small_xo() as (xo, client):
        xo.on(f"POST {START}", STARTED)
        xo.on("GET /tasks/{id}", blocking(done, before, SUCCESS))
        answer = await start(client, progress=progress)
    assert answer.data["status"] == "success"
    assert [now for now, _, _ in reported][:2] == [10, 55]
    assert reported[-1] == (100, 100, "REST API: start vm")
    assert reported[0] == (10, 100, "REST API: start vm: copy disk \\u202e1")
    assert all(later > earlier for (earlier, *_), (later, *_) in pairwise(reported))


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
        first = await start(client, access=access, reads="/vms/{id}", final_state=wanted)
        second = await start(client, access=access, reads="/vms/{id}", final_state=wanted)
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
        answer = await start(client, timeout=0.5, reads="/vms/{id}", final_state={"power_state": "Running"})
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


@pytest.mark.parametrize("known", [True, False])
async def test_an_action_without_an_answer_names_the_newest_task(known: bool) -> None:
    async with small_xo() as (xo, client):
        xo.on(f"POST {START}", error(504, "Gateway Timeout"))
        tasks = [{**SUCCESS, "id": "older", "start": 1}, {**SUCCESS, "id": "newer"}]
        xo.on("GET /tasks", tasks if known else [])
        with pytest.raises(CallError) as reported:
            await start(client)
    newest = '`REST API: start vm`, started 2026-11-22T08:22:42Z: success (get_task "newer")'
    assert (newest in str(reported.value)) is known
    assert xo.seen[-1].query["filter"] == ["properties:objectId:a"]


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
