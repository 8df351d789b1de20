"""Turns errors of XO's JSON-RPC API into texts that say what happened, why, and what to do next.

Its codes are XO's own small numbers (seen on xo-server 5.207.2); what the hypervisor refuses is -32000 with its code
in `data`. `data` also holds stacks, calls and references, which nobody here is shown.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from xo_mcp.api import xapi_codes
from xo_mcp.api.mistakes import meaning_of
from xo_mcp.bounds import LOOKED_AT
from xo_mcp.decisions import decision
from xo_mcp.errors import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    ServerError,
    Unauthorized,
    Unreachable,
    XapiError,
    XoError,
)
from xo_mcp.parsing import objects_in

NOT_DONE: Final = "Nothing was done."
RIGHTS: Final = (
    "What XO's REST API lacks needs an XO administrator here, or an old ACL (operator or admin) on the object: the "
    "roles that REST checks do not count."
)
ADMINS: Final = "Only XO administrators may use this, whatever ACLs a user has."
_MOST: Final = 12
"""Problems named in one message."""
_CHOICES: Final = 50
"""Values named of which an argument must be one."""
_SERVER_PATH: Final = re.compile(r"'?(/[\w.@%+-]+){2,}'?")
_NETWORK: Final = re.compile(
    r"\b(ECONNREFUSED|ECONNRESET|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|fetch failed)\b"
)
_SLIP: Final = re.compile(
    r"Cannot (read|set|destructure) propert|is not (iterable|a function|defined)|is not valid JSON|"
    r"evaluated to a falsy value"
)
_NOISE: Final = re.compile(r"Command failed: [^\n]*\n?|dmesg\(1\) may have more information[^\n]*")
"""What only who sits at XO's machine can use."""
_PARAM: Final = 500
"""Characters of a parameter of XAPI's."""
_IDS: Final = 1_000
"""Ids that are taken from one error."""
_BAD_STATE: Final = 13
"""XO's message of this code names both states."""
_CRON: Final = re.compile(r"^\w+: (missing|invalid|unexpected|expected|too)\b.* at character \d+")
_PARTITION: Final = "XO finds no file system there: list_backup_partitions shows what the disk has."
_LATER: Final = "Wait for it to end (list_tasks shows what runs), then try again."
_IN_USE: Final = "A machine uses it: stop that machine, or move what it uses elsewhere, then try again."
_STATE: Final = "Bring the object into that state first."


def unknown_outcome(method: str, why: str, *, changes: bool) -> Unreachable:
    """Say that there is no answer; XO goes on with a call whose socket is gone."""
    advice = (
        "Whether XO did it is unknown, and it may still be at it: look at the object itself, or list_tasks with filter "
        f"properties:method:{method}, before repeating it."
        if changes
        else "Try again in a moment."
    )
    return Unreachable(f"{method}: {why}. {advice}")


def code_of(error: Any) -> int | None:
    """The number of an error of XO's, where there is one."""
    code = error.get("code") if isinstance(error, dict) else None
    return code if isinstance(code, int) else None


@dataclass(frozen=True)
class Wording:
    """Words errors.

    Attributes:
        clean: Returns a text of XO on one line, without our credentials, stacks and references, and cut.
        heard: Told of each method that XO's user may not call.
    """

    clean: Callable[..., str]
    heard: Callable[[str], None] = lambda _: None

    def refusal(self, method: str, error: Any) -> XoError:
        """Word one error.

        Args:
            method: That was called.
            error: XO's `{code, message, data?}`.
        """
        raw = error if isinstance(error, dict) else {}
        message = raw.get("message")
        # What answers in XO's place may say anything: only what looks like a code counts, and only its beginning.
        text = message[:LOOKED_AT] if isinstance(message, str) else ""
        refusal = _word(_Case(method, code_of(raw), text, raw.get("data"), self.clean))
        if isinstance(refusal, Forbidden):
            self.heard(method)
        return refusal


