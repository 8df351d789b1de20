"""The answer of a handler: XO's data and notes about it. `server/presentation` makes it readable, once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from xo_mcp.types import Json


@dataclass(frozen=True)
class Link:
    """A file or object that is too big for an answer: becomes a `resource_link`."""

    uri: str
    name: str
    size: int | None = None
    media_type: str | None = None


@dataclass(frozen=True)
class Image:
    """A picture, already encoded: becomes image content."""

    data: bytes
    media_type: str = "image/png"


@dataclass(frozen=True)
class Records:
    """Records of a collection.

    Attributes:
        items: As XO sent them; more of them than `limit` say that there are more.
        limit: Records to show at most.
        beside: What is shown beside them.
        shortened: Whether tasks among them were shortened already.
    """

    items: Sequence[Json]
    limit: int
    beside: Mapping[str, Json] = field(default_factory=dict)
    shortened: bool = False


@dataclass(frozen=True)
class View:
    """How records are to be shown.

    Attributes:
        properties: Those to show, in this order; empty for all, `id` first.
        route: The collection they were read from, `/vms`, which may have conventions of its own.
        is_table: Whether the text is a Markdown table.
        newest: The property by which the records are sorted, newest first; empty for XO's own order.
        filtered: Whether only records were asked for that pass a filter.
        beside: Property -> one of our own that is shown after it.
    """

    properties: tuple[str, ...] = ()
    route: str = ""
    is_table: bool = False
    newest: str = ""
    filtered: bool = False
    beside: Mapping[str, str] = field(default_factory=dict)

    @property
    def shown(self) -> tuple[str, ...]:
        """The properties to show, with ours among them; empty for all."""
        pairs = ((name, self.beside.get(name, name)) for name in self.properties)
        return tuple(dict.fromkeys(each for pair in pairs for each in pair))


@dataclass(frozen=True)
class Fitted:
    """Data made for a number of bytes.

    Attributes:
        data: An object.
        notes: About what was left out.
        table: The same as text, where that was asked for and fits: replaces the JSON.
        finished: Property -> its value as JSON, where that was made fit to be read already, because only then its
            size is known; it is neither walked nor encoded again.
    """

    data: dict[str, Json]
    notes: tuple[str, ...] = ()
    table: str | None = None
    finished: Mapping[str, bytes] = field(default_factory=dict, repr=False)


Fit: TypeAlias = Callable[[int], Fitted]
"""Makes data for so many bytes; called once."""


@dataclass(frozen=True)
class Answer:
    """One tool's answer, raw.

    Attributes:
        data: Records, one object, or what knows itself how to become smaller.
        notes: Whole sentences about it ("There is more: ...").
        view: How records and objects of XO are shown; `None` for an object that is ours, which is shown as it is.
        gives_secret: Whether `data` is a secret made for the caller, and must not be masked.
        links: Files and objects to link to.
        images: Pictures to show.
    """

    data: Records | dict[str, Json] | Fit
    notes: tuple[str, ...] = ()
    view: View | None = None
    gives_secret: bool = False
    links: tuple[Link, ...] = field(default=())
    images: tuple[Image, ...] = field(default=())
