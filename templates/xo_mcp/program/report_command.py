"""Without an AI: `xen-orchestra-mcp report NAME key=value ...` and `xen-orchestra-mcp query "SELECT ..."`.

Both end with 0, with 1 when `--fail-on-findings` is given and a report found something or when XO refused, and with 2
when the command is wrong.
"""

import argparse
import json
import os
import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import anyio

from xo_mcp.config.config import Config, resolve
from xo_mcp.config.instances import ONLY
from xo_mcp.definitions import Entry, load_entries
from xo_mcp.errors import ArgumentError, ConfigError, XoMcpError
from xo_mcp.inventory import answers, execution
from xo_mcp.inventory.reports import Part, reports
from xo_mcp.inventory.together import run_together
from xo_mcp.logs import explained, set_up
from xo_mcp.nearest import suggestion
from xo_mcp.objects.reporting import answer_report
from xo_mcp.program.each_instance import chosen, fleets, reported_by_each
from xo_mcp.program.flags import before_flags
from xo_mcp.safety.validation import Validator
from xo_mcp.server.handlers import handler_of
from xo_mcp.session import opened
from xo_mcp.text import neutral_text
from xo_mcp.types import Json

FORMATS: Final = ("markdown", "csv", "json")
ROWS: Final = 10_000
"""Rows of each table unless asked otherwise."""
FOUND: Final = 1
"""Exit code when something was found that somebody should look at, or XO refused."""
_SHARED: Final = frozenset({"limit", "format"})


