"""Turns XO's error answers into texts that say what happened, why, and what to do next (shapes: XO 6.7.1)."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from xo_mcp.api import xapi_codes
from xo_mcp.api.auth import Credentials
from xo_mcp.api.mistakes import meaning_of, state_of
from xo_mcp.api.refusal_body import Refusal, problems_of, read_refusal
from xo_mcp.bounds import look
from xo_mcp.decisions import decision
from xo_mcp.errors import (
    BadRequest,
    Conflict,
    Forbidden,
    Invalid,
    McpDisabled,
    NotFound,
    ServerError,
    Unauthorized,
    XapiError,
    XoError,
)
from xo_mcp.privacy.redaction import Secrets, without_internals
from xo_mcp.text import one_line

_LONGEST: Final = 500
"""Characters of XO's own words in one message."""
_MOST: Final = 12
"""Arguments or privileges named in one message."""
_LISTED: Final = 100
"""Entries of a list of XO that are looked at."""
_NETWORK: Final = re.compile(r"\b(ECONNREFUSED|ECONNRESET|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|ETIMEDOUT)\b")
_CERTIFICATE: Final = re.compile(r"(?i)self.signed.cert|CERT_|unable to verify the first certificate")
_PROXY: Final = "A proxy before XO may want a login of its own, or refuse this: ask who runs it."
_LIMITS: Final = {413: "body", 414: "URL", 431: "request line and headers"}


class Refusals:
    """Knows how to word XO's errors, and whose credentials to keep out of them.

    Args:
        secrets: What must not be shown though XO may echo it.
        credentials: Says which variable to check after a 401.
    """

    def __init__(self, secrets: Secrets, credentials: Credentials) -> None:
        self._secrets = secrets
        self._credentials = credentials
        self.heard: Callable[[str], None] = lambda _: None
        """Called with each request that XO's user may not make, as method and route or as method."""

    def error(self, operation: str, status: int, media_type: str, content: bytes) -> XoError:
        """Word one error answer.

        Args:
            operation: Method and route, like `GET /vms/{id}`.
            status: The HTTP status, 400 or more.
            media_type: Of the answer, without parameters.
            content: The answer's body, or the start of a long one.
        """
        body = read_refusal(media_type, content.decode("utf-8-sig", errors="replace"))
        if body.is_mcp_disabled:
            return mcp_disabled(status)
        case = _Case(operation, status, body, self.clean, self._credentials.names.url)
        if body.is_too_fast:
            return ServerError(
                status,
                "too_fast",
                "XO throttles logins right after a failed one.",
                "Wait a few seconds and try again; a token (XO_TOKEN) is not throttled.",
            )
        if status == 401:  # noqa: PLR2004 - HTTP's own
            advice = self._credentials.advice()
            return Unauthorized(status, None, case.summary, advice if body.is_json else f"{advice} {_PROXY}")
        by_status = {400: _bad_request, 403: _forbidden, 404: _not_found, 409: _conflict, 422: _invalid}
        word = by_status.get(status, _server_error if status >= 500 else _other)  # noqa: PLR2004 - HTTP's own
        error = word(case)
        if isinstance(error, Forbidden):
            self.forbid(operation)
        return error

    def forbid(self, operation: str) -> None:
        """Say that XO's user may not do something."""
        self.heard(operation)

    def clean(self, text: str, limit: int = _LONGEST) -> str:
        """Return a text of XO on one line, without our credentials, stacks and OpaqueRefs, and cut."""
        shown = look(text, lambda part: without_internals(self._secrets.redact(part)))
        return one_line(shown, limit).rstrip(".: ")


def mcp_disabled(status: int) -> McpDisabled:
    """Say that XO's administrator switched MCP off."""
    return McpDisabled(
        status,
        "mcp_disabled",
        "XO's administrator has switched MCP access off, so XO answers nothing to this server.",
        "Only an administrator can switch it on again (`enabled` in the `[mcp]` section of xo-server's configuration).",
    )


@dataclass(frozen=True)
class _Case:
    """One error answer, and how to quote from it."""

    operation: str
    status: int
    body: Refusal
    clean: Callable[..., str]
    url_setting: str

    @property
    def summary(self) -> str:
        """Who answered what, in XO's own words."""
        said = self.clean(self.body.text)
        if not said and self.body.title:
            said = f"a web page titled {self.clean(self.body.title, 80)!r}"
        answered = f"XO answered {self.status} to {self.operation}"
        return f"{answered}: {said}." if said else f"{answered}."


def _bad_request(case: _Case) -> XoError:
    text = case.body.data.get("stringToParse")
    if isinstance(text, str):
        return BadRequest(
            case.status,
            "filter",
            f"XO could not read the filter {case.clean(text, 200)!r}.",
            "Write it like `name_label:web power_state:Running`: property:value, a space is AND, `|(a b)` is OR,"
            ' `!` is NOT, and "quotes" around values with spaces or special characters.',
        )
    return BadRequest(case.status, None, case.summary, _PROXY if "multiple authentication" in case.body.text else "")


