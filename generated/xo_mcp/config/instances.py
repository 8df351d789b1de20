"""Several XOs in one server: a TOML file that names them."""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from xo_mcp.config.config import Config
from xo_mcp.errors import ConfigError
from xo_mcp.files import expanded, read_regular
from xo_mcp.nearest import suggestion
from xo_mcp.text import one_line

ONLY: Final = ""
"""Name of the XO where a server knows only one."""
INSTANCE: Final = "instance"
"""Names the XO: an argument of every tool of a server with several, a column of tables of all."""
EVERYWHERE: Final = "*"
"""Stands for all XOs, where they can answer together."""
NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
RESERVED: Final = frozenset({"guides"})
"""Names that addresses of resources have for something else."""
KEYS: Final[Mapping[str, type]] = {
    "url": str,
    "token_file": str,
    "ca_file": str,
    "insecure": bool,
    "read_only": bool,
    "xo_release": str,
}
MOST: Final = 100
"""XOs of one server: each has its own session, tools and caches."""
ELSEWHERE: Final = ("url", "token", "token_file", "username", "password", "ca_file", "insecure")
"""Settings of a single XO, which the file holds for each."""
SETTING: Final = "--instances"


def load_instances(config: Config) -> dict[str, Config]:
    """The configuration for each XO, by its name; one alone is called `ONLY`, whether a file names it or not.

    Raises:
        ConfigError: The file can't be read or says something wrong, or settings contradict it.
    """
    if config.instances is None:
        return {ONLY: config}
    for name in ELSEWHERE:
        if getattr(config, name):
            where = config.sources.get(name, name)
            raise ConfigError(f"{where} and {SETTING} exclude each other: the file says it for each XO")
    entries = _read(config.instances)
    if len(entries) > MOST:
        raise ConfigError(f"{SETTING}: {config.instances} names {len(entries):,} XOs; a server can have {MOST}")
    found = {name: _instance(name, entry, config) for name, entry in entries.items()}
    if not found:
        raise ConfigError(f"{SETTING}: {config.instances} names no XO; write [name] and url = ...")
    return {ONLY: next(iter(found.values()))} if len(found) == 1 else found


def _read(file: Path) -> dict[str, Any]:
    import tomllib  # a start without the file need not wait for it

    try:
        return tomllib.loads(read_regular(file).decode("utf-8"))
    except OSError as error:
        raise ConfigError(f"{SETTING}: can't read {file}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{SETTING}: {file} is not TOML: {error}") from error


def _instance(name: str, entry: Any, config: Config) -> Config:
    where = f"{SETTING}: [{one_line(name, 40)}] of {config.instances}"
    if not NAME.fullmatch(name) or name in RESERVED:
        raise ConfigError(
            f"{where}: a name has small letters, digits, - and _, and is not one of {', '.join(RESERVED)}"
        )
    if not isinstance(entry, dict):
        raise ConfigError(f"{where}: write [{name}] on a line of its own, then url = ...")
    for key, value in entry.items():
        if key not in KEYS:
            raise ConfigError(f"{where}: there is no key {key[:40]!r}{suggestion(key, KEYS, count=1)}")
        if not isinstance(value, KEYS[key]):
            raise ConfigError(f"{where}: {key} is {'true or false' if KEYS[key] is bool else 'a text'}")
    if "url" not in entry:
        raise ConfigError(f"{where}: url is missing")
    if "token_file" not in entry and not config.require_own_identity:
        raise ConfigError(f"{where}: token_file is missing, the file with the token to act with")
    folder = (config.instances or Path()).parent
    files = {key: _file(folder, entry[key], f"{where}: {key}") for key in ("token_file", "ca_file") if key in entry}
    named = f"[{name}] in {config.instances}"
    return replace(
        config,
        sources={**config.sources, **{key: f"{key} of {named}" for key in KEYS if key in entry or key in ELSEWHERE}},
        url=entry["url"],
        token_file=files.get("token_file"),
        ca_file=files.get("ca_file"),
        insecure=entry.get("insecure", False),
        enable_actions=config.enable_actions and not entry.get("read_only", False),
        xo_release=entry.get("xo_release", config.xo_release),
    )


def _file(folder: Path, text: str, where: str) -> Path:
    file = folder / expanded(text, where)
    try:
        is_file = file.is_file()
    except OSError as error:
        raise ConfigError(f"{where}: can't read {file}: {error.strerror}") from error
    if not is_file:
        raise ConfigError(f"{where}: there is no file {file}")
    return file
