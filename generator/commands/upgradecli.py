"""`python -m generator upgrade --from npm|URL|FILE --release 6.8.0`: take a new XO release in.

Exit codes: 0 done and nothing left to do, 1 done and something left (decisions, tests), 2 a mistake; the tree is as it
was.
"""

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.text import Text

from generator.commands.printing import print_json
from generator.commands.stages import Stages
from generator.names.counts import counted

if TYPE_CHECKING:
    from generator.commands.upgrade import Upgrade
    from generator.importing.sources import Source


def add_upgrade(commands: Any) -> None:
    """Add the command."""
    text = "take a new XO release in: import, compare, build, draft the rest"
    command = commands.add_parser("upgrade", help=text, description=text)
    command.add_argument(
        "--from", dest="origin", required=True, metavar="npm[:VERSION]|URL|FILE", help="where its document is"
    )
    command.add_argument(
        "--jsonrpc",
        metavar="URL|FILE",
        help="where its JSON-RPC methods are: a live XO, or what system.getMethodsInfo answered (default: those known)",
    )
    command.add_argument("--release", required=True, help="the XO release, e.g. 6.8.0")
    command.add_argument("--date", default="", type=iso_date, help="the day XO released it, e.g. 2026-08-30")
    command.add_argument("--no-tests", action="store_true", help="do not run the fast tests at the end")
    command.add_argument("--insecure", action="store_true", help="with a URL: do not verify the TLS certificate")
    command.add_argument("--ca-file", type=Path, help="with a URL: trust this certificate authority")
    command.add_argument("--json", action="store_true", help="for scripts")
    command.set_defaults(run=run_upgrade)


def iso_date(text: str) -> str:
    """Take a day only as the table of releases writes it.

    Raises:
        argparse.ArgumentTypeError: It is something else.
    """
    from generator.specs.releases import is_date  # this command alone needs it

    if text and not is_date(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a date like 2026-08-30")
    return text


def source_of(origin: str, *, insecure: bool = False, ca_file: Path | None = None) -> "Source":
    """Read `npm`, `npm:0.39.0`, a URL or a file name."""
    from generator.importing.sources import Source  # brings what downloads

    if origin == "npm" or origin.startswith("npm:"):
        return Source(npm=origin.partition(":")[2] or "latest")
    if origin.startswith(("http://", "https://")):
        return Source(url=origin, insecure=insecure, ca_file=ca_file)
    return Source(file=Path(origin))


def run_upgrade(options: argparse.Namespace, console: Console) -> int:
    """Upgrade, say what is left, and answer the exit code."""
    from generator.commands.upgrade import Tree, run_tests, upgrade  # this command alone needs these
    from generator.compare.diffview import summary
    from generator.review.todo import EVERY_TEST

    tree = Tree()
    source = source_of(options.origin, insecure=options.insecure, ca_file=options.ca_file)

    def show(line: str) -> None:
        console.print(Text(line))

    with console.status("upgrade") as status, Stages(show, status.update) as stage:
        done = upgrade(source, options.release, tree, jsonrpc=options.jsonrpc, date=options.date, step=stage)
    show(done.report.text)
    if done.methods is not None:
        show(done.methods.text)
    show(f"{done.diff.old.title} to {done.diff.new.title}: {summary(done.diff)}")
    left = _left(done)
    for line in done.stale:
        console.print(Text(f"stale: {line}", "yellow"))
    if left and not options.no_tests:
        show("no test was run: they hold once everything is decided")
    elif not options.no_tests:
        with Stages(show) as stage:
            stage("fast tests")
            done = replace(done, tests=run_tests(tree.root))
        left += [] if done.tests else ["tests that fail"]
    if options.json:
        print_json(done.as_dict())
    draft = "a draft is in CHANGELOG.md"
    if not done.drafted:
        draft = f"CHANGELOG.md keeps what you wrote in place of the draft, which is {tree.draft(done.report.release)}"
    show(f"the tree is XO {done.report.release}'s; the work list is {done.todo}, {draft}")
    show(f"left to do: {', '.join(left)}; the work list ends with the steps" if left else "nothing is left to decide")
    show(f"every test: {EVERY_TEST}")
    return 1 if left else 0


def _left(done: "Upgrade") -> list[str]:
    """What a person has to decide."""
    left = [f"{counted(len(done.model.uncurated), 'tool')} to describe"] if done.model.uncurated else []
    if done.model.undecided:
        tools = counted(len(done.model.undecided), "tool")
        left.append(f"{tools} to decide about before `make regenerate` builds again")
    if done.open_arguments:
        left.append(f"{counted(len(done.open_arguments), 'argument')} of described tools to decide about")
    if done.undecided_methods:
        left.append(f"{counted(len(done.undecided_methods), 'JSON-RPC method')} to decide about")
    if values := sum(len(split.undecided) for split in done.model.splits):
        left.append(f"{counted(values, 'format')} of split routes to decide about")
    return left + ([counted(len(done.stale), "stale decision")] if done.stale else [])
