"""One request on its way to an answer, and the table of handlers."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response

from fake_xo.errors import ApiError
from fake_xo.lists import href
from fake_xo.rbac import found, kind_of
from fake_xo.responses import json_response
from fake_xo.store import Record, Store

if TYPE_CHECKING:
    from fake_xo.app import Xo
    from fake_xo.spec import Operation


@dataclass
class Call:
    """What a handler works with."""

    xo: "Xo"
    request: Request
    operation: "Operation"
    params: dict[str, str]
    query: dict[str, Any]
    body: Any
    user: Record

    @property
    def store(self) -> Store:
        """The records."""
        return self.xo.store

    @property
    def collection(self) -> str:
        """The collection the path starts with."""
        return self.operation.collection

    @property
    def id(self) -> str:
        """The path's `{id}`."""
        return self.params["id"]

    def object(self) -> Record:
        """The record of the path as it really is, which reads may not show yet.

        Raises:
            ApiError: 404.
        """
        return self.store.actual(self.collection, self.id) or found(self.store, self.collection, self.id)

    def ref(self, record: Record) -> str:
        """The XAPI reference of a record."""
        return str(record.get("_xapiRef", "OpaqueRef:NULL"))


Handler = Callable[[Call], Awaitable[Response]]
Work = Callable[[Call], Awaitable[Any]]
HANDLERS: dict[str, Handler] = {}
"""`METHOD /path` to what answers it."""

NO_CONTENT = 204
CREATED = 201
ACCEPTED = 202


def route(*keys: str) -> Callable[[Handler], Handler]:
    """Register a handler for operations given as `METHOD /path`."""

    def register(handler: Handler) -> Handler:
        for key in keys:
            HANDLERS[key] = handler
        return handler

    return register


def action(key: str, *, creates: str = "", answer: int = 0) -> Callable[[Work], Work]:
    """Register an action: a task, followed or not.

    Args:
        key: `POST /vms/{id}/actions/start`.
        creates: The collection of what the action makes; with `sync=true` the answer is then 201 with its id.
        answer: The status with `sync=true` when it is neither 201 nor 204.
    """

    def register(work: Work) -> Work:
        async def handler(call: Call) -> Response:
            return await run_action(call, work, creates=creates, answer=answer)

        HANDLERS[key] = handler
        return work

    return register


async def run_action(call: Call, work: Work, *, creates: str = "", answer: int = 0) -> Response:
    """Start a task and answer 202 at once, or with `sync=true` what came of it.

    Raises:
        ApiError: The action failed and the client waits for it.
    """
    name = call.operation.known_as.rsplit("/", 1)[1]
    kind = kind_of(call.collection)
    properties = {
        "objectType": kind,
        "name": f"REST API: {name.replace('_', ' ')} {kind}",
        "objectId": call.params.get("id"),
        "userId": call.user["id"],
        "type": "xo:rest-api:action",
    }
    if call.body:
        properties["params"] = call.body
    task_id, running = call.xo.tasks.start(properties, lambda: work(call), method=f"{kind}.{name}")
    if not call.query.get("sync"):
        location = {"Location": href("tasks", task_id), "Content-Type": "application/json"}
        return json_response({"taskId": task_id}, ACCEPTED, location)
    result = await running
    if creates:
        return json_response(result, CREATED, {"Location": href(creates, result["id"])})
    if answer:
        return json_response(result, answer)
    return Response(status_code=NO_CONTENT)


def no_content() -> Response:
    """204."""
    return Response(status_code=NO_CONTENT)


def created(object_id: str, collection: str) -> Response:
    """201 with the id."""
    return json_response({"id": object_id}, CREATED, {"Location": href(collection, object_id)})


def bad_request(text: str, data: Any = None) -> ApiError:
    """400."""
    return ApiError(400, text, data)
