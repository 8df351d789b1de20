"""`xen-orchestra-mcp setup CLIENT`: writes the server into an MCP client's configuration, after showing what.

It ends with 0 when the entry is there, with 1 when the user does not want it, and with 2 when it can't be written.
"""

import argparse
import shutil
import stat
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from xo_mcp.atomic import replace_file
from xo_mcp.config.config import Config, Value, require_files, resolve
from xo_mcp.config.options import OPTIONS
from xo_mcp.config.transport_options import TRANSPORT
from xo_mcp.errors import ConfigError
from xo_mcp.files import LARGEST, expanded, read_regular
from xo_mcp.nearest import suggestion
from xo_mcp.program.client_files import entry_alone, with_entry
from xo_mcp.program.clients import CLIENTS, Form, Launch, McpClient, this_machine
from xo_mcp.program.flags import before_flags

DECLINED: Final = 1
PROGRAM: Final = "xen-orchestra-mcp"
USUAL_NAME: Final = "xen-orchestra"
ELSEWHERE: Final = frozenset({"token", "password", "shared_state"})
"""Settings that hold secrets, or are for workers of a service."""
FRESH_MODE: Final = 0o600
WRITABLE: Final = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH
EDITED: Final = 1024 * 1024
"""Bytes of TOML or YAML, whose editors are slow; JSON may hold a client's whole memory, as Claude Code's does."""


def main(words: Sequence[str], options: argparse.ArgumentParser, environment: Mapping[str, str]) -> int:
    """Run the command; answers the exit code.

    Args:
        words: What follows `setup` on the command line.
        options: The flags of every command: those that are given go into the entry.
        environment: `os.environ`, or a stand-in; variables of ours go into the entry, too.

    Raises:
        ConfigError: The client is unknown, the configuration wrong, or the client's file broken or not to be written.
    """
    namespace = vars(_parser(options).parse_args(words))
    names, chosen, name = namespace.pop("words"), namespace.pop("file"), namespace.pop("name")
    agreed, in_project = namespace.pop("yes"), namespace.pop("project")
    if not names:
        sys.stdout.write(_listing())
        return 0
    client = CLIENTS.get(names[0])
    if client is None or len(names) > 1:
        hint = suggestion(names[0], CLIENTS, count=1)
        raise ConfigError(f"setup takes one of {', '.join(CLIENTS)}{hint}")
    config = resolve(namespace, environment)
    require_files(config)
    launch = launch_of(config, client)
    file = _file(client, chosen, in_project=in_project)
    return _put(client, launch, file, name, agreed=agreed)


def launch_of(config: Config, client: McpClient) -> Launch:
    """How a client is to start the server: with the settings that were given, and without a secret.

    Raises:
        ConfigError: The address is missing or holds a password, or the client can't get at a token but in a file.
    """
    if config.url is None and config.instances is None:
        raise ConfigError("say which Xen Orchestra: set XO_URL, or give --url or --instances")
    if config.transport != "stdio":
        raise ConfigError(
            "setup is for clients that start this server themselves (stdio); one that connects to it over HTTP needs "
            "the URL and a token in its own configuration, as README shows"
        )
    if config.url and urlsplit(config.url).password:
        raise ConfigError("the URL holds a password, which would be written: set XO_TOKEN_FILE instead")
    environment = {
        option.env: _text(getattr(config, option.name))
        for option in OPTIONS
        if option.name in config.sources and option.group != TRANSPORT and option.name not in ELSEWHERE
    }
    secrets: tuple[str, ...] = ()
    if config.token_file is None and config.instances is None:
        secrets = ("XO_PASSWORD",) if config.username and not config.token else ("XO_TOKEN",)
    if "XO_PASSWORD" not in secrets:
        environment.pop("XO_USERNAME", None)  # XO takes a token or a user, not both
    if secrets and not client.supplies:
        raise ConfigError(
            f"{client.title} can keep a secret only in its configuration: save the token in a file that only you "
            "can read, and set XO_TOKEN_FILE"
        )
    command, arguments = _command()
    return Launch(command, arguments, environment, secrets)


def _command() -> tuple[str, tuple[str, ...]]:
    beside = Path(sys.executable).parent / PROGRAM
    found = str(beside) if beside.is_file() else shutil.which(PROGRAM)
    return (found, ()) if found else (sys.executable, ("-m", "xo_mcp"))


def _text(value: Value) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, Path):
        return str(value.absolute())
    return ",".join(value) if isinstance(value, tuple) else str(value)


def _file(client: McpClient, chosen: Path | None, *, in_project: bool) -> Path:
    if in_project and client.project is None:
        raise ConfigError(f"{client.title} has no configuration of a project; leave out --project")
    if in_project and client.project:
        return chosen or Path(client.project)
    return chosen or client.file(this_machine())


