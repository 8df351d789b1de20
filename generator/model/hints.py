"""A tool's effect: read, write or destructive, and whether repeating it changes anything."""

from dataclasses import dataclass

from generator.api.methods import CALL
from generator.api.operations import Operation
from generator.model.conventions import Conventions
from generator.model.decisions import Denied, Effect, ToolOverride

ACTIONS = "/actions/"


@dataclass(frozen=True)
class Hints:
    """The four MCP annotations come from here.

    Attributes:
        effect: `destructive`: data is lost, or a running service is cut. `grants_access`: somebody may do more
            afterwards, or sign in as somebody else.
        idempotent: Calling it again with the same arguments changes nothing more.
        denied: XO marks the operation as too dangerous for MCP; it needs --allow-denied.
        decided: Somebody or a rule decided; otherwise the most careful answer is used, and only a draft is built of it.
    """

    effect: Effect
    idempotent: bool
    denied: bool
    decided: bool


def decide(operation: Operation, override: ToolOverride, conventions: Conventions) -> Hints:
    """Decide from the override, else from verb tables, else from the method."""
    effect, idempotent, decided = _by_method(operation, conventions)
    idempotent = idempotent or (operation.method == CALL and override.effect == "read")
    # Before 6.5, XO marked nothing: what we know of a later release holds for the same operation there.
    denied = operation.exposure == "deny" or (operation.exposure is None and override.denied is not None)
    return Hints(
        effect=override.effect or effect,
        idempotent=override.idempotent if override.idempotent is not None else idempotent,
        denied=_is_danger(override.denied) if denied else False,
        decided=(decided or override.effect is not None) and (not denied or override.denied is not None),
    )


def _is_danger(denied: Denied | None) -> bool:
    return denied is None or denied.because == "danger"


def _by_method(operation: Operation, conventions: Conventions) -> tuple[Effect, bool, bool]:
    if operation.method == CALL:
        return "destructive", False, False
    if operation.method == "GET":
        return "read", True, True
    if operation.method == "DELETE":
        return "destructive", True, True
    if operation.method in {"PUT", "PATCH"}:
        return "write", True, True
    if ACTIONS in operation.path:
        verb = operation.path.rsplit("/", 1)[1]
        known = conventions.verbs.get(verb)
        return known or "destructive", False, known is not None
    # A POST on a collection creates; what a POST on anything else does, only a person can say.
    creates = not operation.path.endswith("}")
    return ("write" if creates else "destructive"), False, creates
