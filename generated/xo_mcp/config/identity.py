"""Which XO user a client acts as: the files with XO tokens of clients, and limits for single clients."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from xo_mcp.config.config import Config, Value, read_value
from xo_mcp.config.instances import ONLY, load_instances
from xo_mcp.config.option import Option
from xo_mcp.config.options import OPTIONS
from xo_mcp.errors import ConfigError
from xo_mcp.files import expanded, open_regular

SAFE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}")
"""Names that are folders' names as they are."""
DIGITS: Final = 12
MADE: Final = re.compile(r"-[0-9a-f]{12}\Z")
"""How the folder's name of somebody else may end."""
STRICTER: Final = ("none", "destructive", "all")


def _both(usual: Any, own: Any) -> Any:
    return usual and own


def _either(usual: Any, own: Any) -> Any:
    return usual or own


def _all_of(usual: Any, own: Any) -> Any:
    return tuple(dict.fromkeys((*(usual or ()), *own)))


def _own(_: Any, own: Any) -> Any:
    return own


def _stricter(usual: Any, own: Any) -> Any:
    return max(usual, own, key=STRICTER.index)


NARROWING: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "enable_actions": _both,
    "disable_destructive": _either,
    "allow_denied": _both,
    "no_jsonrpc": _either,
    "exclude_tools": _all_of,
    # Whatever these name, only what the server offers is taken of it; see `within` in `safety.policy.offer`.
    "toolsets": _own,
    "tools": _own,
    "confirm": _stricter,
    "output_budget": min,
}
"""Settings that may differ for one client, to what becomes of the server's value and its own: never more."""


@dataclass(frozen=True)
class Identity:
    """A client that is a user of XO by itself.

    Attributes:
        name: What the operator calls it.
        tokens: Name of an XO (`ONLY` where there is one) and the file with this person's token for it.
        changes: Settings that differ for it, by attribute of `Config`.
    """

    name: str
    tokens: tuple[tuple[str, Path], ...]
    changes: tuple[tuple[str, Value], ...] = ()

    @property
    def folder(self) -> str:
        """A folder's name that nobody else has."""
        if SAFE.fullmatch(self.name) and not MADE.search(self.name):
            return self.name
        readable = re.sub(r"[^A-Za-z0-9]+", "-", self.name).strip("-")[:40]
        return f"{readable}-{sha256(self.name.encode()).hexdigest()[:DIGITS]}"

    def at(self, instance: str, config: Config) -> Config | None:
        """The configuration of an XO for this client alone, or nothing where it has no token for that XO.

        Args:
            instance: Name of the XO.
            config: What holds there for everybody.
        """
        file = dict(self.tokens).get(instance)
        if file is None:
            return None
        folders: dict[str, Any] = {
            name: folder / self.folder
            for name in ("download_dir", "upload_dir")
            if (folder := getattr(config, name)) is not None
        }
        sources = {**config.sources, "token_file": f"the token file of {self.name}"}
        own = replace(config, token=None, username=None, password=None, token_file=file, sources=sources, **folders)
        return self.narrowed(own)

    def narrowed(self, config: Config) -> Config:
        """A configuration that allows no more than this client may."""
        narrower: dict[str, Any] = {name: NARROWING[name](getattr(config, name), own) for name, own in self.changes}
        return replace(config, **narrower)


def parse_identity(name: str, words: Sequence[str], config: Config, folder: Path) -> Identity | None:
    """Read what follows a client's name (and token) in the operator's file.

    Args:
        name: The client's.
        words: Files with XO tokens (`/etc/xo/alice`, or `lab=/etc/xo/alice-lab` where there are several XOs), and
            flags that narrow (`--no-enable-actions`, `--toolsets=vms`).
        config: The server's.
        folder: That relative paths start from.

    Returns:
        Nothing where there are no words.

    Raises:
        ConfigError: A word is not one of these, widens, or names a file that can't be read. Never shows a token.
    """
    if not words:
        return None
    files = [word for word in words if not word.startswith("--")]
    changes = dict(_change(word, config) for word in words if word.startswith("--"))
    if not files:
        raise ConfigError(f"{name} has flags but no file with a token for XO: they hold for its own XO user only")
    tokens: dict[str, Path] = {}
    for word in files:
        instance, path = _file(word, config, folder, name)
        if instance in tokens:
            raise ConfigError(f"{name} has two files for one XO")
        tokens[instance] = path
    return Identity(name, tuple(sorted(tokens.items())), tuple(sorted(changes.items())))


def _file(word: str, config: Config, folder: Path, name: str) -> tuple[str, Path]:
    instance, path = ONLY, word
    known = load_instances(config)
    if ONLY not in known:
        instance, _, path = word.partition("=")
        if instance not in known or not path:
            example = f"{next(iter(known))}=FILE"
            raise ConfigError(f"{name}: say of which XO the token is, such as {example}; there are {', '.join(known)}")
    file = folder / expanded(path, f"{name}: the file with its XO token")
    try:
        with open_regular(file) as opened:
            if not opened.read(1):
                raise ConfigError(f"{name}: the file with its XO token is empty")
    except OSError as error:
        raise ConfigError(f"{name}: the file with its XO token can't be read ({error.strerror})") from error
    return instance, file


def _change(word: str, config: Config) -> tuple[str, Value]:
    flag, equals, text = word.partition("=")
    option, value = _option(flag)
    if option is None:
        known = ", ".join(str(each.flag) for each in OPTIONS if each.name in NARROWING)
        raise ConfigError(f"{flag[:40]} can't be set for one client; these can: {known}")
    if option.kind != "switch":
        if not equals:
            raise ConfigError(f"{flag} takes a value after =")
        value = read_value(option, text, flag)
    elif equals:
        raise ConfigError(f"{flag} takes no value")
    usual = getattr(config, option.name)
    widens = NARROWING[option.name](usual, value) != value if option.name != "exclude_tools" else False
    if widens:
        raise ConfigError(f"{word[:60]} allows more than the server was started with; a client's line can only narrow")
    return option.name, value


def _option(flag: str) -> tuple[Option | None, Value]:
    """The option of a flag, and what it says when it is a switch."""
    for option in OPTIONS:
        if option.name not in NARROWING or option.flag is None:
            continue
        if flag == option.flag:
            return option, True
        if option.kind == "switch" and flag == f"--no-{option.flag.removeprefix('--')}":
            return option, False
    return None, None
