"""An `Answer` as MCP content.

Some hosts show a model only `structuredContent`, others only `content`: both carry data and notes alike.
"""

import base64
from collections.abc import Callable, Mapping
from dataclasses import replace

from mcp.types import CallToolResult, ContentBlock, ImageContent, ResourceLink, TextContent

from xo_mcp.answer import Answer, Image, Link
from xo_mcp.reads.budget import encode
from xo_mcp.types import Json

NOTES = "_notes"
"""Beside the data; XO's own records have a field `notes`."""
LINKLESS = frozenset({"2024-11-05", "2025-03-26"})
"""Protocol versions that know no resource links."""
UNTRUSTED: dict[str, Json] = {"xo": {"content": "untrusted"}}
"""On every answer: what it says came from XO, and names in it can be anybody's words."""


def to_result(answer: Answer, protocol_version: str | None = None) -> CallToolResult:
    """Render an answer.

    Args:
        answer: Already within the output budget.
        protocol_version: What the client speaks; old ones get no resource links.
    """
    data = with_notes(answer)
    text = encode(data) if answer.text is None else "\n\n".join([answer.text, *answer.notes])
    content: list[ContentBlock] = [TextContent(type="text", text=text), *map(_image, answer.images)]
    if protocol_version not in LINKLESS:
        content += map(_link, answer.links)
    return CallToolResult(content=content, structured_content=data, is_error=False, _meta=UNTRUSTED)


def with_notes(answer: Answer) -> dict[str, Json]:
    """The data with the notes beside it."""
    return {**answer.data, NOTES: list(answer.notes)} if answer.notes else answer.data


def redacted(answer: Answer, redact: Callable[[str], str]) -> Answer:
    """Take our own credentials out of an answer: XO may quote them, for example in the failure of a task.

    Args:
        answer: Any.
        redact: Takes the credentials out of one text.
    """
    texts = (encode(answer.data), *answer.notes, answer.text or "")
    if all(redact(text) == text for text in texts):
        return answer
    data = {redact(name): _redacted(value, redact) for name, value in answer.data.items()}
    text = None if answer.text is None else redact(answer.text)
    return replace(answer, data=data, notes=tuple(map(redact, answer.notes)), text=text)


def _redacted(value: Json, redact: Callable[[str], str]) -> Json:
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {redact(name): _redacted(part, redact) for name, part in value.items()}
    return [_redacted(part, redact) for part in value] if isinstance(value, list) else value


def to_error(text: str, data: Mapping[str, Json] | None = None) -> CallToolResult:
    """Say that a call failed.

    Args:
        text: What happened, why, what to do next.
        data: The same for programs, when there is more than text to say.
    """
    return CallToolResult(
        content=[TextContent(type="text", text=text)], structured_content=dict(data) if data else None, is_error=True
    )


def _image(image: Image) -> ImageContent:
    return ImageContent(type="image", data=base64.b64encode(image.data).decode(), mime_type=image.media_type)


def _link(link: Link) -> ResourceLink:
    return ResourceLink(type="resource_link", uri=link.uri, name=link.name, size=link.size, mime_type=link.media_type)
