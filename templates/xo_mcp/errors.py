"""Every way a call or a start can fail.

The tree (what a model reads is `str(error)` of a `CallError`)::

    XoMcpError
    ├── ConfigError            the server can't start as configured
    └── CallError              this call failed; the text says what to do next
        ├── ArgumentError      refused before anything was sent
        ├── XoError            XO answered with an error status
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
"""


class XoMcpError(Exception):
    """Anything this package raises on purpose."""


class ConfigError(XoMcpError):
    """The server can't start as configured; the message names the flag or variable."""


class CallError(XoMcpError):
    """One tool call failed; the message is written for the model that made it."""


class ArgumentError(CallError):
    """An argument was refused before anything was sent to XO."""
