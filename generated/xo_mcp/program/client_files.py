"""Puts an entry into a client's configuration: JSON, TOML or YAML, with what else is in it as it was."""

import io
import json
import tomllib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from xo_mcp.errors import ConfigError
from xo_mcp.program import jsonc
from xo_mcp.program.clients import Entry, Form

MOST: Final = 200_000
"""Values of a configuration, each as often as it is referred to."""
INPUTS: Final = "inputs"
"""The list of what VS Code asks its user for."""
UNEDITABLE: Final = "it is written in a way that can't be edited here without a risk: add the entry by hand"
_BOM: Final = "\ufeff"


def with_entry(form: Form, text: str, section: str, name: str, entry: Entry, *, inputs: Sequence[Entry] = ()) -> str:
    """A configuration with one server more, or with another entry for it.

    Args:
        form: How it is written.
        text: What the file holds; empty where there is none.
        section: The key that holds the servers.
        name: The server's.
        entry: What the client wants to know of it.
        inputs: Items for `inputs`, each with an `id`; those that are there stay.

    Raises:
        ConfigError: The file is broken, has something else where servers belong, or can't be edited without an extra.
    """
    # Python's parser would take a mark of the byte order for a mistake; some editors write one.
    mark, rest = (_BOM, text[1:]) if text.startswith(_BOM) else ("", text)
    before = _read(form, rest)
    servers = before.get(section)
    if not isinstance(servers, dict | None):
        raise ConfigError(f"`{section}` holds something else than servers")
    known = before.get(INPUTS) or []
    if inputs and not isinstance(known, list):
        raise ConfigError(f"`{INPUTS}` holds something else than a list")
    there = [each.get("id") for each in known if isinstance(each, dict)] if inputs else []
    missing = [item for item in inputs if item["id"] not in there]
    after = {**before, section: {**(servers or {}), name: entry}}
    if missing:
        after[INPUTS] = [*known, *missing]
    if after == before:
        return text
    try:
        written = _WRITERS[form](rest, section, name, entry, missing)
    except ImportError as error:
        raise ConfigError(
            f"editing {form.upper()} needs the extra `setup`: pip install 'xen-orchestra-mcp[setup]'"
        ) from error
    except Exception as error:
        # Whatever an editor stumbles over, it edited nothing.
        raise ConfigError(UNEDITABLE) from error
    # Whatever an editor did to the file, it must say what it said, and this.
    if _read(form, written) != after:
        raise ConfigError(UNEDITABLE)
    return mark + written


def entry_alone(form: Form, section: str, name: str, entry: Entry, *, inputs: Sequence[Entry] = ()) -> str:
    """The entry alone, as a file that holds nothing else would have it."""
    if form == "yaml":
        return json.dumps({section: {name: entry}}, indent=2, ensure_ascii=False)
    return with_entry(form, "", section, name, entry, inputs=inputs)


def _read(form: Form, text: str) -> dict[str, Any]:
    try:
        data = _READERS[form](text) if text.strip() else {}
    except ImportError as error:
        raise ConfigError(
            f"reading {form.upper()} needs the extra `setup`: pip install 'xen-orchestra-mcp[setup]'"
        ) from error
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"it is not {form.upper()}: {error}") from error
    # A YAML file of comments is one without content.
    data = {} if data is None and form == "yaml" else data
    if not isinstance(data, dict):
        raise ConfigError("it holds something else than settings by name")
    _require_bounded(data)
    return data


def _require_bounded(data: Any) -> None:
    """Refuse what a few lines of YAML make by referring to themselves: comparing it would take for ever."""
    waiting, count = [data], 0
    while waiting:
        value = waiting.pop()
        parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        waiting += parts
        count += len(parts)
        if count > MOST:
            raise ConfigError(f"it holds more than {MOST:,} values")


def _read_yaml(text: str) -> Any:
    from ruamel.yaml import YAML  # an extra
    from ruamel.yaml.error import YAMLError

    try:
        return YAML(typ="safe", pure=True).load(text)
    except YAMLError as error:
        raise ValueError(" ".join(str(error).split())) from error


def _write_json(text: str, section: str, name: str, entry: Entry, missing: Sequence[Entry]) -> str:
    text = text if text.strip() else "{}\n"
    # Inputs come first, as in VS Code's own examples.
    for item in missing:
        text = jsonc.with_item(text, INPUTS, item)
    servers = jsonc.parse(text).get(section, {})
    return (
        jsonc.with_value(text, [section], {name: entry})
        if servers is None
        else jsonc.with_value(text, [section, name], entry)
    )


def _write_toml(text: str, section: str, name: str, entry: Entry, _: Sequence[Entry]) -> str:
    import tomlkit  # an extra

    document = tomlkit.parse(text)
    if section not in document:
        document[section] = tomlkit.table(is_super_table=True)
    servers: Any = document[section]
    servers[name] = tomlkit.item(entry)
    return tomlkit.dumps(document)


def _write_yaml(text: str, section: str, name: str, entry: Entry, _: Sequence[Entry]) -> str:
    from ruamel.yaml import YAML  # an extra

    yaml = YAML(pure=True)
    yaml.preserve_quotes = True
    yaml.width = 1_000
    document = yaml.load(text) if text.strip() else None
    # A file of comments is kept in front of what is added.
    head = text if document is None else ""
    document = {} if document is None else document
    if document.get(section) is None:
        document[section] = {}
    document[section][name] = entry
    out = io.StringIO()
    yaml.dump(document, out)
    return head + out.getvalue()


_READERS: Final[Mapping[Form, Callable[[str], Any]]] = {
    "json": json.loads,
    "jsonc": jsonc.parse,
    "toml": tomllib.loads,
    "yaml": _read_yaml,
}
_WRITERS: Final[Mapping[Form, Callable[[str, str, str, Entry, Sequence[Entry]], str]]] = {
    "json": _write_json,
    "jsonc": _write_json,
    "toml": _write_toml,
    "yaml": _write_yaml,
}
