"""Errors as JSON-RPC answers them."""

from typing import Any

PEER = -32000
"""The code of whatever has none of XO's own."""
HIDDEN = "unknown error from the peer"
"""What everybody but administrators is shown in place of such an error."""


class RpcError(Exception):
    """An answer that is an error."""

    def __init__(self, code: int, message: str, data: Any = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.data = data

    def body(self, *, to_admin: bool) -> dict[str, Any]:
        """As XO sends it."""
        message = self.message if to_admin or self.code != PEER else HIDDEN
        body: dict[str, Any] = {"code": self.code, "message": message}
        if self.data is not None and message == self.message:
            body["data"] = self.data
        return body


def no_such(object_id: str, kind: str | list[str]) -> RpcError:
    """There is no such object."""
    shown = kind if isinstance(kind, str) else ",".join(kind)
    return RpcError(1, f"no such {shown} {object_id}", {"id": object_id, "type": kind})


def not_permitted(permission: str | None = None, object_id: str | None = None) -> RpcError:
    """The right is missing, or nobody signed in: XO says the same."""
    data: dict[str, Any] = {"permission": permission} if permission else {}
    return RpcError(2, "not enough permissions", data | {"object": {"id": object_id} if object_id else {}})


def xapi(code: str, *params: str) -> RpcError:
    """The hypervisor refused."""
    message = f"{code}({', '.join(params)})"
    data = {
        "code": code,
        "params": list(params),
        "call": {"method": "VM.some_call", "params": ["OpaqueRef:11111111-2222-3333-4444-555555555555"]},
        "message": message,
        "name": "XapiError",
        "stack": f"XapiError: {message}\n    at Function.wrap (file:///opt/xo/_XapiError.mjs:16:12)",
    }
    return RpcError(PEER, message, data)


def slip(message: str) -> RpcError:
    """XO stumbles over its own code."""
    data = {"message": message, "name": "TypeError", "stack": f"TypeError: {message}\n    at file:///opt/xo/x.mjs:1:2"}
    return RpcError(PEER, message, data)


def bad_state(object_id: str, actual: str, expected: str) -> RpcError:
    """An object is in another state than this needs."""
    message = f"VM state is {actual.lower()} but should be {expected.lower()}"
    return RpcError(13, message, {"objectId": object_id, "expected": expected, "actual": actual})
