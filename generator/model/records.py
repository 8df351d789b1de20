"""Field tables: which properties the records of a list or an object read have, so that unknown fields are refused."""

from typing import Any

from generator.api.combining import describe_kinds
from generator.api.operations import Operation
from generator.api.schema import Flat, Schemas
from generator.model.conventions import Conventions

Fields = dict[str, str]
"""Property name -> JSON type, or `any`; the name `*` says that a record may have more."""
MORE = "*"
LINK = "href"


class Records:
    """Finds the records of one document and gathers their field tables in `tables`."""

    def __init__(self, schemas: Schemas, conventions: Conventions, tables: dict[str, Fields]) -> None:
        self._schemas = schemas
        self._wrappers = conventions.record_wrappers
        self._known: dict[str, tuple[str, Fields]] = {}
        self._tables = tables

    def of(self, operation: Operation) -> str:
        """Name the record an operation answers, and remember its fields."""
        found = self._find(operation.answer_schema, operation.key)
        if found is None:
            return ""
        name, fields = found
        table = self._tables.setdefault(name, {})
        for field, kind in fields.items():
            if table.setdefault(field, kind) != kind:
                table[field] = "any"
        return name

    def _find(self, schema: Any, place: str) -> tuple[str, Fields] | None:
        """The record inside a schema: the schema itself, the items of an array, or one of several choices."""
        resolved, reference = self._schemas.resolve(schema, place)
        if reference in self._known:
            return self._known[reference]
        found = self._look(resolved, reference, place)
        if found is not None and reference is not None:
            self._known[reference] = found
        return found

    def _look(self, resolved: dict[str, Any], reference: str | None, place: str) -> tuple[str, Fields] | None:
        if resolved.get("type") == "array":
            return self._find(resolved.get("items"), place)
        flat = self._schemas.flat(resolved, place) if resolved else None
        if flat is not None and flat.properties:
            return self._name(reference, place), _fields(flat)
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


def _fields(flat: Flat) -> Fields:
    fields = {name: describe_kinds(schema) for name, schema in sorted(flat.properties.items()) if name != LINK}
    return {MORE: "any", **fields} if flat.open else fields
