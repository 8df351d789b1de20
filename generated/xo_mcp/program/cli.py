"""The command line: `xen-orchestra-mcp [serve|doctor|setup|tools|report|query|audit|config|version] [flags]`."""

import argparse
import gc
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final

from xo_mcp import __doc__ as about
from xo_mcp import release
from xo_mcp.config.config import Config, require_files, resolve
from xo_mcp.config.option import Option
from xo_mcp.config.options import OPTIONS
from xo_mcp.errors import ConfigError
from xo_mcp.logs import get_logger, set_up
from xo_mcp.nearest import suggestion

PROGRAM: Final = "xen-orchestra-mcp"
MISCONFIGURED: Final = 2
"""Exit code, as argparse uses it for wrong flags."""
INTERRUPTED: Final = 130
"""Exit code after Ctrl-C, as shells have it."""

VERSION: Final = f"{PROGRAM} {release.VERSION} for Xen Orchestra {release.XO_RELEASE} (REST API {release.REST_API})"
DESCRIPTION: Final = f"""\
{about}

Read-only unless --enable-actions is given: without it, tools that change something are not even listed.

commands:"""
EPILOG: Final = """\
examples:
  XO_URL=https://xo.example.org XO_TOKEN=... xen-orchestra-mcp
      what an MCP client starts: read-only, over standard input and output
  xen-orchestra-mcp doctor
      checks address, login, privileges and folders, and says what to do next
  xen-orchestra-mcp tools --enable-actions --toolsets vms,srs
      shows what an AI would be offered, and how much it would have to read
  xen-orchestra-mcp serve --transport http --port 8000 --auth-token-file tokens
      serves several clients over HTTP

Secrets are taken from the environment or from files, never from the command line, where other users see them:
  XO_TOKEN or XO_TOKEN_FILE          token of the XO user to act as; create it on the user page of XO
  XO_USERNAME and XO_PASSWORD        instead of a token
  HTTPS_PROXY, HTTP_PROXY, NO_PROXY  as everywhere
  XO_MCP_DENY_LIST                   as --exclude-tools; XO's own MCP server calls it so

Every flag has the environment variable in brackets; the flag wins.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program.

    Args:
        arguments: The command line without the program's name; `sys.argv` by default.

    Returns:
        The exit code: 0, or 2 when it is not configured right.
    """
    words = sys.argv[1:] if arguments is None else arguments
    if words and words[0] in WITH_WORDS:
        return _with_words(words)
    parser = _parser()
    if "_ARGCOMPLETE" in os.environ:
        return _complete(parser)
    namespace, extra = parser.parse_known_args(arguments)
    given = vars(namespace)
    command = given.pop("command") or "serve"
    as_json = given.pop("json")
    try:
        _refuse_extra(command, extra)
        _refuse_json(command, wanted=as_json)
        config = resolve(given, os.environ)
        if command == "doctor":
            # What would be logged is in its findings.
            set_up("error", config.secrets)
            return _doctor(config, as_json=as_json)
        set_up(config.log_level, config.secrets)
        return COMMANDS[command](config)
    except ConfigError as error:
        print(f"{PROGRAM}: {error}", file=sys.stderr)  # noqa: T201 - for the operator, before logs matter
        return MISCONFIGURED
    except KeyboardInterrupt:
        return INTERRUPTED


def _with_words(words: Sequence[str]) -> int:
    """Run a command that takes words of its own."""
    try:
        # Each command loads what it needs, not what the others need.
        if words[0] == "audit":
            from xo_mcp.program.audit_command import main as audit  # see above

            return audit(words[1:], os.environ)
        if words[0] == "setup":
            from xo_mcp.program.setup_command import main as setup  # see above

            return setup(words[1:], _options(), os.environ)
        from xo_mcp.program.report_command import main as ask  # see above

        return ask(words[0], words[1:], _options())
    except ConfigError as error:
        print(f"{PROGRAM}: {error}", file=sys.stderr)  # noqa: T201 - for the operator
        return MISCONFIGURED
    except KeyboardInterrupt:
        return INTERRUPTED


def _complete(parser: argparse.ArgumentParser) -> int:
    """Answer the shell, which ends the process; without the extra there is no answer."""
    with suppress(ImportError):
        from xo_mcp.program.completion import complete  # an extra

        parser.add_argument("words", nargs="*")
        complete(parser, SUMMARIES)
    return 1


def _refuse_extra(command: str, extra: Sequence[str]) -> None:
    """Refuse what the parser did not know, without repeating values: one of them may be a secret."""
    if extra:
        flag = extra[0].partition("=")[0]
        if not flag.startswith("-"):
            raise ConfigError("there is one argument too many; see --help")
        if flag.lstrip("-").replace("-", "_") in {option.name for option in OPTIONS if option.secret}:
            raise ConfigError(f"{flag} is no flag: secrets come from the environment or files, see --help")
        known = [option.flag for option in OPTIONS if option.flag]
        raise ConfigError(f"there is no flag {flag}{suggestion(flag, known, count=1)}")
    if command not in SUMMARIES:
        meant = suggestion(command, SUMMARIES, count=1)
        raise ConfigError(f"there is no command of that name; there are {', '.join(SUMMARIES)}{meant}")


