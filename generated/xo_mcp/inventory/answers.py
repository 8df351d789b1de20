"""What `query_inventory` and `describe_inventory` answer."""

import csv
import io
import math
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Final

from xo_mcp.answer import Answer, Fitted, Link
from xo_mcp.encoding import array_of
from xo_mcp.errors import ArgumentError
from xo_mcp.inventory.complaints import unknown_table
from xo_mcp.inventory.execution import Found
from xo_mcp.inventory.functions import Value
from xo_mcp.inventory.tables import JSON_KINDS, Catalog, Source
from xo_mcp.privacy.sanitizing import sanitize_and_encode
from xo_mcp.reads.budget import fit_items
from xo_mcp.reads.markdown import escape, row
from xo_mcp.releases.capabilities import newer
from xo_mcp.text import neutral_text
from xo_mcp.types import Json

FORMATS: Final = ("json", "markdown", "csv")
MOST_ROWS: Final = 1_000_000
FILE_BYTES: Final = 32_000_000
"""Bytes of values that a saved file may hold."""
_ENVELOPE: Final = 300  # bytes around the rows, without the names of the columns
_TYPES: Final = {"boolean": "0/1", "time": "epoch s", "any": ""}
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def parse_format(format: str) -> str:  # noqa: A002 - the tool's own argument
    """Return the format.

    Raises:
        ArgumentError: It is not one.
    """
    if format not in FORMATS:
        raise ArgumentError(f"`format` must be {', '.join(f'`{each}`' for each in FORMATS)}.")
    return format


def queried(found: Found, limit: int, format: str) -> Answer:  # noqa: A002 - the tool's own argument
    """The answer of a statement.

    Args:
        found: What it answered, at most `limit` rows.
        limit: Rows that were wanted.
        format: `json`: `{"columns": [...], "rows": [[...]]}`; `markdown` and `csv`: a text beside the number of rows.
    """
    return Answer(partial(_fit, found, limit, format))


def _fit(found: Found, limit: int, format: str, room: int) -> Fitted:  # noqa: A002 - the tool's own argument
    columns = [neutral_text(name) for name in found.columns]
    free = room - _ENVELOPE - 2 * sum(len(name) + 4 for name in columns)
    cut = fit_items(plain_rows(found), max(free, 0), sanitize_and_encode)
    kept = [row for row in cut.items if isinstance(row, list)]
    notes = list(found.notes)
    data: dict[str, Json] = {"columns": [*columns], "rows": [*kept]}
    if len(kept) < len(found.rows) or found.more:
        data["more"] = True
        notes.insert(0, _how_to_go_on(len(kept), len(found.rows), limit, more=found.more))
    text = None
    if format == "markdown":
        text = markdown_table(columns, kept)
    elif format == "csv":
        text = csv_text(columns, kept)
    if text is not None:
        # Hosts that show a model the text do not show it the data, and the other way round: each holds the rows once.
        text = text if len(text.encode()) <= room else None
    return Fitted(data, tuple(notes), text, {"rows": array_of(cut.encoded)})


def _how_to_go_on(shown: int, had: int, limit: int, *, more: bool) -> str:
    least = "at least " if more else ""
    of = f" of {least}{had:,}" if shown < had else ""
    why = "more do not fit an answer" if shown < had else "there are more"
    return (
        f"{shown:,}{of} rows shown; {why}. Go on with LIMIT {limit} OFFSET {shown} at the end of the "
        "statement (with ORDER BY), count(*) says how many there are, and filename saves them all."
    )


def described(catalog: Catalog, tables: Sequence[str], release: str | None = None) -> Answer:
    """The tables by name, or the columns of some.

    Args:
        catalog: All of them.
        tables: Names; none for the list of all.
        release: The XO release, as far as it is known: tables it lacks are not named.

    Raises:
        ArgumentError: There is no such table.
    """
    if not tables:
        data: dict[str, Json] = {
            name: source.about
            for name, source in catalog.sources.items()
            if release is None or not newer(source.since or None, release)
        }
        note = (
            "SQLite; booleans are 0/1, times epoch seconds, lists JSON text (json_each). Ids join: vms.container = "
            "hosts.id, vbds.VM = vms.id, vbds.VDI = vdis.id, vdis.SR = srs.id, vifs.network = networks.id."
        )
        return Answer({"tables": data}, (note,))
    known = {name.casefold(): source for name, source in catalog.sources.items()}
    chosen: dict[str, Json] = {}
    for name in tables:
        source = known.get(name.strip().casefold())
        if source is None:
            raise unknown_table(name, catalog)
        chosen[source.name] = _description(source)
    return Answer({"tables": chosen})


def _description(source: Source) -> dict[str, Json]:
    columns = []
    for name, column in source.columns.items():
        kind = "json" if column.kind in JSON_KINDS else _TYPES.get(column.kind, column.kind)
        columns.append(f"{name} {kind}".rstrip() if kind != "string" else name)
    description: dict[str, Json] = {"about": source.about, "columns": ", ".join(columns)}
    if source.since:
        description["since"] = f"XO {source.since}"
    return description


def plain_value(value: Value) -> Json:
    """A value of SQL as JSON has it, not yet fit to be read."""
    return value.decode("utf-8", errors="replace") if isinstance(value, bytes) else value


def plain_rows(found: Found) -> list[Json]:
    """The rows, not yet fit to be read."""
    return [[plain_value(value) for value in row] for row in found.rows]


def json_value(value: Value) -> Json:
    """A value of SQL as JSON has it, neutralised."""
    plain = plain_value(value)
    if isinstance(plain, str):
        return neutral_text(plain)
    return None if isinstance(plain, float) and not math.isfinite(plain) else plain


def saved(found: Found, path: Path, size: int) -> Answer:
    """The answer about rows that went into a file."""
    notes = list(found.notes)
    if found.more:
        notes.insert(0, f"The file holds the first {len(found.rows):,} rows; there are more. Save fewer columns.")
    data: dict[str, Json] = {"path": str(path), "size": size, "rows": len(found.rows), "columns": [*found.columns]}
    return Answer(data, tuple(notes), links=(Link(path.as_uri(), path.name, size, "text/csv"),))


def csv_text(columns: Sequence[str], rows: Sequence[Sequence[Json]]) -> str:
    """Rows as CSV (RFC 4180), with a line of names; no cell is a formula to a spreadsheet."""
    target = io.StringIO()
    writer = csv.writer(target)
    writer.writerow([_cell(name) for name in columns])
    writer.writerows([_cell(value) for value in row] for row in rows)
    return target.getvalue()


def _cell(value: Json) -> Json:
    """A name that begins like a formula would be worked out by the spreadsheet of who opens the file."""
    if not isinstance(value, str):
        return value
    return f"'{value}" if value.startswith(_FORMULA) else value


def markdown_table(columns: Sequence[str], rows: Sequence[Sequence[Json]]) -> str:
    """Rows as a Markdown table, in which no name acts as markup."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(row("" if value is None else escape(str(value)) for value in line) for line in lines)


def file_text(found: Found) -> str:
    """All rows as CSV."""
    return csv_text(found.columns, [[json_value(value) for value in row] for row in found.rows])
