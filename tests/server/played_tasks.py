"""Tasks as XO reports them, for tests of what follows and reads them."""

from collections.abc import Callable
from typing import Any

import anyio
import anyio.lowlevel
from presented import run_action
from small_xo import Asked
from xo_mcp.actions.tasks import TaskAccess
from xo_mcp.api.client import Client
from xo_mcp.server.presentation import Presented

START = "/vms/{id}/actions/start"
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


async def start(client: Client, **more: Any) -> Presented:
    return await run_action(client, "POST", START, path={"id": "a"}, **{"access": TaskAccess(readable=True), **more})


def blocking(done: anyio.Event, before: Any, after: Any) -> Callable[[Asked], Any]:
    """A task as XO serves it: `wait=true` blocks until it is over."""

    async def answer(asked: Asked) -> Any:
        if asked.query.get("wait") == ["true"]:
            await done.wait()
        return after if done.is_set() else before() if callable(before) else before

    return answer