@dataclass(frozen=True)
class Table:
    """Columns and rows with a title, as they are printed."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Json]]
    count: int

    @classmethod
    def of(cls, title: str, found: execution.Found) -> "Table":
        """Take what a statement answered, and how many rows there are."""
        columns = [neutral_text(name) for name in found.columns]
        rows = [[answers.json_value(value) for value in row] for row in found.rows]
        return cls(title, columns, rows, found.total)


def main(command: str, words: Sequence[str], options: argparse.ArgumentParser) -> int:
    """Run the command; answers the exit code.

    Args:
        command: `report` or `query`.
        words: What follows it on the command line.
        options: The flags of every command.

    Raises:
        ConfigError: Something on the command line, or the configuration, is wrong.
    """
    namespace = vars(_parser(command, options).parse_args(words))
    own = {
        name: namespace.pop(name) for name in ("words", "list", "format", "output", "limit", "span", "fail", "instance")
    }
    if own["list"]:
        _write(_listing(), own["output"])
        return 0
    config = resolve(namespace, os.environ)
    set_up("error", config.secrets)
    ask = _report if command == "report" else _query
    try:
        tables, notes, findings = anyio.run(ask, chosen(config, own["instance"]), own)
    except ConfigError:
        raise
    except ArgumentError as error:
        raise ConfigError(str(error)) from error
    except XoMcpError as error:
        print(explained(error), file=sys.stderr)  # noqa: T201 - for the operator
        return FOUND
    _write(_drawn(tables, own["format"]), own["output"])
    for note in notes:
        print(explained(note), file=sys.stderr)  # noqa: T201 - beside the table, which may go into a file
    return FOUND if own["fail"] and findings else 0


def _parser(command: str, options: argparse.ArgumentParser) -> argparse.ArgumentParser:
    example = "find_unprotected_vms max_age_days=3" if command == "report" else '"SELECT name_label FROM vms"'
    parser = argparse.ArgumentParser(
        prog=f"xen-orchestra-mcp {command}", add_help=False, epilog=f"Example: {command} {example}"
    )
    parser.add_argument("words", nargs="*", help="NAME key=value ..." if command == "report" else "one SELECT")
    parser.add_argument("--list", action="store_true", help="print the reports and their arguments")
    parser.add_argument("--format", choices=FORMATS, default="markdown")
    parser.add_argument("--output", metavar="FILE", type=Path, help="write there instead of standard output")
    parser.add_argument("--limit", metavar="ROWS", type=int, default=ROWS, help="most rows of each table")
    parser.add_argument(
        "--span", choices=("hour", "day", "week"), default="hour", help="of vm_load and host_load in a query"
    )
    parser.add_argument("--instance", metavar="NAME", help="which XO of --instances to ask, or * for all of them")
    parser.add_argument(
        "--fail-on-findings", dest="fail", action="store_true", help="end with 1 when a report found something"
    )
    return before_flags(parser, options)


def _entries() -> dict[str, Entry]:
    return {entry.name: entry for entry in load_entries() if entry.name in reports()}


def _listing() -> str:
    lines = []
    for name, entry in sorted(_entries().items()):
        required = set(entry.schema.get("required", ()))
        own = [key for key in entry.schema["properties"] if key not in _SHARED]
        taken = " ".join(f"{key}=..." if key in required else f"[{key}=...]" for key in own)
        lines += [f"{name} {taken}".rstrip(), f"    {entry.definition['description']}"]
    return "\n".join(lines) + "\n"


async def _report(configs: Mapping[str, Config], own: Mapping[str, Any]) -> tuple[list[Table], list[str], bool]:
    if not own["words"]:
        raise ConfigError("name a report; --list prints them")
    name, *pairs = own["words"]
    entry = _entries().get(name)
    if entry is None:
        raise ConfigError(f"there is no report {name!r}{suggestion(name, reports(), count=1)}; --list prints them")
    arguments = Validator(name, entry.schema).check(_pairs(pairs, entry))
    defaults = {key: schema["default"] for key, schema in entry.schema["properties"].items() if "default" in schema}
    taken = dict.fromkeys(key for key in entry.schema["properties"] if key not in _SHARED)
    given = {**taken, **_usual(entry), **defaults, **arguments}

    async def ask(config: Config) -> Sequence[Part]:
        async with opened(config) as session:
            return await answer_report(session.client, name, given, limit=own["limit"], config=config)

    missing: list[str] = []
    if ONLY in configs:
        parts = await ask(configs[ONLY])
    else:
        parts, missing = await reported_by_each(configs, ask)
    shown = [part for part in parts if part.found.rows or part.always]
    tables = [Table.of(part.title, part.found) for part in shown]
    return tables, [*missing, *_notes(parts)], any(part.finding and part.found.rows for part in parts)


def _usual(entry: Entry) -> dict[str, Any]:
    """The defaults of the function that serves a report."""
    return {
        name: value
        for name, value in (handler_of(entry).__kwdefaults__ or {}).items()
        if isinstance(value, str | int | float)
    }


def _pairs(words: Sequence[str], entry: Entry) -> dict[str, Any]:
    found = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals:
            raise ConfigError(f"{word!r} is not key=value{_said_instead(word, entry)}")
        found[name] = value
    return found


def _said_instead(word: str, entry: Entry) -> str:
    """What to write for a value without its argument: the one that is required comes first, else the first."""
    required = entry.schema.get("required", ())
    own = sorted((key for key in entry.schema["properties"] if key not in _SHARED), key=lambda key: key not in required)
    return f": write {shlex.quote(f'{own[0]}={word}')}" if own else f": {entry.name} takes no arguments"


def _notes(parts: Sequence[Part]) -> list[str]:
    return list(dict.fromkeys(note for part in parts for note in part.found.notes))


async def _query(configs: Mapping[str, Config], own: Mapping[str, Any]) -> tuple[list[Table], list[str], bool]:
    if len(own["words"]) != 1:
        raise ConfigError('give one statement, in quotes: query "SELECT ..."')
    sql, limits = own["words"][0], execution.Limits(rows=own["limit"], bytes=answers.FILE_BYTES)
    async with fleets(configs, own["span"]) as inventories:
        if ONLY in inventories:
            found = await inventories[ONLY].run(sql, limits=limits)
        else:
            found = await run_together(inventories, sql, limits=limits)
    more = [f"Only the first {len(found.rows):,} rows: --limit takes more."] if found.more else []
    return [Table.of("", found)], [*more, *found.notes], bool(found.rows)


def _as_csv(tables: Sequence[Table]) -> str:
    return "\r\n".join(answers.csv_text(table.columns, table.rows) for table in tables)


def _as_json(tables: Sequence[Table]) -> str:
    data = [
        {
            "title": table.title,
            "count": table.count,
            "rows": [dict(zip(table.columns, row, strict=True)) for row in table.rows],
        }
        for table in tables
    ]
    return json.dumps(data, ensure_ascii=False, indent=1) + "\n"


def _as_markdown(tables: Sequence[Table]) -> str:
    sections = []
    for table in tables:
        head = f"## {table.title}: {table.count:,}\n\n" if table.title else ""
        sections.append(head + (answers.markdown_table(table.columns, table.rows) if table.rows else "none"))
    return ("\n\n".join(sections) or "none") + "\n"


_WRITERS: Final[Mapping[str, Callable[[Sequence[Table]], str]]] = {
    "markdown": _as_markdown,
    "csv": _as_csv,
    "json": _as_json,
}


def _drawn(tables: Sequence[Table], form: str) -> str:
    return _WRITERS[form](tables)


def _write(text: str, output: Path | None) -> None:
    if output is None:
        sys.stdout.write(text)
        return
    try:
        output.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise ConfigError(f"{output} can't be written: {error.strerror}") from error
