"""The errors XO answers with, by status.

Every one is `{"error": ..., "data"?, "info"?}`; the shapes are those of XO 6.7.1.
"""

from typing import Any

INFO = "This is a XenServer/XCP-ng error, not an XO error"


class ApiError(Exception):
    """An answer that is no success.

    Args:
        status: HTTP status.
        error: Text, or per-field messages for a refused argument.
        data: More about it.
        info: Set on XAPI errors.
    """

    def __init__(self, status: int, error: Any, data: Any = None, info: str | None = None) -> None:
        super().__init__(str(error))
        self.status = status
        self.error = error
        self.data = data
        self.info = info

    @property
    def body(self) -> dict[str, Any]:
        """The JSON of the answer."""
        result: dict[str, Any] = {"error": self.error}
        if self.data is not None:
            result["data"] = self.data
        if self.info is not None:
            result["info"] = self.info
        return result

    def task_result(self, method: str) -> dict[str, Any]:
        """What a failed task keeps of it."""
        return {
            "message": str(self.error),
            "name": "XoError",
            "stack": stack(str(self.error), method),
            "data": self.data,
        }


class XapiError(ApiError):
    """XenServer's own error: a code and parameters, in one text, always 500."""

    def __init__(self, code: str, *params: str) -> None:
        text = f"{code}({', '.join(params)})"
        super().__init__(500, text, info=INFO)
        self.code = code
        self.params = list(params)

    def task_result(self, method: str) -> dict[str, Any]:
        """What a failed task keeps of it: the code and parameters apart."""
        return {
            "code": self.code,
            "params": self.params,
            "call": {"duration": 4, "method": method, "params": ["* session id *", *self.params[:1]]},
            "message": str(self.error),
            "name": "XapiError",
            "stack": stack(str(self.error), method),
        }


def stack(message: str, method: str) -> str:
    """A stack trace as long and as useless to a model as a real one."""
    frames = "\n".join(
        f"    at Xapi.{method.rsplit('.', 1)[-1]}{i} (file:///opt/xo/node_modules/xapi/{method}.mjs:{100 + i}:{10 + i})"
        for i in range(12)
    )
    return f"XapiError: {message}\n{frames}"


def no_such(kind: str, object_id: Any) -> ApiError:
    """404: no object has that id; `undefined` where none was given."""
    shown = "undefined" if object_id is None else object_id
    return ApiError(404, f"no such {kind} {shown}", {"id": object_id, "type": kind})


def unprocessable(fields: dict[str, tuple[str, Any]]) -> ApiError:
    """422 of XO's validation: `error` is an object, one entry per refused field; a value of `...` was not sent."""
    return ApiError(
        422,
        {
            name: {"message": message} | ({} if value is ... else {"value": value})
            for name, (message, value) in fields.items()
        },
    )


def forbidden(operation: str, reason: str) -> ApiError:
    """403: nobody may do that."""
    return ApiError(403, f"forbidden operation: {operation}: {reason}", {"operation": operation, "reason": reason})


def incorrect_state(object_id: str, name: str, actual: Any, expected: Any) -> ApiError:
    """409: the object is not in the state this needs."""
    data = {"actual": actual, "expected": expected, "object": object_id, "property": name}
    return ApiError(409, "incorrect state", data)


def already_exists(object_id: str, kind: str) -> ApiError:
    """409: there is one of that name."""
    return ApiError(409, f"{kind} {object_id} already exists", {"objectId": object_id, "objectType": kind})


def bad_power_state(ref: str, expected: str, actual: str) -> XapiError:
    """The VM is not in the power state the action needs."""
    return XapiError("VM_BAD_POWER_STATE", ref, expected.lower(), actual.lower())
