"""Finds the GETs that show a write's effect: of the object it changes, and of the one it creates."""

from collections.abc import Collection

from generator.api.operations import Operation
from generator.errors import OverrideError
from generator.history.history import History
from generator.model.overrides import nearest


def reads_one_object(operation: Operation) -> bool:
    """Whether it is a GET whose path ends in an id."""
    last = operation.path.rpartition("/")[2]
    return operation.method == "GET" and last.startswith("{") and last.count("{") == 1 and last.endswith("}")


def reads_of(operation: Operation, objects: Collection[str]) -> str | None:
    """The GET of the object that an operation changes: the longest object path its own path begins with.

    Args:
        operation: Any; a GET changes nothing.
        objects: Paths of the GETs of one object.
    """
    if operation.method == "GET":
        return None
    if f"{operation.path}/{{id}}" in objects:
        return f"{operation.path}/{{id}}"
    # A dot leads to a file (`/vdis/{id}.{format}`): the object itself is before it.
    own = f"{operation.path.replace('.{', '/{')}/"
    return max((path for path in objects if own.startswith(f"{path}/")), key=len, default=None)


def subject_by_decision(decided: str, key: str, objects: Collection[str], history: History) -> str | None:
    """The GET of the object that a JSON-RPC method changes, whose placeholder is the argument that names it.

    Args:
        decided: Path of the GET, by our decision.
        key: The method.
        objects: Paths of the GETs of one object.
        history: Of the API: what only another release can read, is passed over.

    Raises:
        OverrideError: The decision names something other than a GET of one object.
    """
    usual = f"{decided.rpartition('/')[0]}/{{id}}"
    if usual in objects:
        return decided
    if f"GET {usual}" in history.operations:
        return None
    raise OverrideError(
        f"`reads` names {decided}, which is not a GET of one object", place=key, hint=nearest(usual, set(objects))
    )


def creates_of(operation: Operation, decided: str | None, objects: Collection[str], history: History) -> str | None:
    """The GET of the object that an operation makes: as decided, else of a member of the collection it adds to.

    Args:
        operation: Any; only a POST makes something.
        decided: Path of the GET, by our decision.
        objects: Paths of the GETs of one object.
        history: Of the API: what only another release can read, is passed over.

    Raises:
        OverrideError: The decision names something other than a GET of one object.
    """
    if decided is None:
        member = f"{operation.path}/{{id}}"
        return member if operation.method == "POST" and member in objects else None
    if decided in objects:
        return decided
    if f"GET {decided}" in history.operations:
        return None
    raise OverrideError(
        f"`creates` names {decided}, which is not a GET of one object",
        place=operation.key,
        hint=nearest(decided, set(objects)),
    )
