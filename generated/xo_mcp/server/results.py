"""Builds MCP results from presented answers."""

import base64
from collections.abc import Mapping
from typing import Final

from mcp.types import CallToolResult, ContentBlock, ImageContent, ResourceLink, TextContent

from xo_mcp.answer import Image, Link
from xo_mcp.logs import explained
from xo_mcp.server.presentation import Presented
from xo_mcp.server.structured import StructuredResult
from xo_mcp.types import Json

LINKLESS: Final = frozenset({"2024-11-05", "2025-03-26"})
"""Protocol versions that know no resource links."""
UNTRUSTED: Final[dict[str, Json]] = {"xo": {"content": "untrusted"}}
"""On every answer: what it says came from XO, and names in it can be anybody's words."""


def to_result(presented: Presented, protocol_version: str | None = None) -> CallToolResult:
    """Render an answer.

    Args:
        presented: What to say.
        protocol_version: What the client speaks; old ones get no resource links.
    """
    content: list[ContentBlock] = [TextContent(type="text", text=presented.text), *map(_image, presented.images)]
    if protocol_version not in LINKLESS:
        content += map(_link, presented.links)
    return StructuredResult(content=content, structured_content=presented.content, is_error=False, _meta=UNTRUSTED)


def to_error(text: str, data: Mapping[str, Json] | None = None) -> CallToolResult:
    """Say that a call failed.

    Args:
        text: What happened, why, what to do next; it may quote anybody.
        data: The same for programs, when there is more than text to say.
    """
    return CallToolResult(
        content=[TextContent(type="text", text=explained(text))],
        structured_content=dict(data) if data else None,
        is_error=True,
    )


def _image(image: Image) -> ImageContent:
    return ImageContent(type="image", data=base64.b64encode(image.data).decode(), mime_type=image.media_type)


def _link(link: Link) -> ResourceLink:
    return ResourceLink(type="resource_link", uri=link.uri, name=link.name, size=link.size, mime_type=link.media_type)
