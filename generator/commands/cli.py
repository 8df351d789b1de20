"""The command line: `python -m generator import|build|check|diff|explain|report|upgrade`.

Exit codes: 0 in order, 1 `check` found something, 2 a mistake the message explains; `diff` has its own.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from rich.console import Console
from rich.text import Text

from generator import __doc__ as PURPOSE  # noqa: N812 - the package says what it is for
from generator import __version__
from generator.commands.diffcli import add_diff
from generator.commands.exitcodes import IN_ORDER, MISTAKE
from generator.commands.importcli import add_import
from generator.commands.printing import print_json
from generator.commands.upgradecli import add_upgrade
from generator.commands.usual import is_usual
from generator.errors import GeneratorError
from generator.freshness import is_remembered
from generator.layout import GENERATED, PAGE, ROOT


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; answers the exit code."""
    parser = _parser()
    options, unknown = parser.parse_known_args(arguments)
    if unknown:
        parser.mistake = options.mistake
        parser.error(f"unrecognized arguments: {' '.join(unknown)}")
    console = Console(stderr=True, highlight=False, soft_wrap=True, quiet=options.json)
    try:
        code: int = options.run(options, console)
    except GeneratorError as error:
        if options.json:
            print_json({"error": error.message, "place": error.place, "hint": error.hint})
        else:
            said = Text("error: ", "bold red"), Text(str(error))
            Console(stderr=True, highlight=False, soft_wrap=True).print(*said, sep="")
        return int(options.mistake)
    except KeyboardInterrupt:
        return 130
    return code


class Parser(argparse.ArgumentParser):
    """Ends with the exit code that the command keeps for mistakes."""

    mistake = MISTAKE

    def error(self, message: str) -> NoReturn:
        """Say what is wrong with the command line."""
        self.print_usage(sys.stderr)
        self.exit(self.mistake, f"{self.prog}: error: {message}\n")


def _parser() -> Parser:
    parser = Parser(prog="python -m generator", description=PURPOSE)
    parser.set_defaults(mistake=MISTAKE)
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    add_import(commands)
    add_diff(commands)
    add_upgrade(commands)
    for name, text in (
        ("build", "render, format, import every module, then replace the output"),
        ("check", "is the output up to date, everything curated, every schema portable?"),
        ("report", "operations, tools, splits, drops with reasons, what is not curated"),
        ("explain", "where a tool comes from"),
        ("page", "write the reference page: every operation, searchable, in one HTML file"),
    ):
        command = commands.add_parser(name, help=text, description=text)
        command.set_defaults(run=_run_with_model, command=name)
        origin = command.add_mutually_exclusive_group()
        origin.add_argument("--spec", type=Path, help="an OpenAPI 3.0 or 3.1 document (default: the newest in specs/)")
        command.add_argument("--overrides", type=Path, help="folder of overrides (default: overrides/)")
        if name in ("build", "check"):
            command.add_argument("--out", type=Path, default=GENERATED, help="the output (default: generated/)")
        if name == "check":
            command.add_argument("--only-output", action="store_true", help="look only at whether --out is up to date")
        if name == "build":
            command.add_argument("--if-stale", action="store_true", help="do nothing when the output is up to date")
            command.add_argument(
                "--draft",
                action="store_true",
                help="where nobody decided what a tool does, take the careful answer",
            )
            origin.add_argument("--xo-url", help="a live XO to build from, its plugins included, instead of --spec")
            command.add_argument("--insecure", action="store_true", help="with --xo-url: trust any TLS certificate")
            command.add_argument("--ca-file", type=Path, help="with --xo-url: trust this certificate authority")
        if name == "page":
            command.add_argument("--out", type=Path, default=PAGE, help="the file (default: build/tools.html)")
        if name == "explain":
            command.add_argument("what", metavar="NAME|OPERATION-ID|'METHOD /path'")
        command.add_argument("--json", action="store_true", help="for scripts")
    return parser


def _run_with_model(options: argparse.Namespace, console: Console) -> int:
    if options.command == "build" and options.if_stale and is_usual(options) and is_remembered(ROOT):
        return IN_ORDER
    # All that makes a model takes a third of a second to import, which a tree that is up to date need not wait for.
    from generator.commands.modelcli import RUN

    return RUN[options.command](options, console)