def _put(client: McpClient, launch: Launch, file: Path, name: str, *, agreed: bool) -> int:
    entry, inputs = client.entry(launch), client.asks(launch) if client.asks else []
    file = _target(file)
    before = _content(file, client.form)
    try:
        for what, value in {"the name of the server": name, **launch.environment}.items():
            _require_text(value, what)
        after = with_entry(client.form, _decoded(before or b""), client.section, name, entry, inputs=inputs).encode()
    except ConfigError as error:
        raise ConfigError(f"{file} was left as it is: {error}") from error
    if before is not None and after == before:
        print(f"{client.title} knows this server already, as it should: {file}")  # noqa: T201 - for the user
        return 0
    print(f"This goes into {file}, for {client.title}:\n")  # noqa: T201 - likewise
    print(entry_alone(client.form, client.section, name, entry, inputs=inputs).strip() + "\n")  # noqa: T201 - likewise
    if launch.secrets:
        how = client.supplies.format(names=" and ".join(launch.secrets), title=client.title)
        print(f"No secret is written: {how}.\n")  # noqa: T201 - likewise
    if not agreed and not _agreed():
        print("Nothing was written.")  # noqa: T201 - likewise
        return DECLINED
    kept = _write(file, client.form, before, after)
    then = client.then.format(title=client.title)
    print(f"Written.{f' What was there is kept in {kept}.' if kept else ''} {then}")  # noqa: T201 - likewise
    return 0


def _agreed() -> bool:
    try:
        return input("Write it? [y/N] ").strip().lower() in {"y", "yes"}
    except EOFError:
        print("\nNobody can be asked here; --yes writes without asking.")  # noqa: T201 - for the user
        return False


def _target(file: Path) -> Path:
    """The file itself: behind a link, as dotfiles often are, its target is what is replaced."""
    try:
        return expanded(str(file), "--file").resolve()
    except (OSError, RuntimeError) as error:
        raise ConfigError(f"{file} is a broken symbolic link") from error


def _require_text(value: str, what: str) -> None:
    """Refuse what no configuration can hold: bytes that are not text, and what a terminal would obey."""
    if not value.isprintable():
        raise ConfigError(f"{what} holds what is not printable text")


def _content(file: Path, form: Form) -> bytes | None:
    try:
        return read_regular(file, LARGEST if form in {"json", "jsonc"} else EDITED)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigError(f"{file} can't be read: {error.strerror}") from error


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError("it is not text in UTF-8") from error


def _write(file: Path, form: Form, before: bytes | None, after: bytes) -> Path | None:
    """Replace the file, and keep what it was beside it; answers where."""
    kept = None
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        mode = stat.S_IMODE(file.stat().st_mode) if before is not None else FRESH_MODE
        if not mode & WRITABLE:
            raise ConfigError(f"{file} is read-only, and was left as it is")
        if before is not None:
            kept = file.with_name(f"{file.name}.{datetime.now(UTC):%Y%m%d-%H%M%S-%f}.bak")
            replace_file(kept, before, mode=mode)
        # The client may have written meanwhile: what it wrote is not to be lost.
        if _content(file, form) != before:
            raise ConfigError(f"{file} was changed meanwhile: try again")
        replace_file(file, after, mode=mode)
    except OSError as error:
        raise ConfigError(f"{file} can't be written: {error.strerror}") from error
    return kept


def _listing() -> str:
    folders = this_machine()
    width = max(map(len, CLIENTS))
    lines = [f"{name:{width}}  {client.title}: {client.file(folders)}" for name, client in CLIENTS.items()]
    return "\n".join(lines) + "\n"


def _parser(options: argparse.ArgumentParser) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"{PROGRAM} setup",
        description="Writes this server into the configuration of an MCP client, with the flags and variables that are "
        "given now, after showing it and asking. A token is never written: the entry names its file, or the client "
        "gets it elsewhere. The file that was there is kept beside it. Without a client, shows the clients it knows.",
        add_help=False,
        epilog="Example: XO_URL=https://xo.example.org XO_TOKEN_FILE=~/.xo-token xen-orchestra-mcp setup cursor",
    )
    parser.add_argument("words", nargs="*", metavar="CLIENT", help=", ".join(CLIENTS))
    parser.add_argument("--yes", action="store_true", help="write without asking")
    parser.add_argument("--project", action="store_true", help="for the project in this folder, not for this user")
    parser.add_argument("--file", type=Path, metavar="FILE", help="the client's configuration, where it is elsewhere")
    parser.add_argument("--name", default=USUAL_NAME, help=f"what the client calls this server (default: {USUAL_NAME})")
    return before_flags(parser, options)
