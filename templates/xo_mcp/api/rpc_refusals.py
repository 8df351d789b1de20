"""Turns errors of XO's JSON-RPC API into texts that say what happened, why, and what to do next.

Its codes are XO's own small numbers (seen on xo-server 5.207.2); what the hypervisor refuses is -32000 with its code
in `data` (`rpc_failures`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from xo_mcp.api.rpc_arguments import invalid_arguments
from xo_mcp.api.rpc_error import MOST, RpcError
from xo_mcp.api.rpc_failures import RIGHTS, failure
from xo_mcp.decisions import decision
from xo_mcp.errors import Conflict, Forbidden, NotFound, Unauthorized, Unreachable, XoError
from xo_mcp.parsing import objects_in

NOT_DONE: Final = "Nothing was done."
ADMINS: Final = "Only XO administrators may use this, whatever ACLs a user has."
_IDS: Final = 1_000
"""Ids that are taken from one error."""
_BAD_STATE: Final = 13
"""XO's message of this code names both states."""
_IN_USE: Final = "A machine uses it: stop that machine, or move what it uses elsewhere, then try again."
_STATE: Final = "Bring the object into that state first."


def unknown_outcome(method: str, why: str, *, changes: bool) -> Unreachable:
    """Say that there is no answer; XO goes on with a call whose socket is closed."""
    advice = (
        "Whether XO did it is unknown, and it may still be at it: look at the object itself, or list_tasks with filter "
        f"properties:method:{method}, before repeating it."
        if changes
        else "Try again in a moment."
    )
    return Unreachable(f"{method}: {why}. {advice}")


@dataclass(frozen=True)
class Wording:
    """Words errors.

    Attributes:
        clean: Returns a text of XO on one line, without our credentials, stacks and references, and cut.
        heard: Called with each method that XO's user may not call.
    """

    clean: Callable[..., str]
    heard: Callable[[str], None] = lambda _: None

    def refusal(self, method: str, error: Any) -> XoError:
        """Word one error.

        Args:
            method: That was called.
            error: XO's `{code, message, data?}`.
        """
        refusal = _word(RpcError.of(method, error, self.clean))
        if isinstance(refusal, Forbidden):
            self.heard(method)
        return refusal


def _word(error: RpcError) -> XoError:
    by_code: Mapping[Any, Callable[[RpcError], XoError]] = {
        1: _no_such_object,
        2: _not_permitted,
        3: _invalid_credentials,
        5: _blocked,
        10: invalid_arguments,
        13: _incorrect_state,
        17: lambda error: Conflict(409, "in_use", error.summary, _IN_USE),
        19: _blocked,
        24: _resources,
        25: _incorrect_state,
        27: _nothing_matches,
        -32000: failure,
        -32601: _no_method,
    }
    if error.code in by_code:
        return by_code[error.code](error)
    return Conflict(409, None, error.summary, _OTHERS.get(error.code, "Read the object's state before trying again."))


_OTHERS: Final[Mapping[Any, str]] = {
    7: "No host can do this: look at what the hosts have free (list_hosts).",
    9: "XO can't reach the host: look at its state (get_host) and its connection (list_servers).",
    11: "The guest tools do not run in this VM: install or start them.",
    12: "This is a template: create a VM from it (create_vm) and act on that.",
    14: "The guest does not support this: install or start the guest tools.",
    16: "It exists already: use that one, or choose another name.",
    18: "The host is offline: start it first.",
}


def _not_permitted(error: RpcError) -> XoError:
    only = decision(f"CALL {error.method}").admins_only
    return Forbidden(403, "not_permitted", error.summary, ADMINS if only else RIGHTS)


def _invalid_credentials(_: RpcError) -> XoError:
    return Unauthorized(401, "invalid_credentials", "XO does not accept our login for JSON-RPC.")


_NOUNS: Final = {"remote": "backup repository", "authenticationToken": "authentication token", "xenServer": "server"}
"""XO's words for kinds of objects that its own pages call otherwise."""
_SECRET: Final = frozenset({"authenticationToken"})
"""Kinds of objects whose id is a secret."""


def _no_such_object(error: RpcError) -> XoError:
    hint = "Check the id: the object may be deleted, of another kind, or in a pool that is not connected. List again."
    kind, name = error.value("type").replace(", ", " or "), error.value("id")
    if kind in _SECRET:
        return NotFound(404, None, f"XO has no such {_NOUNS[kind]}.", hint)
    kind = _NOUNS.get(kind, kind)
    if not name:
        return NotFound(404, None, error.summary, hint)
    return NotFound(404, None, f"XO has no {kind or 'object'} {name}.", hint)


def _blocked(error: RpcError) -> XoError:
    return Forbidden(
        403,
        "blocked",
        error.summary,
        "The object is protected by its `blockedOperations`. Lift that (update_vm) only if the user agrees.",
    )


def _incorrect_state(error: RpcError) -> XoError:
    actual, expected, name = error.value("actual"), error.value("expected"), error.value("property")
    if not expected or (not name and error.code == _BAD_STATE):
        return Conflict(409, "incorrect_state", error.summary, _STATE)
    state = f"`{name or 'its state'}` is {actual or 'unset'}, it must be {expected}"
    refusal = Conflict(409, "incorrect_state", f"{error.summary} {state}.", _STATE)
    ids = error.facts.get("expected")
    refusal.expected = tuple(each for each in ids[:_IDS] if isinstance(each, str)) if isinstance(ids, list) else ()
    return refusal


def _resources(error: RpcError) -> XoError:
    short = objects_in(error.data)
    parts = [
        f"{error.short(entry.get('resourceType'), 40)}: {error.short(entry.get('requested'), 40)} asked, "
        f"{error.short(entry.get('available'), 40)} left"
        for entry in short[:MOST]
    ]
    limits = f" {'; '.join(parts)}." if parts else ""
    return Conflict(409, "resource_set", f"{error.summary}{limits}", "Ask for less, or raise the set's limits.")


def _nothing_matches(error: RpcError) -> XoError:
    return Conflict(
        409,
        "nothing_matches",
        error.summary,
        "The job selects no VM: look at its `vms` (get_backup_job) and the VMs' tags.",
    )


def _no_method(error: RpcError) -> XoError:
    return NotFound(
        404, "no_route", f"This XO has no JSON-RPC method {error.method}.", "It came with another XO release, or went."
    )