@dataclass(frozen=True)
class _Case:
    """One error, and how to quote from it."""

    method: str
    code: int | None
    message: str
    data: Any
    clean: Callable[..., str]

    @property
    def facts(self) -> Mapping[str, Any]:
        return self.data if isinstance(self.data, dict) else {}

    @property
    def summary(self) -> str:
        """XO's own words, without paths and commands on its machine."""
        said = _SERVER_PATH.sub("a file of XO's", self.clean(_NOISE.sub("", self.message)))
        return f"XO refused {self.method}: {said}." if said else f"XO refused {self.method}."

    def value(self, name: str) -> str:
        """A fact as text: lists joined, cut."""
        found = self.facts.get(name)
        parts = found if isinstance(found, list) else [] if found is None else [found]
        more = f" and {len(parts) - _MOST} more" if len(parts) > _MOST else ""
        return ", ".join(self.short(part, 120) for part in parts[:_MOST]) + more

    def short(self, value: Any, limit: int = 80) -> str:
        """A single value as text, cut; an object or a list is not written out."""
        return self.clean(_written(value), limit)


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "..." if isinstance(value, (dict, list)) else str(value)


def _word(case: _Case) -> XoError:
    by_code: Mapping[Any, Callable[[_Case], XoError]] = {
        1: _no_such_object,
        2: _not_permitted,
        3: _invalid_credentials,
        5: _blocked,
        10: _invalid,
        13: _incorrect_state,
        17: lambda case: Conflict(409, "in_use", case.summary, _IN_USE),
        19: _blocked,
        24: _resources,
        25: _incorrect_state,
        27: _nothing_matches,
        -32000: _failed,
        -32601: _no_method,
    }
    if case.code in by_code:
        return by_code[case.code](case)
    return Conflict(409, None, case.summary, _OTHERS.get(case.code, "Read the object's state before trying again."))


_OTHERS: Final[Mapping[Any, str]] = {
    7: "No host can do this: look at what the hosts have free (list_hosts).",
    9: "XO can't reach the host: look at its state (get_host) and its connection (list_servers).",
    11: "The guest tools do not run in this VM: install or start them.",
    12: "This is a template: create a VM from it (create_vm) and act on that.",
    14: "The guest does not support this: install or start the guest tools.",
    16: "It exists already: use that one, or choose another name.",
    18: "The host is offline: start it first.",
}


def _not_permitted(case: _Case) -> XoError:
    only = decision(f"CALL {case.method}").admins_only
    return Forbidden(403, "not_permitted", case.summary, ADMINS if only else RIGHTS)


def _invalid_credentials(_: _Case) -> XoError:
    return Unauthorized(401, "invalid_credentials", "XO does not accept our login for JSON-RPC.")


_NOUNS: Final = {"remote": "backup repository", "authenticationToken": "authentication token", "xenServer": "server"}
"""XO's words for kinds of objects that its own pages call otherwise."""
_SECRET: Final = frozenset({"authenticationToken"})
"""Kinds of objects whose id is a secret."""


def _no_such_object(case: _Case) -> XoError:
    hint = "Check the id: it may be gone, of another kind of object, or of an unconnected pool. List again."
    kind, name = case.value("type").replace(", ", " or "), case.value("id")
    if kind in _SECRET:
        return NotFound(404, None, f"XO has no such {_NOUNS[kind]}.", hint)
    kind = _NOUNS.get(kind, kind)
    if not name:
        return NotFound(404, None, case.summary, hint)
    return NotFound(404, None, f"XO has no {kind or 'object'} {name}.", hint)


def _blocked(case: _Case) -> XoError:
    return Forbidden(
        403,
        "blocked",
        case.summary,
        "The object is protected by its `blockedOperations`. Lift that (update_vm) only if the user agrees.",
    )


def _invalid(case: _Case) -> XoError:
    errors = case.facts.get("errors")
    entries = [entry for entry in errors if isinstance(entry, dict)] if isinstance(errors, list) else []
    if not entries:
        return Invalid(422, "invalid_arguments", case.summary)
    more = f"; and {len(entries) - _MOST} more" if len(entries) > _MOST else ""
    listed = "; ".join(_problem(case, entry) for entry in entries[:_MOST]) + more
    return Invalid(422, "invalid_arguments", f"XO refused arguments of {case.method}: {listed}.", "Correct them.")


