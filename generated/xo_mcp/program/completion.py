"""Shell completion; needs the extra `completion`.

The shell's own part comes from argcomplete: `eval "$(register-python-argcomplete xen-orchestra-mcp)"`. It runs this
program with `_ARGCOMPLETE` set and reads the words it prints.
"""

import argparse
import json
from collections.abc import Callable, Collection, Iterable
from importlib import resources
from typing import Any, Final

import argcomplete
from argcomplete.completers import BaseCompleter, FilesCompleter

from xo_mcp.config.options import OPTIONS


def complete(parser: argparse.ArgumentParser, commands: Collection[str]) -> None:
    """Print what fits at the cursor, and end the process."""
    argcomplete.autocomplete(parser, always_complete_options=False, default_completer=_Words(commands))


class _Words(BaseCompleter):
    """The values of each argument; argcomplete keeps those that fit."""

    def __init__(self, commands: Collection[str]) -> None:
        self._commands = commands
        self._files = FilesCompleter()

    def __call__(
        self, *, prefix: str, action: argparse.Action, parsed_args: argparse.Namespace, **_: Any
    ) -> Iterable[str]:
        if action.dest == "command":
            return self._commands
        if action.dest == "words":
            return WORDS.get(parsed_args.command, list)()
        option = next((option for option in OPTIONS if option.name == action.dest), None)
        if option is None:
            return ()
        if option.kind == "path":
            return self._files(prefix)
        if option.kind == "names":
            head = prefix[: prefix.rfind(",") + 1]
            return [head + name for name in NAMES.get(option.name, list)()]
        return option.choices


def _definitions() -> Iterable[Any]:
    """As `definitions.load_entries`, without the SDK, which would take longer than a hand wants to wait."""
    for path in resources.files("xo_mcp").joinpath("definitions").iterdir():
        yield json.loads(path.read_text(encoding="utf-8"))


def _tools() -> list[str]:
    return [entry["tool"]["name"] for content in _definitions() for entry in content["tools"]]


def _toolsets() -> list[str]:
    return ["all", "default", *(content["tag"] for content in _definitions())]


def _reports() -> list[str]:
    return list(json.loads((resources.files("xo_mcp") / "inventory" / "reports.json").read_bytes()))


def _clients() -> list[str]:
    from xo_mcp.program.clients import CLIENTS  # a shell waits for the answer, and seldom for this one

    return [*CLIENTS]


WORDS: Final[dict[str, Callable[[], list[str]]]] = {
    "report": _reports,
    "setup": _clients,
    "audit": lambda: ["verify", "show"],
}
"""Commands that take words of their own, to what the first may be."""
NAMES: Final[dict[str, Callable[[], list[str]]]] = {
    "toolsets": _toolsets,
    "tools": _tools,
    "exclude_tools": _tools,
}
"""Options whose values are known without asking XO."""
