"""The tree of errors: every way a call or a start can fail.

The tree (what a model reads is `str(error)` of a `CallError`)::

    XoMcpError
    ├── ConfigError            the server can't start as configured
    └── CallError              this call failed; the text says what to do next
        ├── ArgumentError      refused before anything was sent
        ├── XoError            XO answered, but not with what was asked for
        │   ├── BadRequest     400
        │   ├── Unauthorized   401
        │   ├── Forbidden      403
        │   ├── NotFound       404
        │   ├── Conflict       409
        │   ├── Invalid        422
        │   ├── XapiError      500 carrying a XenServer/XCP-ng code
        │   ├── McpDisabled    503, XO's administrator switched MCP off
        │   └── ServerError    any other 5xx
        ├── Unreachable        no answer at all
        ├── TaskFailed         the action started, its task failed
        └── TransferError      an export or import broke off

No text of these holds a credential, a stack trace or an OpaqueRef.
"""
# ruff: noqa: N818 - the names are those of HTTP's statuses


class XoMcpError(Exception):
    """Anything this package raises on purpose."""


class ConfigError(XoMcpError):
    """The server can't start as configured; the message names the flag or variable."""


class CallError(XoMcpError):
    """One tool call failed; the message is written for the model that made it."""


class ArgumentError(CallError):
    """An argument was refused before anything was sent to XO."""


class XoError(CallError):
    """XO answered, but not with what was asked for.

    Attributes:
        status: The HTTP status; a 2xx when the answer could not be read.
        code: A word programs can test: a XenServer/XCP-ng code (`VM_BAD_POWER_STATE`), `no_route` (the XO has no such
            route), `mcp_disabled`, `redirect`, `unreadable`, `too_large`, `too_fast`; `None` where there is none.
        detail: What happened and why, whole sentences.
        hint: What to do next, whole sentences; may be empty.
    """

    def __init__(self, status: int, code: str | None, detail: str, hint: str = "") -> None:
        super().__init__(f"{detail} {hint}".strip())
        self.status = status
        self.code = code
        self.detail = detail
        self.hint = hint


class BadRequest(XoError):
    """400: XO could not read the request, for example its filter."""


class Unauthorized(XoError):
    """401: XO does not accept our credentials."""


class Forbidden(XoError):
    """403: a missing privilege, or an operation XO refuses to anybody on this object."""


class NotFound(XoError):
    """404: no such object; with code `no_route`, no such route in this XO."""


class Conflict(XoError):
    """409: the object is not in the state this needs, or exists already.

    Attributes:
        expected: The ids that XO would have accepted, where it says so.
    """

    expected: tuple[str, ...] = ()


class Invalid(XoError):
    """422: XO refused arguments."""


class ServerError(XoError):
    """5xx: XO, or a proxy before it, failed."""


class XapiError(XoError):
    """500 carrying a XenServer/XCP-ng code, which is the `code`."""


class McpDisabled(XoError):
    """XO's administrator switched MCP off; nothing will be answered until it is on again."""


class Unreachable(CallError):
    """No answer at all; the text says whether XO may have done what was asked."""


class TaskFailed(CallError):
    """The action started, its task failed.

    Attributes:
        code: XO's or XenServer's code of the failure.
    """

    def __init__(self, message: str, code: str | None = None) -> None:
        super().__init__(message)
        self.code = code


class TransferError(CallError):
    """An export or import broke off."""
