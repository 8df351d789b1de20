"""What a tool answers, before it becomes MCP content."""

from dataclasses import dataclass, field

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
class Answer:
    """One tool's answer.

    Some hosts show a model only the structured content, others only the text: both carry `data` and `notes`.

    Attributes:
        data: The structured content, always an object (an array at the root fails on older protocol versions).
        notes: Whole sentences about the answer ("There is more: ..."), kept beside the data.
        text: Replaces the JSON rendering of `data` as the text content (Markdown, plain text); notes are appended.
        links: Files and objects to link to.
        images: Pictures to show.
    """

    data: dict[str, Json]
    notes: tuple[str, ...] = ()
    text: str | None = None
    links: tuple[Link, ...] = field(default=())
    images: tuple[Image, ...] = field(default=())
