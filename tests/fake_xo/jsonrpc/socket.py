"""One WebSocket on `/api/`: messages in, answers out of order, notifications of everything in between."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.types import Message, Receive, Scope, Send

from fake_xo.errors import ApiError
from fake_xo.jsonrpc import files, handlers
from fake_xo.jsonrpc.call import COLLECTIONS, METHODS, RpcCall
from fake_xo.jsonrpc.errors import PEER, RpcError, no_such, not_permitted, slip, xapi
from fake_xo.jsonrpc.facts import check, dialect, facts_beside, load_methods, played, prepared, server_version
from fake_xo.store import XAPI_COLLECTIONS, Record

if TYPE_CHECKING:
    from fake_xo.app import Xo

__all__ = ["Called", "Rpc", "call_watchers", "handlers"]

ROUTE = "/api/"
LEVELS = ("view", "operate", "administrate")
"""Of old ACLs, each holding those before it."""
OBFUSCATED = "* obfuscated *"
SECRETS = frozenset({"password", "token", "passphrase", "authenticationToken"})


@dataclass
class Called:
    """One call that came in.

    Attributes:
        client: What `X-XO-Client` of the socket says.
        answered: Whether it was, with what.
    """

    method: str
    params: Any
    client: str = ""
    user: str = ""
    answered: Any = field(default=None, repr=False)


CallWatcher = Callable[[Called, Path], None]
call_watchers: list[CallWatcher] = []
"""Told each call to any fake of this process before it is answered, and the facts of the methods that fake plays."""


class Rpc:
    """The JSON-RPC API of one XO.

    Attributes:
        calls: Every call so far.
        files: Addresses that are good for one use.
        log: Records of failed calls, namespace `api`.
        legacy_acls: (user, object) to the level an old ACL gives.
        settings: What methods keep that no collection of the store holds.
    """

    def __init__(self, xo: "Xo") -> None:
        self.xo = xo
        self.facts_file = facts_beside(xo.options.spec)
        self.facts = load_methods(self.facts_file)
        self.calls: list[Called] = []
        self.files = files.Files(xo.identity)
        self.log: dict[str, Record] = {}
        self.legacy_acls: dict[tuple[str, str], str] = {}
        self.settings: dict[str, Any] = {}
        self._sockets: set[Socket] = set()
        xo.store.listeners.append(self._changed)

    async def serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take one WebSocket."""
        if scope["path"] != ROUTE or scope["query_string"]:
            await _until_disconnected(receive)  # XO never answers such a handshake
            return
        await receive()
        await send({"type": "websocket.accept"})
        socket = Socket(self, scope, send)
        self._sockets.add(socket)
        try:
            await socket.run(receive)
        finally:
            self._sockets.discard(socket)

    def _changed(self, event: str, collection: str, new: Record | None, old: Record | None) -> None:
        """Notify every socket that is signed in, of any user."""
        if collection not in XAPI_COLLECTIONS:
            return
        items = {(new or old or {})["id"]: new if event != "remove" else 0}
        reported = {"type": "exit" if event == "remove" else "enter", "items": items}
        for socket in self._sockets:
            socket.notify(reported)


