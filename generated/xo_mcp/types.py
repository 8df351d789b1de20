"""Small types that every module shares."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
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

Body: TypeAlias = "Arguments | Json | Omit"
"""A JSON body, by property (what is `OMIT` is left out) or whole; `OMIT` for none at all."""


@dataclass(frozen=True)
class Call:
    """One request to XO; values are by XO's own names.

    Attributes:
        method: HTTP method, in capitals.
        route: Relative to `/rest/v0`, with placeholders, as in XO's document: `/vms/{id}`.
        path: Values of the placeholders.
        query: Query parameters; lists repeat their key, `OMIT` and `None` are left out.
        body: What is sent as JSON.
        body_required: Whether `{}` is sent when no property of `body` was given.
        content_type: The media type of what is sent, where it is neither JSON nor plain bytes.
    """

    method: str
    route: str
    path: Arguments = field(default_factory=lambda: NOTHING)
    query: Arguments = field(default_factory=lambda: NOTHING)
    body: Body = OMIT
    body_required: bool = False
    content_type: str = ""

    @property
    def operation(self) -> str:
        """`METHOD /path`, the name of what is called."""
        return f"{self.method} {self.route}"


class Progress(Protocol):
    """Tells the caller how far a call is."""

    async def __call__(self, done: float, total: float | None = None, message: str | None = None) -> None:
        """Report `done` of `total` (same unit, `None` when unknown); silently nothing when nobody listens."""


Started: TypeAlias = Callable[[str], None]
"""Called with the id of the task that a call started."""


def ignore_task(task: str) -> None:
    """Take the id of a task nobody wants to know."""


async def no_progress(done: float, total: float | None = None, message: str | None = None) -> None:
    """Take progress nobody asked for."""
