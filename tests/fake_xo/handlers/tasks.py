"""The task log."""

import asyncio
import json
from collections.abc import AsyncIterator

from starlette.responses import Response, StreamingResponse

from fake_xo.call import Call, action, bad_request, no_content, route
from fake_xo.filters import compile_filter
from fake_xo.handlers.collections import list_collection
from fake_xo.lists import shown
from fake_xo.rbac import found
from fake_xo.responses import json_response


@route("GET /tasks")
async def list_tasks(call: Call) -> Response:
    """The log; with `watch` a stream of what changes from now on."""
    if not call.query.get("watch"):
        return await list_collection(call)
    if not call.query.get("ndjson"):
        raise bad_request("watch=true requires ndjson=true")
    predicate = compile_filter(call.query.get("filter", ""))

    async def changes() -> AsyncIterator[str]:
        queue = call.xo.tasks.watch()
        try:
            while True:
                event, task = await queue.get()
                if event == "update" and not (predicate(task) and call.xo.rbac.readable(call.user, "tasks", [task])):
                    continue
                yield json.dumps([event, shown(task, "tasks", call.query.get("fields"))]) + "\n"
        finally:
            call.xo.tasks.unwatch(queue)

    return StreamingResponse(changes(), media_type="application/x-ndjson")


@route("GET /tasks/{id}")
async def get_task(call: Call) -> Response:
    """One task; with `wait` not before it has ended."""
    found(call.store, "tasks", call.id)
    if not call.query.get("wait"):
        return json_response(call.object())
    waiting = asyncio.ensure_future(call.xo.tasks.wait(call.id))
    disconnected = asyncio.ensure_future(_disconnected(call))
    done, rest = await asyncio.wait({waiting, disconnected}, return_when=asyncio.FIRST_COMPLETED)
    for each in rest:
        each.cancel()
    task = waiting.result() if waiting in done else None
    return json_response(task) if task else json_response({"error": "no such task"}, 404)


async def _disconnected(call: Call) -> None:
    while (await call.request.receive())["type"] != "http.disconnect":
        pass


@route("DELETE /tasks")
async def delete_tasks(call: Call) -> Response:
    """Empty the log, of what the user may delete."""
    tasks = call.store.every("tasks")
    call.xo.tasks.clear([task["id"] for task in tasks if call.xo.rbac.allows(call.user, "task", "delete", task)])
    return no_content()


@route("DELETE /tasks/{id}")
async def delete_task(call: Call) -> Response:
    """Forget one task."""
    call.xo.tasks.clear([call.object()["id"]])
    return no_content()


@action("POST /tasks/{id}/actions/abort")
async def abort_task(call: Call) -> None:
    """Ask a task to stop; it ends later, or not at all."""
    call.xo.tasks.abort(call.id)
