"""Error messages for failures without a code of XO's JSON-RPC API: of the hypervisor, and inside XO."""

import re
from typing import Final

from xo_mcp.api import xapi_codes
from xo_mcp.api.mistakes import meaning_of
from xo_mcp.api.rpc_error import MOST, RpcError
from xo_mcp.errors import Invalid, ServerError, XapiError, XoError

RIGHTS: Final = (
    "What XO's REST API lacks needs an XO administrator here, or an old ACL (operator or admin) on the object: the "
    "roles that REST checks do not count."
)
_NETWORK: Final = re.compile(
    r"\b(ECONNREFUSED|ECONNRESET|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|fetch failed)\b"
)
_SLIP: Final = re.compile(
    r"Cannot (read|set|destructure) propert|is not (iterable|a function|defined)|is not valid JSON|"
    r"evaluated to a falsy value"
)
_PARAM: Final = 500
"""Characters of a parameter of XAPI's."""
_CRON: Final = re.compile(r"^\w+: (missing|invalid|unexpected|expected|too)\b.* at character \d+")
_PARTITION: Final = "XO finds no file system there: list_backup_partitions shows what the disk has."
_LATER: Final = "Wait for it to end (list_tasks shows what runs), then try again."
_FAILURES: Final = (
    (
        re.compile("unknown error from the peer"),
        "untold",
        f"XO reports the reason to its administrators only. {RIGHTS}",
    ),
    (re.compile("is already running"), "running", _LATER),
    (_CRON, "cron", "XO's scheduler can't read the cron: give minute, hour, day, month and weekday."),
    (re.compile(r"Command failed: mount|partition [^\n]{0,200} not found"), "no_file_system", _PARTITION),
    (re.compile("no such plugin"), "no_plugin", "Check the name of the plugin (list_plugins)."),
    (re.compile("no such remote"), "no_repository", "Check the id of the repository (list_backup_repositories)."),
    (re.compile("ENOENT"), "no_file", "What it names is not in the repository (any more): list again (list_backups)."),
    (_NETWORK, "network", "XO itself could not connect there: check the address, and that XO can reach it."),
    (_SLIP, "slip", "XO stumbled over something that is missing or of another kind than it takes for granted."),
)


def failure(error: RpcError) -> XoError:
    """Word an error of the hypervisor, or of what failed inside XO."""
    code, params = error.facts.get("code"), error.facts.get("params")
    # Node's own errors have codes of the same form.
    is_xapi = error.facts.get("name") == "XapiError" or isinstance(params, list)
    if is_xapi and isinstance(code, str) and xapi_codes.is_code(code) and isinstance(params, list | type(None)):
        detail, hint = xapi_codes.explain(code, [error.short(param, _PARAM) for param in (params or ())[:MOST]])
        return XapiError(500, code, detail, hint)
    called = xapi_codes.parse(error.message)
    if called is not None:
        detail, hint = xapi_codes.explain(called[0], [error.clean(param) for param in called[1][:MOST]])
        return XapiError(500, called[0], detail, hint)
    for pattern, code, hint in _FAILURES:
        if pattern.search(error.message):
            return ServerError(500, code, error.summary, hint)
    mistake = meaning_of(error.message)
    if mistake is not None:
        return Invalid(500, "mistake", error.summary, mistake)
    return ServerError(
        500, None, error.summary, "This failed inside XO. Before repeating a write, look at what it has already done."
    )
