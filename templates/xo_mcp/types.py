"""The small types every module shares."""

from collections.abc import Callable, Mapping
from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeAlias

if TYPE_CHECKING:
    Json: TypeAlias = bool | int | float | str | list["Json"] | dict[str, "Json"] | None
else:
    Json = Any  # a recursive alias can't be combined with `|` at run time
"""A JSON value as `json.loads` gives it."""


class Omit(Enum):
    """The type of `OMIT`, so that type checkers can narrow it away."""

    OMIT = "omit"

    def __repr__(self) -> str:
        return "OMIT"


OMIT: Final = Omit.OMIT
"""An argument that was not given. `None` is JSON's null, which XO reads as "clear this"."""

Arguments: TypeAlias = Mapping[str, Any]
"""Path, query or body values by XO's own names: JSON, or `OMIT` (lists and objects of any element type)."""

NOTHING: Final[Arguments] = MappingProxyType({})
"""No values; nobody can add any."""


class Progress(Protocol):
    """Tells whoever waits for a call how far it is."""

    async def __call__(self, done: float, total: float | None = None, message: str | None = None) -> None:
        """Report `done` of `total` (same unit, `None` when unknown); silently nothing when nobody listens."""


Started: TypeAlias = Callable[[str], None]
"""Is told the id of the task that a call started."""


def untold(task: str) -> None:
    """Take the id of a task nobody wants to know."""


async def no_progress(done: float, total: float | None = None, message: str | None = None) -> None:
    """Take progress nobody asked for."""
