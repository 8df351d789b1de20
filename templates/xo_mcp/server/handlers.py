"""The rendered functions that serve the tools."""

from collections.abc import Awaitable, Callable
from importlib import import_module
from typing import TypeAlias, cast

from xo_mcp.answer import Answer
from xo_mcp.definitions import Entry

Handler: TypeAlias = Callable[..., Awaitable[Answer]]


def handler_of(entry: Entry) -> Handler:
    """The function of a tool; its module is imported on first use, since a start need not wait for all of them."""
    return cast("Handler", getattr(import_module(f"xo_mcp.tools.{entry.facts.module}"), entry.name))
