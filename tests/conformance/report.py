"""Results as tables: on the screen, and in a committed file that says the same whenever nothing changed."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Column, Table

from conformance.checks import Result

FILE = Path(__file__).with_name("RESULTS.md")
HEADING = """# Conformance

Written by `make conformance`; edits are lost. The server runs in front of the fake XO of `tests/fake_xo`.
"""
SCHEMAS = """## Schemas

The inspector's `--strict` reads the schema of every listed tool over stdio. Warnings count as failures.
"""
PROTOCOL = """## Protocol

Scenarios of the conformance suite over HTTP that need no sample tool of the suite's own server. Where single checks
need one, they are listed as not testable. The warnings of `input-required-result-*` and of `server-stateless` are about
such sample tools too; `tests/server/test_input_required.py` makes the same requests about a tool of this server.
"""


def show(results: Iterable[Result], console: Console) -> None:
    """Print a table."""
    table = Table(Column("what", no_wrap=True), "protocol", "result", "passed", "failed, warned about, not testable")
    for each in results:
        remarks = "; ".join((*each.failures, *each.warnings, *each.untestable))
        table.add_row(each.what, each.release, each.verdict, str(each.passed), remarks)
    console.print(table)


def write(versions: Mapping[str, str], schemas: Sequence[Result], scenarios: Sequence[Result]) -> str:
    """The text of the file; no dates, no paths."""
    parts = [
        HEADING,
        _table(("tool", "version"), versions.items()),
        SCHEMAS,
        _table(
            ("surface", "result", "failures"), ((each.what, each.verdict, _names(each.failures)) for each in schemas)
        ),
        PROTOCOL,
        _table(
            ("protocol", "scenario", "result", "checks passed", "failed", "warned about", "not testable"),
            (
                (
                    each.release,
                    each.what,
                    each.verdict,
                    "" if each.absent else str(each.passed),
                    _names(each.failures),
                    _names(each.warnings),
                    _names(each.untestable),
                )
                for each in scenarios
            ),
        ),
    ]
    return "\n".join(parts)


def _table(heads: Sequence[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join(f"| {' | '.join(' '.join(cell.split()) for cell in line)} |\n" for line in lines)


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
