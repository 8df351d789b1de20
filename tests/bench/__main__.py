"""`make bench`: every measurement as a table, each against a reference in the same run, kept in `RESULTS.md`.

`python -m bench start calls` measures these only, and keeps nothing.
"""

import argparse
import logging
import os
import platform
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench import build, calls, export, imports, memory, start
from bench.figures import COLUMNS, Figure


def _export() -> list[Figure]:
    found = export.measure()
    return [
        Figure(
            what="export of 1 GiB, SHA-256 included", value=found["export MiB/s"], base=found["curl MiB/s"],
            reference="curl -o", unit="MiB/s", least=export.GOAL_RATIO,
        ),
        Figure(
            what="peak memory of that export", value=found["memory growth MiB"], base=0, reference="before it",
            unit="MiB", most=export.GOAL_MIB, added=True,
        ),
    ]  # fmt: skip


RESULTS = Path(__file__).with_name("RESULTS.md")
MEASUREMENTS: dict[str, Callable[[], list[Figure]]] = {
    "build": build.measure,
    "start": start.measure,
    "calls": calls.measure,
    "export": _export,
    "import": imports.measure,
    "memory": memory.measure,
}
PAGE = """# Measured

By `make bench`, on {machine}; the load of the machine was {load} before.
Times are medians over interleaved rounds. The ratio is ours to the reference's, both from the same run: of all figures
it is the one that means something on another machine.

| {columns} |
|---|--:|--:|--:|---|
{rows}
"""


def machine() -> str:
    """What kind of machine this is, nothing that tells which."""
    return f"{os.cpu_count()} cores ({platform.machine()}), {platform.system()}, Python {platform.python_version()}"


def page(figures: list[Figure], load: float) -> str:
    """The results as Markdown."""
    rows = "\n".join(f"| {' | '.join(figure.row)} |" for figure in figures)
    return PAGE.format(machine=machine(), load=f"{load:.1f}", columns=" | ".join(COLUMNS), rows=rows)


def main() -> int:
    """Measure, print and keep; 1 where a goal is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(MEASUREMENTS))
    names = parser.parse_args().names
    logging.disable(logging.INFO)
    load = os.getloadavg()[0]
    figures = [figure for name in names or MEASUREMENTS for figure in MEASUREMENTS[name]()]
    table = Table(*COLUMNS)
    for figure in figures:
        table.add_row(*figure.row)
    Console().print(table)
    if not names:
        RESULTS.write_text(page(figures, load), encoding="utf-8")
    return int(not all(figure.met for figure in figures))


if __name__ == "__main__":
    raise SystemExit(main())
