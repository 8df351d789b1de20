"""The commands that need the model: build, check, report, explain and page."""

import argparse
import re
from pathlib import Path

from rich.console import Console
from rich.text import Text

from generator.api.methods import is_call
from generator.commands.exitcodes import FINDINGS, IN_ORDER
from generator.commands.printing import print_json
from generator.commands.usual import is_usual
from generator.errors import GeneratorError
from generator.freshness import Memory, inputs, remember
from generator.history.history import load_history
from generator.importing.sources import Source
from generator.layout import OVERRIDES, ROOT, SPECS
from generator.model.builder import build_model
from generator.model.methods import known_methods
from generator.model.model import Model, dump
from generator.model.overrides import SHARED, Overrides, json_schema, load_overrides
from generator.names.counts import counted
from generator.names.pytext import visible
from generator.rendering.output import build
from generator.review.curation import require_decided, require_tools
from generator.review.derived import refresh_examples, refresh_history
from generator.review.report import losses
from generator.review.report import show as show_report
from generator.review.report import summary as report_of
from generator.specs.releases import is_release, load_releases
from generator.specs.specs import load_documents, newest_spec


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
        from generator.history.live import live_documents  # only a live XO needs it

        documents, note = live_documents(source, SPECS)
        Console(stderr=True, highlight=False, soft_wrap=True, quiet=options.json).print(Text(note))
    else:
        documents = load_documents(options.spec or newest_spec(SPECS))
    history = load_history(SPECS)
    decided = {key for key in overrides.files if not is_call(key)}
    if 2 * len(decided & history.operations.keys()) <= len(decided):
        return build_model(documents, overrides), overrides, folder
    # Decisions about XO are about every release, so their history comes with them.
    methods = known_methods(SPECS, str(documents[0].get("x-xo-release")))
    return build_model(documents, overrides, history, load_releases(SPECS).values(), methods), overrides, folder


def run_build(options: argparse.Namespace, console: Console) -> int:
    """Render the tree, and replace the output with it."""
    derived = refresh_history(SPECS, Memory(ROOT, "history", "generator", "specs")) if is_usual(options) else []
    built_from = inputs(ROOT)
    with console.status("read specs and overrides") as status:
        model, overrides, folder = _inputs(options)
        # A stranger's API has no decisions at all, and a live XO may be newer than ours.
        if overrides.files and not options.draft and options.xo_url is None:
            require_decided(model)
        require_tools(model)
        built = build(model, options.out, step=status.update)
    if folder is not None and (folder / SHARED).is_file():
        _publish_schema(folder / "schema.json")
    if is_usual(options):
        memory = Memory(ROOT, "examples", "generator", "overrides", "specs")
        derived += refresh_examples(SPECS, overrides, model.history, memory)
        remember(ROOT, built_from)
    if options.json:
        print_json({"out": str(options.out), "files": built.files, "modules": built.modules, "tools": built.tools})
    release = f" of XO {model.release}" if is_release(model.release) else ""
    console.print(
        f"{counted(built.tools, 'tool')}{release} in {counted(built.files, 'file')} under {options.out}; "
        f"all modules import ({built.modules})"
    )
    if derived:
        console.print(f"brought up to date: {', '.join(path.relative_to(ROOT).as_posix() for path in derived)}")
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


def run_check(options: argparse.Namespace, console: Console) -> int:
    """Compare the output with its inputs, and check that everything is curated."""
    from generator.review.check import check, check_output  # this command alone needs it

    built_from = inputs(ROOT)
    with console.status("build and compare"):
        model, overrides, folder = _inputs(options)
        if options.only_output:
            findings = check_output(model, options.out)
        else:
            findings = check(model, overrides, options.out, folder, SPECS if options.spec is None else None)
    if not findings.output and is_usual(options):
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


def run_report(options: argparse.Namespace, _console: Console) -> int:
    """Print what became of the operations."""
    model, _, _ = _inputs(options)
    if options.json:
        print_json(report_of(model))
    else:
        Console(highlight=False).print(show_report(model))
    return IN_ORDER


def run_explain(options: argparse.Namespace, _console: Console) -> int:
    """Print where a tool comes from."""
    from generator.review.explain import explain, show  # this command alone needs it

    model, overrides, _ = _inputs(options)
    found = explain(model, overrides, re.sub(r"\s+", " ", options.what.strip()))
    if options.json:
        print_json(found)
    else:
        for entry in found:
            Console(highlight=False, soft_wrap=True).print(Text(show(entry)))
    return IN_ORDER


def run_page(options: argparse.Namespace, console: Console) -> int:
    """Write the reference page."""
    from generator.rendering.render import render_page  # this command alone needs it

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


RUN = {"build": run_build, "check": run_check, "report": run_report, "explain": run_explain, "page": run_page}
