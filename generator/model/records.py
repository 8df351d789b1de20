"""Field tables: which properties the records of a list or an object read have, so that unknown fields are refused."""

from collections.abc import Iterable, Mapping
from typing import Any

from generator.api.combining import NULL, Schema, describe_kinds
from generator.api.flat import Flat
from generator.api.operations import Operation
from generator.api.schema import Schemas
from generator.errors import OverrideError
from generator.model.conventions import Conventions
from generator.model.quirks import Quirks
from generator.model.tool import Tool

Fields = dict[str, str]
"""Property name -> JSON type, or `any`; the name `*` says that a record may have more."""
Details = dict[str, dict[str, Any]]
"""Path in a record (`power_state`, `memory:size`) -> what is known beside its type: see `_details`."""
MORE = "*"
LINK = "href"
DEEPEST = 3
"""Levels of nested objects that are described; XO's records nest no deeper where somebody would filter."""


class Records:
    """Finds the records of one document, gathers their field tables in `tables` and what else is known in `details`."""

    def __init__(
        self, schemas: Schemas, conventions: Conventions, tables: dict[str, Fields], details: dict[str, Details]
    ) -> None:
        self._schemas = schemas
        self._wrappers = conventions.record_wrappers
        self._keyed = frozenset(conventions.keyed)
        self._known: dict[str, tuple[str, Flat]] = {}
        self._tables = tables
        self._details = details

    def of(self, operation: Operation) -> str:
        """Name the record an operation answers, and remember its fields."""
        found = self._find(operation.answer_schema, operation.key)
        if found is None:
            return ""
        name, flat = found
        table = self._tables.setdefault(name, {})
        for field, kind in _fields(flat).items():
            if table.setdefault(field, kind) != kind:
                table[field] = "any"
        found_details = _details(flat.properties)
        for keyed in self._keyed & found_details.keys():
            found_details[keyed]["keyed"] = True
        _merge(self._details.setdefault(name, {}), found_details)
        return name

    def _find(self, schema: Any, place: str) -> tuple[str, Flat] | None:
        """The record inside a schema: the schema itself, the items of an array, or one of several choices."""
        resolved, reference = self._schemas.resolve(schema, place)
        if reference in self._known:
            return self._known[reference]
        found = self._look(resolved, reference, place)
        if found is not None and reference is not None:
            self._known[reference] = found
        return found

    def _look(self, resolved: dict[str, Any], reference: str | None, place: str) -> tuple[str, Flat] | None:
        if resolved.get("type") == "array":
            return self._find(resolved.get("items"), place)
        flat = self._schemas.flat(resolved, place, answered=True) if resolved else None
        if flat is not None and flat.properties:
            return self._name(reference, place), flat
        for choice in resolved.get("anyOf", resolved.get("oneOf", ())):
            found = self._find(choice, place)
            if found is not None:
                return found
        return None

    def _name(self, reference: str | None, place: str) -> str:
        name = reference or place
        for wrapper in self._wrappers:
            name = name.replace(wrapper, "")
        return name.strip("_") or place


def names_beside(path: str, fields: Fields, details: Details) -> frozenset[str]:
    """The properties that are known where one is, `memory.size` beside `memory.usage`.

    Args:
        path: Of the property, with a dot before one inside another.
        fields: Of the record.
        details: Of the record; an object or an array that is not described has none.
    """
    parent, dot, _ = path.rpartition(".")
    if not dot:
        return frozenset(fields)
    outer = parent.replace(".", ":")
    return frozenset(f"{parent}.{known.rpartition(':')[2]}" for known in details if known.rpartition(":")[0] == outer)


def has_property(path: str, fields: Fields, details: Details) -> bool:
    """Whether a record may have a property; what is not described may have any. Takes what `names_beside` takes."""
    parent, dot, _ = path.rpartition(".")
    if not dot:
        return path in fields or MORE in fields
    known = names_beside(path, fields, details)
    return has_property(parent, fields, details) and (path in known or not known)