def _problem(case: _Case, entry: Mapping[str, Any]) -> str:
    """One fault of the parameters, in the words of JSON Schema's keywords."""
    place = case.short(entry.get("instancePath") or "").strip("/").replace("/", ".")
    params = entry.get("params")
    details: Mapping[str, Any] = params if isinstance(params, dict) else {}
    keyword = entry.get("keyword")
    if keyword == "required":
        return f"`{_joined(place, case.short(details.get('missingProperty')))}` is missing"
    if keyword == "additionalProperties":
        return f"`{_joined(place, case.short(details.get('additionalProperty')))}` is unknown to XO"
    where = f"`{place}` " if place else ""
    allowed = details.get("allowedValues")
    if keyword == "enum" and isinstance(allowed, list):
        named = [value for value in allowed if value != ""]
        more = f" or {len(named) - _CHOICES} more" if len(named) > _CHOICES else ""
        return f"{where}must be one of {', '.join(case.short(value, 40) for value in named[:_CHOICES])}{more}"
    return f"{where}{case.short(entry.get('message') or 'is wrong', 160)}"


def _joined(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name


def _incorrect_state(case: _Case) -> XoError:
    actual, expected, name = case.value("actual"), case.value("expected"), case.value("property")
    if not expected or (not name and case.code == _BAD_STATE):
        return Conflict(409, "incorrect_state", case.summary, _STATE)
    state = f"`{name or 'its state'}` is {actual or 'unset'}, it must be {expected}"
    error = Conflict(409, "incorrect_state", f"{case.summary} {state}.", _STATE)
    ids = case.facts.get("expected")
    error.expected = tuple(each for each in ids[:_IDS] if isinstance(each, str)) if isinstance(ids, list) else ()
    return error


def _resources(case: _Case) -> XoError:
    short = objects_in(case.data)
    parts = [
        f"{case.short(entry.get('resourceType'), 40)}: {case.short(entry.get('requested'), 40)} asked, "
        f"{case.short(entry.get('available'), 40)} left"
        for entry in short[:_MOST]
    ]
    listed = f" {'; '.join(parts)}." if parts else ""
    return Conflict(409, "resource_set", f"{case.summary}{listed}", "Ask for less, or raise the set's limits.")


def _nothing_matches(case: _Case) -> XoError:
    return Conflict(
        409,
        "nothing_matches",
        case.summary,
        "The job selects no VM: look at its `vms` (get_backup_job) and the VMs' tags.",
    )


def _no_method(case: _Case) -> XoError:
    return NotFound(
        404, "no_route", f"This XO has no JSON-RPC method {case.method}.", "It came with another XO release, or went."
    )


def _failed(case: _Case) -> XoError:
    """What has no code of its own: the hypervisor's errors, and what failed inside XO."""
    code, params = case.facts.get("code"), case.facts.get("params")
    # Node's own errors have codes of the same form.
    is_xapi = case.facts.get("name") == "XapiError" or isinstance(params, list)
    if is_xapi and isinstance(code, str) and xapi_codes.is_code(code) and isinstance(params, list | type(None)):
        detail, hint = xapi_codes.explain(code, [case.short(param, _PARAM) for param in (params or ())[:_MOST]])
        return XapiError(500, code, detail, hint)
    called = xapi_codes.parse(case.message)
    if called is not None:
        detail, hint = xapi_codes.explain(called[0], [case.clean(param) for param in called[1][:_MOST]])
        return XapiError(500, called[0], detail, hint)
    for pattern, code, hint in _FAILURES:
        if pattern.search(case.message):
            return ServerError(500, code, case.summary, hint)
    mistake = meaning_of(case.message)
    if mistake is not None:
        return Invalid(500, "mistake", case.summary, mistake)
    return ServerError(
        500, None, case.summary, "This failed inside XO. Before repeating a write, look at what it has already done."
    )


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
