"""Lists: URLs or objects, JSON, NDJSON or a Markdown table."""

import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from fake_xo.errors import unprocessable
from fake_xo.filters import compile_filter
from fake_xo.responses import json_response

Record = dict[str, Any]
BASE = "/rest/v0"


def send_list(records: Iterable[Record], collection: str, query: dict[str, Any]) -> Response:
    """Answer a list.

    Args:
        records: What the user may see.
        collection: Whose items they are, for `href`.
        query: Typed: fields, filter, limit, ndjson, markdown.

    Raises:
        ApiError: 422 for NDJSON and Markdown at once, 400 for a bad filter.
    """
    items = [shown(record, collection, query.get("fields")) for record in selected(records, query)]
    ndjson, markdown = query.get("ndjson"), query.get("markdown")
    if ndjson and markdown:
        text = "ndjson and markdown can't be combined"
        raise unprocessable({"query.markdown": (text, "true"), "query.ndjson": (text, "true")})
    if ndjson:
        text = "".join(json.dumps(item, separators=(",", ":"), ensure_ascii=False) + "\n" for item in items)
        return Response(text.encode(), media_type="application/x-ndjson")
    if markdown:
        return Response(markdown_table(items).encode(), headers={"Content-Type": "text/markdown; charset=utf-8"})
    return json_response(items)


def selected(records: Iterable[Record], query: dict[str, Any]) -> list[Record]:
    """Those that pass `filter`, at most `limit`; a negative or broken limit does not count."""
    result = list(records)
    if (text := query.get("filter")) is not None:
        result = list(filter(compile_filter(text), result))
    limit = query.get("limit")
    if limit is not None and limit >= 0 and limit == int(limit):
        result = result[: int(limit)]
    return result


def shown(record: Record, collection: str, fields: str | None) -> Any:
    """One item of a list: its URL without `fields`; else what was asked for, and `href`."""
    href = f"{BASE}/{collection}/{record['id']}"
    if fields is None:
        return href
    if fields == "*":
        return record | {"href": href}
    return pick(record, fields.split(",")) | {"href": href}


def pick(record: Record, fields: list[str]) -> Record:
    """The named fields, in that order; `CPUs.number` reaches inside; unknown ones vanish."""
    result: Record = {}
    for name in fields:
        if name in record:
            result[name] = record[name]
        elif "." in name:
            _pick_nested(record, name.split("."), result)
    return result


def _pick_nested(record: Record, parts: list[str], result: Record) -> None:
    value: Any = record
    for part in parts:
        if not isinstance(value, dict) or part not in value:
            return
        value = value[part]
    for part in parts[:-1]:
        result = result.setdefault(part, {})
    result[parts[-1]] = value


def markdown_table(items: list[Any]) -> str:
    """A table whose columns are the first item's fields; URLs are lines."""
    if not items:
        return "No results."
    if isinstance(items[0], str):
        return "\n".join(items)
    names = [name for name in items[0] if name != "href"]
    lines = [names, ["---"] * len(names), *([_cell(item.get(name)) for name in names] for item in items)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dict):
        return "[object Object]"
    if isinstance(value, list):
        return ",".join(map(_cell, value)).replace("|", "\\|")
    if isinstance(value, bool):
        return str(value).lower()
    return str(value).replace("|", "\\|").replace("\n", " ")


def href(collection: str, object_id: str) -> str:
    """The URL of an object as `Location` gives it."""
    return f"{BASE}/{collection}/{quote(object_id, safe='')}"
