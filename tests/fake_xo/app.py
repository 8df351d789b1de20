"""The application: one endpoint that takes a request through XO's stages."""

import asyncio
import json
import time
from email.utils import formatdate
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response
from starlette.types import Message, Receive, Scope, Send

from fake_xo import handlers
from fake_xo.auth import Authentication
from fake_xo.call import Call
from fake_xo.errors import ApiError
from fake_xo.events import EventHub
from fake_xo.faults import Fault, Faults, serve_fault
from fake_xo.identity import Clock, Identity
from fake_xo.jsonrpc.consoles import CONSOLES, serve_console
from fake_xo.jsonrpc.socket import ROUTE, Rpc
from fake_xo.lists import BASE
from fake_xo.options import Options
from fake_xo.rbac import Rbac, needed_privileges
from fake_xo.requests import Seen, watchers
from fake_xo.responses import html_error, json_response, negotiated
from fake_xo.router import MalformedPathError, Match, Router
from fake_xo.spec import load_contract
from fake_xo.store import Record, Store
from fake_xo.tasks import TaskLog
from fake_xo.validation import check_body, check_path, read_query
from fake_xo.world import build_world

PUBLIC = frozenset({"GET /ping", "GET /docs/swagger.json", "GET /mcp/status", "GET /gui-routes"})
NOT_MODIFIED = 304
BAD_REQUEST = 400


