"""`make bench`: every measurement as a table, each against a reference in the same run, kept in `RESULTS.md`.

`python -m bench start calls` measures these only, and keeps nothing.
"""

import argparse
import compileall
import logging
import os
import platform
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.figures import COLUMNS, Figure
from bench.measurements import MEASUREMENTS
from bench.rounds import ROOT

RESULTS = Path(__file__).with_name("RESULTS.md")
PAGE = """# Measured

By `make bench`, on {machine}; the load of the machine was {load} before.
Times are medians over interleaved rounds. The ratio is ours to the reference's, both from the same run: of all figures
it is the one that means something on another machine.

| {columns} |
|---|--:|--:|--:|---|
{rows}
"""


def machine() -> str:
    """What kind of machine this is, nothing that says which."""
    return f"{os.cpu_count()} cores ({platform.machine()}), {platform.system()}, Python {platform.python_version()}"


def page(figures: list[Figure], load: float) -> str:
    """The results as Markdown."""
    rows = "\n".join(f"| {' | '.join(figure.row)} |" for figure in figures)
    return PAGE.format(machine=machine(), load=f"{load:.1f}", columns=" | ".join(COLUMNS), rows=rows)


def _apart(measure: Callable[[], list[Figure]]) -> list[Figure]:
    """Measure in a process of its own, whose peak of memory nothing else has raised."""
    context = get_context("spawn")
    with ProcessPoolExecutor(1, context, initializer=logging.disable, initargs=(logging.INFO,)) as pool:
        return pool.submit(measure).result()


def main() -> int:
    """Measure, print and keep; 1 where a goal is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(MEASUREMENTS))
    names = parser.parse_args().names
    load = os.getloadavg()[0]
    for code in ("generator", "generated/xo_mcp"):  # as pip leaves what it installs, and as the references are
        compileall.compile_dir(ROOT / code, quiet=1)
    figures = [figure for name in names or MEASUREMENTS for figure in _apart(MEASUREMENTS[name])]
    table = Table(*COLUMNS)
    for figure in figures:
        table.add_row(*figure.row)
    Console().print(table)
    if not names:
        RESULTS.write_text(page(figures, load), encoding="utf-8")
    return int(not all(figure.met for figure in figures))


if __name__ == "__main__":
    raise SystemExit(main())