def _refuse_json(command: str, *, wanted: bool) -> None:
    if wanted and command != "doctor":
        raise ConfigError("--json goes with doctor")


def _serve(config: Config) -> int:
    for warning in config.warnings:
        get_logger("config").warning(warning)
    require_files(config)
    _relax_collector()
    # Only serving needs the SDK, which takes a second to import.
    from xo_mcp.server.serve import serve

    serve(config)
    return 0


def _relax_collector() -> None:
    """Have Python look for cycles less often.

    Neither modules nor what XO sends have many, but while 700 modules are imported, or 2,000 VMs are read and written,
    Python looks for them among all their parts a hundred times: 6 % of a start, half of such a list (`make bench`).
    """
    gc.set_threshold(50_000, 20, 50)


def _doctor(config: Config, *, as_json: bool) -> int:
    from xo_mcp.program.doctor import report  # this command alone needs it

    return report(config, json_wanted=as_json)


def _tools(config: Config) -> int:
    from xo_mcp.program.inspection import surface_report  # this command alone needs it

    sys.stdout.write(surface_report(config))
    return 0


def _config(config: Config) -> int:
    from xo_mcp.program.inspection import config_report  # this command alone needs it

    sys.stdout.write(config_report(config))
    return 0


def _version(_: Config) -> int:
    sys.stdout.write(f"{VERSION}\n")
    return 0


COMMANDS: Final[dict[str, Callable[[Config], int]]] = {
    "serve": _serve,
    "tools": _tools,
    "config": _config,
    "version": _version,
}
WITH_WORDS: Final = frozenset({"audit", "report", "query", "setup"})
"""Commands that take more than flags."""
METAVARS: Final = {"path": "FILE", "names": "NAMES"}
_NOT: Final = "--no-"
"""How a switch begins whose opposite is without it."""
SUMMARIES: Final = {
    "serve": "start the server (the default)",
    "doctor": "check that everything is there to work with XO, and say what to do next; --json for programs",
    "setup": "write this server into an MCP client's configuration: `setup cursor`; `setup` alone lists the clients",
    "tools": "print the tools this configuration offers, with their size in bytes and about how many tokens",
    "report": "answer a question by name, without an AI: `report --list`, `report check_health`; see `report --help`",
    "query": 'answer one SELECT over the whole fleet: `query "SELECT name_label FROM vms"`; see `query --help`',
    "audit": "`audit verify` checks the audit log's chain, `audit show` filters and prints it; see `audit --help`",
    "config": "print the configuration in effect and where each value came from; secrets are not shown",
    "version": "print the version and the XO release it was made for",
}


def _options() -> argparse.ArgumentParser:
    """The flags of every command."""
    options = argparse.ArgumentParser(add_help=False)
    _add_options(options)
    return options


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=PROGRAM,
        usage="%(prog)s [command] [flags]",
        description=DESCRIPTION + "".join(f"\n  {name:10}{summary}" for name, summary in SUMMARIES.items()),
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        parents=[_options()],
        allow_abbrev=False,
    )
    parser.add_argument("command", nargs="?", metavar="command", help="serve if left out")
    parser.add_argument("--json", action="store_true", help="with doctor: print JSON")
    parser.add_argument("--version", action="version", version=VERSION, help="as the command version")
    return parser


def _add_options(parser: argparse.ArgumentParser) -> None:
    groups: dict[str, argparse._ArgumentGroup] = {}
    for option in OPTIONS:
        if option.flag is None:
            continue
        if option.group not in groups:
            groups[option.group] = parser.add_argument_group(option.group)
        _add_option(groups[option.group], option, option.flag)


def _add_option(group: "argparse._ArgumentGroup", option: Option, flag: str) -> None:
    text = f"{option.help} [{option.env}]".replace("%", "%%")
    if option.kind == "switch" and flag.startswith(_NOT):
        group.add_argument(flag, dest=option.name, action="store_const", const=True, help=text)
        takes_back = f"--{flag.removeprefix(_NOT)}"
        group.add_argument(takes_back, dest=option.name, action="store_const", const=False, help=argparse.SUPPRESS)
        return
    if option.kind == "switch":
        group.add_argument(flag, dest=option.name, action=argparse.BooleanOptionalAction, default=None, help=text)
        return
    default = f" (default: {option.default})" if option.default is not None else ""
    metavar = option.metavar or "|".join(option.choices) or METAVARS.get(option.kind, option.name.upper())
    if option.kind == "names":
        group.add_argument(flag, dest=option.name, action="append", metavar=metavar, help=text + default)
    else:
        group.add_argument(flag, dest=option.name, metavar=metavar, help=text + default)