class Xo:
    """A whole XO: its records, its users, its tasks, and the ASGI application in front of them."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.clock = Clock(options.now)
        self.identity = Identity(options.seed)
        self.contract = load_contract(options.spec, plugins=options.plugins)
        self.router = Router(self.contract.operations)
        self.handlers = {operation.key: handlers.handler_of(operation) for operation in self.contract.operations}
        self.store = Store(options)
        self.authentication = Authentication(self.store, self.clock, options)
        self.rbac = Rbac(self.store)
        self.tasks = TaskLog(self.store, self.identity, self.clock, options)
        self.events = EventHub(self.store, self.rbac, self.identity, self.clock, options)
        self.faults = Faults()
        self.requests: list[Seen] = []
        self.archive_cache: tuple[float, list[Record]] | None = None
        self.log_cache: tuple[float, list[Record]] | None = None
        self.people = build_world(self)
        self.rpc = Rpc(self)

    @property
    def measured(self) -> int:
        """Where statistics end, in seconds since 1970."""
        return self.clock.seconds() if self.options.measuring else self.options.now // 1000

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "websocket":
            if scope["path"].startswith(CONSOLES):
                await serve_console(self, scope, receive, send)
            else:
                await self.rpc.serve(scope, receive, send)
            return
        if scope["type"] != "http":
            return
        seen = _seen(scope)
        self.requests.append(seen)
        telling = iter(watchers)

        def tell() -> None:
            for watch in telling:
                watch(seen, self.options.spec)

        async def answer(message: Message) -> None:
            tell()  # before anything is sent: when the answer arrives, the request is judged
            await send(message)

        try:
            await self._serve(seen, scope, receive, answer)
        finally:
            tell()

    async def _serve(self, seen: Seen, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, _recording(receive, seen))
        while self.options.starting:  # noqa: ASYNC110 - another thread clears it
            await asyncio.sleep(0.02)
        match = self._match(seen)
        seen.route = match.operation.key if isinstance(match, Match) else ""
        fault = self.faults.take(seen)
        if fault is not None and await fault.before(scope, receive, send):
            return
        try:
            response = await self._answer(request, seen, match)
        except ClientDisconnect:
            return
        seen.status = response.status_code
        await self._send(response, fault, scope, receive, send)

    async def _send(self, response: Response, fault: Fault | None, scope: Scope, receive: Receive, send: Send) -> None:
        response.headers["Date"] = formatdate(self.clock.seconds(), usegmt=True)
        if fault is not None:
            await serve_fault(fault, response, scope, receive, send)
        else:
            await response(scope, receive, send)

    def _match(self, seen: Seen) -> Match | MalformedPathError | None:
        try:
            return self.router.match(seen.method, seen.path.removeprefix(BASE)) if seen.path.startswith(BASE) else None
        except MalformedPathError as error:
            return error

    async def _answer(self, request: Request, seen: Seen, match: Match | MalformedPathError | None) -> Response:
        path = seen.path
        if not path.startswith(BASE):
            # Below /api/, to POST too, XO's web page answers for all that is no file.
            to_files = path.startswith(ROUTE)
            return await self.rpc.files.respond(request) if to_files else RedirectResponse("/signin", 302)
        if path in {BASE, BASE + "/"}:
            return RedirectResponse(BASE + "/docs", 302)
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in seen.headers}
        if isinstance(match, MalformedPathError):
            return html_error(BAD_REQUEST, f"URIError: Failed to decode param '{match}'")
        try:
            response = await self._stages(request, seen, headers, match)
            time.sleep(self.options.busy_seconds)  # noqa: ASYNC251 - nobody is served meanwhile, as by a real XO
        except ApiError as error:
            return json_response(error.body, error.status)
        except ClientDisconnect:
            raise
        except Exception as error:  # noqa: BLE001 - reported when the fake stops
            self.tasks.crashes.append(error)
            return json_response({"error": f"the fake is broken: {error!r}"}, 500)
        return negotiated(response, headers, compress=self.options.gzip) if seen.method in {"GET", "HEAD"} else response

    async def _stages(self, request: Request, seen: Seen, headers: dict[str, str], match: Match | None) -> Response:
        """XO's order: kill switch, route, user, body, objects and privileges, validation, and then the handler."""
        key = seen.route
        self._check_kill_switch(headers, key)
        if match is None:
            return html_error(404, f"Cannot {seen.method} {seen.path}")
        user: dict[str, Any] = {}
        if key not in PUBLIC:
            user = await self.authentication.user(headers)
            seen.user = user["email"]
        params = match.params
        if key.split(" ")[1].startswith("/users/{id}") and params["id"] == "me":
            rest = seen.target.decode("latin-1")[len(BASE) + len("/users/me") :]
            return RedirectResponse(f"{BASE}/users/{user['id']}{rest}", 307)
        operation = match.operation
        known_params = operation.known_params(params)
        body = await _read_json(request, headers) if operation.media_type != "application/octet-stream" else None
        if user and not operation.is_list:
            self.rbac.check(user, needed_privileges(operation, known_params, body, user, self.store))
        query = read_query(operation, self.contract, seen.query)
        check_path(operation, self.contract, params)
        if operation.validator is not None:
            check_body(operation, self.contract, {} if body is None else body)
        call = Call(self, request, operation, known_params, query, body or {}, user)
        return await self.handlers[key](call)

    def _check_kill_switch(self, headers: dict[str, str], key: str) -> None:
        if self.options.mcp_enabled:
            return
        if key == "GET /mcp/status" or headers.get("x-xo-client", "").lower() == "mcp":
            raise ApiError(503, "MCP is disabled", {"error": "mcp_disabled"})


def _seen(scope: Scope) -> Seen:
    query = scope["query_string"]
    target = scope["raw_path"] + (b"?" + query if query else b"")
    return Seen(scope["method"], target, list(scope["headers"]))


def _recording(receive: Receive, seen: Seen) -> Receive:
    async def recorded() -> Any:
        message = await receive()
        if message["type"] == "http.request":
            seen.received(message.get("body", b""))
        return message

    return recorded


async def _read_json(request: Request, headers: dict[str, str]) -> Any:
    """The body, if it says it is JSON.

    Raises:
        ApiError: 500 for malformed JSON, as XO answers.
    """
    content = await request.body()
    if not content or not headers.get("content-type", "").startswith("application/json"):
        return None
    try:
        return json.loads(content)
    except ValueError:
        raise ApiError(500, "Unexpected token in JSON") from None
