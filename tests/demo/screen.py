"""What the demo prints."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

BAR = 24
"""Characters of a progress bar."""
KIB = 1024


class Screen:
    """Prints a session: what a person says, what the AI calls, what the server answers."""

    def __init__(self) -> None:
        self._console = Console(highlight=False, soft_wrap=True)
        self._step = 0

    def title(self, text: str, *details: str) -> None:
        """Open the session."""
        self._console.print(Text(text, style="bold"))
        for detail in details:
            self._console.print(Text(detail, style="dim"))

    def ask(self, text: str) -> None:
        """What a person says; begins a step."""
        self._step += 1
        self._console.print()
        self._console.print(Text.assemble((f"{self._step}. You: ", "bold cyan"), (text, "bold")))

    def call(self, tool: str, arguments: Mapping[str, Any]) -> None:
        """What the AI calls."""
        shown = ", ".join(f"{name}={json.dumps(value)}" for name, value in arguments.items())
        self._console.print(Text.assemble(("   AI calls ", "dim"), (tool, "bold yellow"), f"({shown})"))

    def progress(self, share: float, what: str) -> None:
        """How far it is."""
        full = round(share * BAR)
        bar = "█" * full + "░" * (BAR - full)
        self._console.print(Text.assemble(f"   {bar} {share:4.0%} ", (what, "dim")))

    def answer(self, text: str, style: str = "green") -> None:
        """What the server answers, line by line."""
        for line in text.splitlines():
            self._console.print(Text(f"   {line}", style=style))

    def refusal(self, text: str) -> None:
        """What the server did not do, and why."""
        self.answer(text, "red")

    def table(self, rows: Sequence[Mapping[str, str]]) -> None:
        """Records."""
        table = Table(*rows[0], box=None, padding=(0, 2, 0, 0), header_style="dim")
        for row in rows:
            table.add_row(*row.values())
        with self._console.capture() as drawn:
            self._console.print(table)
        self.answer("\n".join(line.rstrip() for line in drawn.get().splitlines()), "")

    def end(self, text: str) -> None:
        """Close the session."""
        self._console.print()
        self._console.print(Text(text, style="bold"))


def size(count: float) -> str:
    """Bytes for a person."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if count < KIB or unit == "GiB":
            return f"{count:.0f} {unit}"
        count /= KIB
    raise AssertionError(count)