class Socket:
    """One connection."""

    def __init__(self, rpc: Rpc, scope: Scope, send: Send) -> None:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        self._rpc = rpc
        self._xo = rpc.xo
        self._send = send
        self._client = headers.get("x-xo-client", "")
        self._user: Record | None = None
        self._token: str | None = None
        self._outbox: asyncio.Queue[Any] = asyncio.Queue()
        self._running: set[asyncio.Task[None]] = set()

    def notify(self, params: Record) -> None:
        """Send a notification, if somebody has signed in."""
        if self._user is not None:
            self._outbox.put_nowait({"jsonrpc": "2.0", "method": "all", "params": params})

    async def run(self, receive: Receive) -> None:
        """Live until the client leaves or XO closes."""
        loop = asyncio.get_running_loop()
        writer = loop.create_task(self._write())
        chatter = loop.create_task(self._chatter())
        try:
            while (message := await receive())["type"] == "websocket.receive":
                if self._expired():
                    await self._send({"type": "websocket.close", "code": 1000})
                    return
                self._take(message)
        finally:
            writer.cancel()
            chatter.cancel()

    def _expired(self) -> bool:
        record = self._xo.store.actual("tokens", self._token) if self._token else None
        return record is not None and record["expiration"] <= self._xo.clock.ms()

    def _take(self, message: Message) -> None:
        text = message.get("text") or message.get("bytes")
        try:
            request = json.loads(text)
        except ValueError:
            return  # not a word
        if isinstance(request, list):
            self._outbox.put_nowait(b"[]")
            return
        number = request.get("id") if isinstance(request, dict) else None
        speaks = isinstance(request, dict) and request.get("jsonrpc") == "2.0" and isinstance(number, int | str)
        params = request.get("params", {}) if speaks else None
        if not speaks or not isinstance(params, dict | list):
            return
        if isinstance(params, list):
            params = {str(index): value for index, value in enumerate(params)}
        task = asyncio.get_running_loop().create_task(self._answer(number, str(request.get("method")), params))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _answer(self, number: Any, name: str, params: dict[str, Any]) -> None:
        called = Called(name, params, self._client, str((self._user or {}).get("email", "")))
        self._rpc.calls.append(called)
        for watch in call_watchers:
            watch(called, self._rpc.facts_file)
        is_admin = (self._user or {}).get("permission") == "admin"
        fault = self._xo.faults.take_call(name)
        if fault is not None and await self._strike(fault.kind, fault.seconds):
            return
        try:
            answer = {"result": await self._call(name, params)}
        except RpcError as error:
            answer = {"error": error.body(to_admin=is_admin)}
        called.answered = answer
        self._outbox.put_nowait({"jsonrpc": "2.0", "id": number, **answer})

    async def _strike(self, kind: str, seconds: float) -> bool:
        """A fault; whether the call is over with it."""
        if kind == "slow":
            await asyncio.sleep(seconds)
            return False
        if kind == "garbage":
            self._outbox.put_nowait(b"\x00\xff{")
            return False
        if kind in {"reset", "lost-answer"}:
            self._outbox.put_nowait(None)
        # With `hang`, XO never answers; with `lost-answer`, it goes on without an answer.
        return kind != "lost-answer"

    async def _call(self, name: str, params: dict[str, Any]) -> Any:
        """XO's order: method, permission, parameters, objects, rights on them; every failure is kept as a task."""
        started = self._begin(name, params)
        try:
            result = await self._work(name, params)
        except RpcError as error:
            self._failed(started, name, params, error)
            raise
        self._xo.store.remove("tasks", started)
        return result

    async def _work(self, name: str, params: dict[str, Any]) -> Any:
        if name.startswith("session."):
            return await self._session(name, params)
        facts = self._rpc.facts.get(name)
        if facts is None:
            raise RpcError(-32601, f"method not found: {name}", name)
        self._require_permission(facts["permission"])
        given = prepared(name, facts, params)
        check(facts, given)
        objects = self._objects(facts, given)
        if name == "system.getMethodsInfo":
            return {method: dialect(entry) for method, entry in self._rpc.facts.items()}
        if name == "system.getServerVersion":
            return server_version(self._rpc.facts_file)
        work = METHODS.get(name)
        if work is None and not played(name, self._rpc.facts_file):
            return True
        if work is None:
            error = NotImplementedError(f"the fake does not play {name}: add it to tests/fake_xo/jsonrpc/handlers")
            self._xo.tasks.crashes.append(error)
            raise RpcError(PEER, str(error))
        await asyncio.sleep(self._xo.options.task_seconds)
        try:
            result = await work(RpcCall(self._xo, name, given, self._user or {}, objects))
        except ApiError as error:  # machines and disks raise REST's
            reported = getattr(error, "code", None)
            raise (xapi(reported, *getattr(error, "params", ())) if reported else slip(str(error))) from error
        return True if result is None else result

    def _require_permission(self, permission: str) -> None:
        if permission != "none" and self._user is None:
            raise not_permitted("admin" if permission == "admin" else None)
        if permission == "admin" and (self._user or {}).get("permission") != "admin":
            raise not_permitted("admin")

    def _objects(self, facts: Record, params: Record) -> dict[str, Record]:
        found: dict[str, Record] = {}
        for name, reported in facts.get("objects", {}).items():
            kinds = [kind for kind in reported["types"] if kind in COLLECTIONS]
            if name not in params or len(kinds) != len(reported["types"]):
                continue
            record = next(
                (seen for kind in kinds if (seen := self._xo.store.actual(COLLECTIONS[kind], params[name]))), None
            )
            if record is None:
                raise no_such(params[name], reported["types"] if len(kinds) > 1 else kinds[0])
            self._require_right(record, reported["permission"])
            found[name] = record
        return found

    def _require_right(self, record: Record, level: str) -> None:
        user = self._user or {}
        if user.get("permission") == "admin" or level not in LEVELS:
            return
        has = self._rpc.legacy_acls.get((user.get("id", ""), record["id"]))
        if has is None or LEVELS.index(has) < LEVELS.index(level):
            raise not_permitted(level, record["id"])

    async def _session(self, name: str, params: dict[str, Any]) -> Any:
        if name == "session.signIn":
            return await self._sign_in(params)
        if name == "session.signOut":
            self._user = self._token = None
            return True
        if self._user is None:
            raise slip("Cannot read properties of undefined (reading 'id')")
        return _shown(self._user)

    async def _sign_in(self, params: dict[str, Any]) -> Any:
        authentication = self._xo.authentication
        name = str(params.get("username") or params.get("email") or "")
        try:
            if isinstance(params.get("token"), str):
                user = authentication.by_token(params["token"])
            elif name and isinstance(params.get("password"), str):
                user = await authentication.by_login(name, params["password"])
            else:
                raise RpcError(3, "invalid credentials")
        except ApiError as error:
            if error.status == 500:
                raise RpcError(PEER, "too fast authentication tries") from error
            raise RpcError(3, "invalid credentials") from error
        self._user, self._token = user, params.get("token")
        return _shown(user)

    def _begin(self, name: str, params: dict[str, Any]) -> str:
        now = self._xo.clock.ms()
        task: str = self._xo.identity.task(now)
        kept = {key: OBFUSCATED if key in SECRETS else value for key, value in params.items()}
        properties = {"name": f"API call: {name}", "method": name, "params": kept, "type": "api.call"}
        if self._user is not None:
            properties["userId"] = self._user["id"]
        record = {"id": task, "properties": properties, "start": now, "status": "pending", "updatedAt": now}
        self._xo.store.add("tasks", record)
        return task

    def _failed(self, task: str, name: str, params: dict[str, Any], error: RpcError) -> None:
        now = self._xo.clock.ms()
        result = {"code": error.code, "message": error.message, "name": "XoError", "stack": "XoError\n    at x"}
        if error.data is not None:
            result["data"] = error.data
        if self._xo.store.actual("tasks", task) is not None:
            self._xo.store.update("tasks", task, status="failure", end=now, updatedAt=now, result=result)
        kept = {key: OBFUSCATED if key in SECRETS else value for key, value in params.items()}
        data = {"method": name, "params": kept, "error": result}
        self._rpc.log[str(now + len(self._rpc.log))] = {
            "level": "error",
            "message": f"{(self._user or {}).get('email', '(unknown user)')} | {name} =!> {error.message}",
            "data": data,
            "namespace": "api",
            "time": now,
        }

    async def _write(self) -> None:
        """Send what is ready, one after the other."""
        while True:
            message = await self._outbox.get()
            if message is None:
                await self._send({"type": "websocket.close", "code": 1011})
            elif isinstance(message, bytes):
                await self._send({"type": "websocket.send", "bytes": message})
            else:
                await self._send({"type": "websocket.send", "text": json.dumps(message)})

    async def _chatter(self) -> None:
        """A real pool changes metrics all the time, and XO reports each change, the whole object."""
        while True:
            await asyncio.sleep(self._xo.options.chatter or 0.05)
            hosts = self._xo.store.every("hosts")
            if self._xo.options.chatter and hosts:
                self.notify({"type": "enter", "items": {hosts[0]["id"]: hosts[0]}})


def _shown(user: Record) -> Record:
    return {
        "id": user["id"],
        "email": user["email"],
        "groups": user.get("groups", []),
        "permission": user.get("permission", "none"),
        "preferences": {},
    }


async def _until_disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "websocket.disconnect":
        pass
