"""One call through both surfaces: listed by itself, and through the tools of the search surface."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from desk import ENTRIES, Desk, text_of, variables
from fake_xo import FakeXo
from mcp.types import CallToolResult

SURFACES = ("full", "search")


@dataclass
class Surfaces:
    """A fake XO with a server on each surface in front of it.

    Attributes:
        fake: The XO.
        desks: Surface to its server.
    """

    fake: FakeXo
    desks: Mapping[str, Desk]

    def call(self, surface: str, name: str, arguments: Mapping[str, Any]) -> CallToolResult:
        """Call a tool as a client of that surface does."""
        if surface == "full":
            return self.desks[surface].call(name, arguments)
        through = "call_tool_read" if ENTRIES[name].facts.effect == "read" else "call_tool_write"
        return self.desks[surface].call(through, {"name": name, "arguments": dict(arguments)})

    def refusal(self, surface: str, name: str, arguments: Mapping[str, Any]) -> str:
        """The words of a call that is refused before anything is sent to XO but reads."""
        changed = len(self._writes())
        result = self.call(surface, name, arguments)
        assert result.is_error, text_of(result)
        assert len(self._writes()) == changed, "something was changed"
        return text_of(result)

    def answer(self, surface: str, name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """The structured answer of a call that succeeds."""
        result = self.call(surface, name, arguments)
        assert not result.is_error, text_of(result)
        assert result.structured_content is not None
        return dict(result.structured_content)

    def _writes(self) -> list[str]:
        return [seen.path for seen in self.fake.requests if seen.method not in {"GET", "HEAD"}]


@contextmanager
def surfaces(fake: FakeXo, **changes: str) -> Iterator[Surfaces]:
    """Both surfaces in front of a running fake XO, everything offered and nobody asked."""
    with ExitStack() as stack:
        desks = {}
        for surface in SURFACES:
            desks[surface] = stack.enter_context(Desk(variables(fake, XO_MCP_SURFACE=surface, **changes)))
            desks[surface].look()  # at the start XO is asked for its release, which is not one of the calls to come
        yield Surfaces(fake, desks)


def notes_of(answer: Mapping[str, Any]) -> str:
    """The notes of an answer, as one text."""
    return "\n".join(answer.get("_notes", ()))