def with_undocumented(
    tables: Mapping[str, Fields], tools: Iterable[Tool], quirks: Mapping[str, Quirks], *, lenient: bool
) -> dict[str, Fields]:
    """The tables, sorted, with the properties that XO sends though its document does not name them.

    Raises:
        OverrideError: One is documented, so that the decision serves no more; unless `lenient`.
    """
    found = {name: dict(table) for name, table in sorted(tables.items())}
    for tool in tools:
        fields = quirks[tool.key].undocumented_fields if tool.key in quirks and tool.record else {}
        for name, kind in fields.items():
            if name in tables[tool.record]:
                if not lenient:
                    raise OverrideError(f"`undocumented_fields`: {name} is documented; delete it", place=tool.key)
                continue
            found[tool.record][name] = "string" if isinstance(kind, list) else kind
        if fields:
            found[tool.record] = dict(sorted(found[tool.record].items()))
    return found


def with_values(
    details: Mapping[str, Details], tools: Iterable[Tool], quirks: Mapping[str, Quirks]
) -> dict[str, Details]:
    """What is known beside types, sorted, with the values of texts that XO's document does not name."""
    found = {name: dict(known) for name, known in details.items()}
    for tool in tools:
        fields = quirks[tool.key].undocumented_fields if tool.key in quirks and tool.record else {}
        for name, values in fields.items():
            if isinstance(values, list):
                found.setdefault(tool.record, {}).setdefault(name, {"type": "string", "values": values})
    return {name: dict(sorted(known.items())) for name, known in sorted(found.items()) if known}


def _fields(flat: Flat) -> Fields:
    fields = {name: describe_kinds(schema) for name, schema in sorted(flat.properties.items()) if name != LINK}
    return {MORE: "any", **fields} if flat.open else fields


def _details(properties: dict[str, Schema], prefix: str = "", depth: int = 1) -> Details:
    """Collect the values of enumerations, the properties of objects, and what can be null.

    Each entry has `type`; `values` where only those occur; `open` for an object that may have other keys; `nullable`;
    and `keyed` where an object's keys say something.
    """
    found: Details = {}
    for name, schema in sorted(properties.items()):
        entry = _entry(schema)
        if name != LINK and (prefix or len(entry) > 1 or entry["type"] == "object"):
            found[f"{prefix}{name}"] = entry
        inner = _only(schema).get("properties", {})
        if entry["type"] == "object" and inner and depth < DEEPEST:
            found |= _details(inner, f"{prefix}{name}:", depth + 1)
    return found


def _entry(schema: Schema) -> dict[str, Any]:
    entry: dict[str, Any] = {"type": describe_kinds(schema)}
    only = _only(schema)
    values = only.get("enum", ())
    if entry["type"] == "string" and values and all(isinstance(value, str) for value in values):
        entry["values"] = [value for value in values if value]
    if entry["type"] == "object":
        entry["open"] = only.get("additionalProperties", not only.get("properties")) is not False
    if NULL in schema.get("anyOf", ()):
        entry["nullable"] = True
    return entry


def _only(schema: Schema) -> Schema:
    """The one thing a schema takes beside null; nothing where there are several."""
    choices = [choice for choice in schema.get("anyOf", [schema]) if choice != NULL]
    return choices[0] if len(choices) == 1 else {}


def _merge(known: Details, found: Details) -> None:
    """Keep of two descriptions of a record what both say."""
    for path, entry in found.items():
        old = known.setdefault(path, entry)
        if old == entry:
            continue
        if old["type"] != entry["type"]:
            known[path] = {"type": "any"}
            continue
        values = [*old["values"], *entry["values"]] if "values" in old and "values" in entry else []
        known[path] = {
            "type": old["type"],
            **({"values": list(dict.fromkeys(values))} if values else {}),
            **({"open": old.get("open", True) or entry.get("open", True)} if old["type"] == "object" else {}),
            **{flag: True for flag in ("nullable", "keyed") if old.get(flag) or entry.get(flag)},
        }
