"""The command line: `python -m generator import|build|check|diff|explain|report|upgrade`.

Exit codes: 0 in order, 1 `check` found something, 2 a mistake the message explains; `diff` has its own.
"""

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from rich.console import Console
from rich.text import Text

from generator import __doc__ as PURPOSE  # noqa: N812 - the package says what it is for
from generator import __version__
from generator.api.methods import is_call
from generator.commands.diffcli import add_diff
from generator.commands.exitcodes import FINDINGS, IN_ORDER, MISTAKE
from generator.commands.importcli import add_import
from generator.commands.printing import print_json
from generator.commands.upgradecli import add_upgrade
from generator.errors import GeneratorError
from generator.freshness import inputs, is_remembered, remember
from generator.history.history import load_history
from generator.importing.sources import Source
from generator.model.builder import build_model
from generator.model.methods import known_methods
from generator.model.model import Model, dump
from generator.model.overrides import SHARED, Overrides, json_schema, load_overrides
from generator.names.counts import counted
from generator.names.pytext import visible
from generator.places import GENERATED, OVERRIDES, PAGE, ROOT, SPECS
from generator.rendering.output import build
from generator.review.curation import require_decided, require_tools
from generator.review.report import losses
from generator.review.report import show as show_report
from generator.review.report import summary as report_of
from generator.specs.releases import is_release, load_releases
from generator.specs.specs import load_documents, newest_spec


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
    for name, run, text in (
        ("build", _build, "render, format, import every module, then replace the output"),
        ("check", _check, "is the output up to date, everything curated, every schema portable?"),
        ("report", _report, "operations, tools, splits, drops with reasons, what is not curated"),
        ("explain", _explain, "where a tool comes from"),
        ("page", _page, "write the reference page: every operation, searchable, in one HTML file"),
    ):
        command = commands.add_parser(name, help=text, description=text)
        command.set_defaults(run=run)
        origin = command.add_mutually_exclusive_group()
        origin.add_argument("--spec", type=Path, help="an OpenAPI 3.0 document (default: the newest in specs/)")
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


def _inputs(options: argparse.Namespace) -> tuple[Model, Overrides, Path | None]:
    """Read the spec and the overrides, and merge them.

    A document from elsewhere is not XO's, so XO's overrides are taken for it only when named.
    """
    live = getattr(options, "xo_url", None)
    source = Source(url=live, insecure=getattr(options, "insecure", False), ca_file=getattr(options, "ca_file", None))
    own = live is not None or options.spec is None or options.spec.resolve().parent == SPECS
    folder = options.overrides or (OVERRIDES if own else None)
    if folder is not None and not folder.is_dir():
        raise GeneratorError("there is no such folder", place=str(folder), hint="An empty one is fine.")
    overrides = load_overrides(folder)
    if live is not None:
        from generator.history.live import live_documents

        documents, note = live_documents(source, SPECS)
        Console(stderr=True, highlight=False, soft_wrap=True, quiet=options.json).print(Text(note))
    else:
        documents = load_documents(options.spec or newest_spec(SPECS))
    history = load_history(SPECS)
    decided = {key for key in overrides.places if not is_call(key)}
    if 2 * len(decided & history.operations.keys()) <= len(decided):
        return build_model(documents, overrides), overrides, folder
    # Decisions about XO are about every release, so their history comes with them.
    methods = known_methods(SPECS, str(documents[0].get("x-xo-release")))
    return build_model(documents, overrides, history, load_releases(SPECS).values(), methods), overrides, folder


def _is_usual(options: argparse.Namespace) -> bool:
    """Whether this is about what the repository commits."""
    chosen = (options.spec, options.overrides, getattr(options, "xo_url", None))
    return chosen == (None, None, None) and options.out == GENERATED


def _build(options: argparse.Namespace, console: Console) -> int:
    if options.if_stale and _is_usual(options) and is_remembered(ROOT):
        return IN_ORDER
    built_from = inputs(ROOT)
    with console.status("read specs and overrides") as status:
        model, overrides, folder = _inputs(options)
        # A stranger's API has no decisions at all, and a live XO may be newer than ours.
        if overrides.places and not options.draft and options.xo_url is None:
            require_decided(model)
        require_tools(model)
        built = build(model, options.out, step=status.update)
    if folder is not None and (folder / SHARED).is_file():
        _publish_schema(folder / "schema.json")
    if _is_usual(options):
        remember(ROOT, built_from)
    if options.json:
        print_json({"out": str(options.out), "files": built.files, "modules": built.modules, "tools": built.tools})
    release = f" of XO {model.release}" if is_release(model.release) else ""
    console.print(
        f"{counted(built.tools, 'tool')}{release} in {counted(built.files, 'file')} under {options.out}; "
        f"all modules import ({built.modules})"
    )
    for line in losses(model):
        console.print(Text(line))
    if model.undecided:
        console.print(f"destructive as long as nobody decides what they do: {counted(len(model.undecided), 'tool')}")
    if model.uncurated:
        left = counted(len(model.uncurated), "tool")
        console.print(f"not curated: {left}, which `python -m generator report` names")
    return IN_ORDER


def _publish_schema(path: Path) -> None:
    try:
        path.write_text(dump(json_schema()), encoding="utf-8")
    except OSError as error:
        raise GeneratorError(f"cannot be written: {error.strerror or 'unknown reason'}", place=str(path)) from error


def _check(options: argparse.Namespace, console: Console) -> int:
    from generator.review.check import check, check_output

    built_from = inputs(ROOT)
    with console.status("build and compare"):
        model, overrides, folder = _inputs(options)
        if options.only_output:
            findings = check_output(model, options.out)
        else:
            findings = check(model, overrides, options.out, folder, SPECS if options.spec is None else None)
    if not findings.output and _is_usual(options):
        remember(ROOT, built_from)
    if options.json:
        print_json(vars(findings))
    for title, lines in vars(findings).items():
        for line in lines:
            console.print(Text(f"{title}: ", "bold red"), Text(visible(line)), sep="")
    if findings.count:
        console.print(f"{counted(findings.count, 'finding')}; `make regenerate` mends what is only out of date")
        return FINDINGS
    if options.only_output:
        return IN_ORDER
    console.print(
        f"in order: {len(model.tools)} tools, all curated, every schema portable, {options.out} is up to date"
    )
    return IN_ORDER


def _report(options: argparse.Namespace, _console: Console) -> int:
    model, _, _ = _inputs(options)
    if options.json:
        print_json(report_of(model))
    else:
        Console(highlight=False).print(show_report(model))
    return IN_ORDER


def _explain(options: argparse.Namespace, _console: Console) -> int:
    from generator.review.explain import explain, show

    model, overrides, _ = _inputs(options)
    found = explain(model, overrides, re.sub(r"\s+", " ", options.what.strip()))
    if options.json:
        print_json(found)
    else:
        for entry in found:
            Console(highlight=False, soft_wrap=True).print(Text(show(entry)))
    return IN_ORDER


def _page(options: argparse.Namespace, console: Console) -> int:
    from generator.rendering.render import render_page

    model, _, _ = _inputs(options)
    try:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(render_page(model), encoding="utf-8", newline="\n")
    except OSError as error:
        raise GeneratorError(
            f"cannot be written: {error.strerror or 'unknown reason'}", place=str(options.out)
        ) from error
    if options.json:
        print_json({"out": str(options.out)})
    console.print(Text(f"{options.out} shows {counted(len(model.tools), 'tool')}"))
    return IN_ORDER
