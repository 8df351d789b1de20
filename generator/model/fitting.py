"""Holds what decisions name against what the API has: fields of records, states to wait for, query parameters."""

from collections.abc import Iterable, Mapping

from generator.api.operations import Operation
from generator.errors import OverrideError
from generator.model.overrides import ToolOverride, nearest
from generator.model.records import MORE, Fields
from generator.model.tool import Tool


def fit_fields(override: ToolOverride, table: Fields, key: str, *, older: bool) -> ToolOverride:
    """Leave out the fields that records of an older release lack.

    Args:
        override: Names the fields a list asks for.
        table: Those its records have; empty or open where nobody knows.
        key: The operation.
        older: The facts are of an older release than the decision.

    Raises:
        OverrideError: The records have no such field, and the decision is about this release.
    """
    missing = [] if MORE in table or not table else [name for name in override.fields if name not in table]
    if missing and not older:
        raise OverrideError(
            f"its records have no field {missing[0]!r}", place=key, hint=nearest(missing[0], set(table))
        )
    kept = [name for name in override.fields if name not in missing]
    return override.model_copy(update={"fields": kept}) if missing else override


def require_query(operation: Operation, override: ToolOverride) -> None:
    """Refuse to send a query parameter that the operation does not have.

    Raises:
        OverrideError: Names it and the nearest.
    """
    known = {parameter.name for parameter in operation.parameters if parameter.place == "query"}
    for name in override.query:
        if name not in known:
            raise OverrideError(f"there is no query parameter {name!r}", place=operation.key, hint=nearest(name, known))


def require_states(tools: Iterable[Tool], tables: Mapping[str, Fields]) -> None:
    """Refuse to wait for what an object never shows.

    Raises:
        OverrideError: Names the property and the nearest.
    """
    every = list(tools)
    records = {tool.key: tool.record for tool in every if tool.record}
    for tool in every:
        table = tables.get(records.get(f"GET {tool.reads}", ""), {})
        for name, _ in tool.settle if table and MORE not in table else ():
            if name not in table:
                hint = nearest(name, set(table))
                raise OverrideError(f"`settle`: the object has no property {name!r}", place=tool.key, hint=hint)
