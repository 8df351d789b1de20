"""What is known of the records of one kind: their properties, and the values and the content of these."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

MORE: Final = "*"
"""In a table: XO may send properties that are not named."""


@dataclass(frozen=True)
class Field:
    """What is known of one field in a record.

    Attributes:
        type: Its JSON type, `any` when it can be several.
        values: The only ones it has; empty when any may occur.
        open: An object that may have other keys than those that are known.
        keyed: An object whose keys say something, and its values little.
        nullable: It can be null.
    """

    type: str
    values: tuple[str, ...] = ()
    open: bool = True
    keyed: bool = False
    nullable: bool = False


@dataclass(frozen=True)
class RecordTable(Mapping[str, str]):
    """Property name to JSON type, for those who only want that, and what else is known.

    As a mapping it is empty where XO may send other properties too: then no name is wrong.

    Attributes:
        types: Property name to JSON type.
        details: Field (`power_state`, `memory:size`) to what is known of it.
    """

    types: Mapping[str, str] = field(default_factory=dict)
    details: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @classmethod
    def of(cls, known: Mapping[str, str]) -> "RecordTable":
        """The table itself, or one that knows only types."""
        return known if isinstance(known, RecordTable) else cls(known)

    @property
    def _closed(self) -> Mapping[str, str]:
        return {} if MORE in self.types else self.types

    def __getitem__(self, name: str) -> str:
        return self._closed[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._closed)

    def __len__(self) -> int:
        return len(self._closed)

    def field(self, path: Sequence[str]) -> Field | None:
        """What is known of a field, `None` when nothing is."""
        found = self.details.get(":".join(path))
        if found is not None:
            return Field(
                found.get("type", "any"),
                tuple(found.get("values", ())),
                open=found.get("open", True),
                keyed=found.get("keyed", False),
                nullable=found.get("nullable", False),
            )
        kind = self.types.get(path[0]) if len(path) == 1 else None
        return None if kind is None or path[0] == MORE else Field(kind)

    def inside(self, path: Sequence[str]) -> dict[str, Field]:
        """The known properties of an object in a record."""
        prefix = ":".join(path) + ":"
        names = [name.removeprefix(prefix) for name in self.details if name.startswith(prefix)]
        found = {name: self.field((*path, name)) for name in names if ":" not in name}
        return {name: field for name, field in found.items() if field is not None}
