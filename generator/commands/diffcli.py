"""`python -m generator diff OLD NEW`: what changed between two releases.

Exit codes: 0 nothing a tool's user notices, 1 additive changes, 2 breaking ones, 3 a mistake the message explains.
"""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from generator.commands.printing import print_json
from generator.layout import OVERRIDES, SPECS

if TYPE_CHECKING:
    from generator.compare.verdict import Level

MISTAKE = 3
"""Not 2, which says that something breaks."""
CODES: "dict[Level | None, int]" = {None: 0, "internal": 0, "additive": 1, "breaking": 2}


def add_diff(commands: Any) -> None:
    """Add the command."""
    text = "what changed between two releases, as API and as tools"
    command = commands.add_parser("diff", help=text, description=f"{text}. {(__doc__ or '').splitlines()[2]}")
    where = "a release (6.7), a file, raw or imported, or the address of a live XO"
    command.add_argument("old", metavar="OLD", help=where)
    command.add_argument("new", metavar="NEW", help=where)
    command.add_argument("--overrides", type=Path, default=OVERRIDES, help="folder of overrides (default: overrides/)")
    command.add_argument("--insecure", action="store_true", help="for a live XO: do not verify the TLS certificate")
    command.add_argument("--ca-file", type=Path, help="for a live XO: trust this certificate authority")
    style = command.add_mutually_exclusive_group()
    style.add_argument("--json", action="store_true", help="for scripts")
    style.add_argument("--markdown", action="store_true", help="for a page or a release note")
    command.set_defaults(run=run_diff, mistake=MISTAKE)
    command.mistake = MISTAKE


def run_diff(options: argparse.Namespace, console: Console) -> int:
    """Compare, print, and answer the exit code."""
    from generator.compare.diff import diff  # this command alone needs these
    from generator.compare.diffview import markdown, terminal
    from generator.compare.sides import load_side
    from generator.history.history import load_history
    from generator.importing.sources import Source
    from generator.model.overrides import load_overrides

    if not any(text.startswith(("http://", "https://")) for text in (options.old, options.new)):
        Source(insecure=options.insecure, ca_file=options.ca_file)  # refuses what would be ignored
    with console.status("compare"):
        overrides, history = load_overrides(options.overrides), load_history(SPECS)
        old, new = (
            load_side(text, SPECS, overrides, history, insecure=options.insecure, ca_file=options.ca_file)
            for text in (options.old, options.new)
        )
        found = diff(old, new)
    if options.json:
        print_json(found.as_dict())
    elif options.markdown:
        sys.stdout.write(markdown(found))
    else:
        Console(highlight=False, soft_wrap=True).print(terminal(found))
    return CODES[found.level]