def _forbidden(case: _Case) -> XoError:
    text = case.summary
    missing = _privileges(case)
    if missing:
        return Forbidden(
            case.status,
            "missing_privileges",
            f"{text} Missing: {missing}.",
            "An XO administrator can grant this with an ACL role (list_acl_roles), or choose an object you may use.",
        )
    if "is blocked" in case.body.text:
        return Forbidden(
            case.status,
            "blocked",
            text,
            "The object is protected by its `blockedOperations`. Lift that (update_vm) only if the user agrees.",
        )
    plan = case.body.data.get("minPlan")
    if isinstance(plan, str):
        return Forbidden(case.status, "plan", text, f"XO's licence must be at least {case.clean(plan, 40)} for this.")
    if case.body.text.startswith("forbidden operation"):
        reason = case.body.data.get("reason")
        because = f" Reason: {case.clean(reason)}." if isinstance(reason, str) and reason not in case.body.text else ""
        return Forbidden(case.status, "forbidden_operation", text + because, "XO allows this to nobody on this object.")
    if case.body.data.get("permission") == "admin" or decision(case.operation).admins_only:
        only = "Only XO administrators may use this, whatever privileges a user has."
        return Forbidden(case.status, "admin_only", text, only)
    lacks = "The XO user of this server lacks the right; before XO 6.4 the REST API is for admins only."
    return Forbidden(case.status, None, text, lacks if case.body.is_json else _PROXY)


def _privileges(case: _Case) -> str:
    missing = case.body.data.get("missingPrivileges")
    if not isinstance(missing, list):
        return ""
    texts = []
    for item in missing[:_LISTED]:
        if isinstance(item, dict):
            action, resource, target = (item.get(key) for key in ("action", "resource", "objectId"))
            text = f"{action} on {resource}" + (f" {target}" if target else "")
            texts.append(case.clean(text, 160))
    return _some(list(dict.fromkeys(texts)))


def _some(texts: list[str]) -> str:
    more = f"; and {len(texts) - _MOST} more" if len(texts) > _MOST else ""
    return "; ".join(texts[:_MOST]) + more


def _not_found(case: _Case) -> XoError:
    if not case.body.is_json:
        return NotFound(
            case.status,
            "no_route",
            f"This XO does not have {case.operation} (404).",
            "It came with a later XO release, or with a plugin that is not loaded here."
            f" If every call answers this, {case.url_setting} is not the address of XO.",
        )
    text = case.summary
    if case.operation.endswith("/create_vm") and "undefined" in case.body.text:
        return NotFound(
            case.status, None, text, "An object XO needs for this was not given: add it (create_vm: `template`)."
        )
    return NotFound(
        case.status,
        None,
        text,
        "Check the id: the object may be deleted, of another kind, or in a pool that is not connected. List again.",
    )


def _conflict(case: _Case) -> XoError:
    text = case.summary
    state = state_of(case.body.data, case.clean)
    if state:
        hint = "Bring the object into that state first."
        return Conflict(case.status, "incorrect_state", f"{text} {state[0].upper()}{state[1:]}.", hint)
    return Conflict(case.status, None, text, "Read the object's state first: what you ask for may be so already.")


def _invalid(case: _Case) -> XoError:
    problems = {case.clean(name, 80): case.clean(text, 160) for name, text in problems_of(case.body).items()}
    if not problems:
        return Invalid(case.status, None, case.summary)
    arguments = _some([f"`{name}`: {text}" if name else text for name, text in problems.items()])
    return Invalid(
        case.status,
        "invalid_arguments",
        f"XO refused arguments of {case.operation} (422): {arguments}.",
        "Correct them and call again.",
    )


def _server_error(case: _Case) -> XoError:
    called = xapi_codes.parse(case.body.text) or (
        (case.body.text, ()) if case.body.is_xapi and xapi_codes.is_code(case.body.text) else None
    )
    if called is not None:
        code, params = called
        detail, hint = xapi_codes.explain(code, [case.clean(param) for param in params])
        return XapiError(case.status, code, detail, hint)
    text = case.summary
    network = _NETWORK.search(case.body.text)
    if network is not None:
        return ServerError(
            case.status,
            network[1],
            text,
            "XO itself could not connect there: check the address, and that XO can reach a running machine at it.",
        )
    if _CERTIFICATE.search(case.body.text):
        return ServerError(
            case.status,
            "certificate",
            text,
            "XO does not trust that machine's certificate: see `allowUnauthorized` of servers.",
        )
    mistake = meaning_of(case.body.text) if case.body.is_json else None
    if mistake is not None:
        return Invalid(case.status, "mistake", text, mistake)
    return ServerError(case.status, None, text, _SERVER_HINTS.get(case.status, _SERVER_HINTS[500]))


_SERVER_HINTS: Final[Mapping[int, str]] = {
    500: "This failed inside XO, whose own log says more. Before repeating a write, look at what it has already done.",
    501: "This XO, or this kind of object, can't do that.",
    502: "A proxy before XO got no answer: XO may be restarting. Wait a minute; look before repeating a write.",
    503: "What this needs is not there now: a plugin, a device, or XO itself while it starts. Try again in a minute.",
    504: "A proxy before XO gave up waiting. A write may still be under way: look (list_tasks) before repeating it.",
}


def _other(case: _Case) -> XoError:
    if case.status == 429:  # noqa: PLR2004 - HTTP's own
        return XoError(case.status, "too_many", case.summary, "Wait a minute before the next call.")
    if case.status in _LIMITS:
        return XoError(
            case.status,
            "too_long",
            f"XO found the {_LIMITS[case.status]} of {case.operation} too long ({case.status}).",
            "Send less.",
        )
    if case.status == 407:  # noqa: PLR2004 - HTTP's own
        return XoError(
            case.status,
            "proxy",
            f"The proxy wants a login ({case.status}).",
            "Check HTTP_PROXY, HTTPS_PROXY and NO_PROXY.",
        )
    return XoError(case.status, None, case.summary)
