"""`xen-orchestra-mcp audit verify|show`: reads the audit log.

`verify` ends with 0 when the chain holds, with 1 when it does not; both end with 2 when there is nothing to read. They
write nothing: of a call whose server was killed they say that its end is unknown before the next start writes it.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from xo_mcp.errors import ConfigError
from xo_mcp.files import open_regular
from xo_mcp.safety.audit import KILLED, UNKNOWN
from xo_mcp.safety.audit_files import FIRST, digest, predecessors
from xo_mcp.safety.audit_lines import content_of
from xo_mcp.safety.audit_workers import running, without_end
from xo_mcp.text import one_line

BROKEN: Final = 1
UNITS: Final = {"m": "minutes", "h": "hours", "d": "days"}
MOST: Final = 20
"""Breaks of a chain that are shown."""


@dataclass(frozen=True)
class Line:
    """One line of the log.

    Attributes:
        where: File and number.
        raw: Its bytes, without the line end.
        content: What it says; empty when it can't be read.
    """

    where: str
    raw: bytes
    content: Mapping[str, Any]


@dataclass
class Chain:
    """What following the chain showed.

    Attributes:
        lines: How many there are.
        unchained: Lines at the beginning that an older version of this server wrote, without a chain.
        broken: Where it does not hold, in words.
        digests: Of every line.
        last: Of the last one.
    """

    lines: int = 0
    unchained: int = 0
    broken: list[str] = field(default_factory=list)
    digests: set[str] = field(default_factory=set)
    last: str = FIRST


def main(words: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run the command; answers the exit code.

    Raises:
        ConfigError: There is no log to read, or a filter can't be understood.
    """
    wanted = _parser().parse_args(words)
    file = Path(wanted.audit_log or environment.get("XO_MCP_AUDIT_LOG") or "")
    if not file.is_file():
        raise ConfigError("there is no audit log to read: name it with --audit-log or XO_MCP_AUDIT_LOG")
    return _verify(file, wanted.note) if wanted.what == "verify" else _show(file, wanted)


def lines_of(file: Path) -> Iterator[Line]:
    """Every line of a log, the oldest first.

    Raises:
        ConfigError: A file can't be read.
    """
    for path in [*reversed(predecessors(file)), file]:
        try:
            with open_regular(path) as opened:
                for number, raw in enumerate(opened, 1):
                    yield Line(f"{path.name}:{number}", raw.rstrip(b"\n"), content_of(raw))
        except OSError as error:
            raise ConfigError(f"{path} can't be read: {error.strerror}") from error


def followed(file: Path) -> Chain:
    """Follow the chain of a log. The first line may name one that was dropped since, with its file."""
    chain = Chain()
    for line in lines_of(file):
        before = line.content.get("prev")
        if before is None and line.content and chain.lines == chain.unchained:
            chain.unchained += 1
        elif not line.content:
            chain.broken.append(f"{line.where} can't be read; a crash may have cut it off")
        elif chain.lines and before != chain.last:
            chain.broken.append(f"{line.where} does not follow the line before it: one was changed, added or removed")
        chain.lines += 1
        chain.last = digest(line.raw)
        chain.digests.add(chain.last)
    return chain


def _verify(file: Path, note: str | None) -> int:
    chain = followed(file)
    if note and note not in chain.digests:
        chain.broken.append(
            f"no line has the digest {one_line(note, 80)}: lines were changed or removed since it was noted"
        )
    out = [f"{chain.lines} lines in {len(predecessors(file)) + 1} files."]
    if chain.unchained:
        out.append(f"The first {chain.unchained} were written by an older version, without a chain.")
    killed = _killed(file)
    if killed:
        out.append(f"{len(killed)} calls have no end, for their server was killed: {_calls(killed)}.")
    out += chain.broken[:MOST]
    if len(chain.broken) > MOST:
        out.append(f"{len(chain.broken) - MOST} more.")
    out.append("The chain is broken." if chain.broken else f"The chain holds. Its end: {chain.last}")
    sys.stdout.write("\n".join(out) + "\n")
    return BROKEN if chain.broken else 0


def _show(file: Path, wanted: argparse.Namespace) -> int:
    since = _moment(wanted.since) if wanted.since else ""
    for line in lines_of(file):
        if _is_wanted(line.content, wanted, since):
            shown = line.raw.decode("ascii", errors="replace") + "\n" if wanted.json else _in_words(line.content)
            sys.stdout.write(shown)
    for begun in _killed(file) if not wanted.json else ():
        unwritten = {**begun, "outcome": UNKNOWN, "reason": f"{KILLED} (the next start writes this)"}
        if _is_wanted(unwritten, wanted, since):
            sys.stdout.write(_in_words(unwritten))
    return 0


def _is_wanted(said: Mapping[str, Any], wanted: argparse.Namespace, since: str) -> bool:
    return (
        bool(said)
        and str(said.get("time", "")) >= since
        and (not wanted.tool or said.get("tool") == wanted.tool)
        and (not wanted.outcome or said.get("outcome") == wanted.outcome)
        and (not wanted.call or said.get("call") == wanted.call)
        and (not wanted.client or wanted.client in json.dumps(said.get("client", {})))
    )


def _killed(file: Path) -> list[Mapping[str, Any]]:
    """The begin of each call that has no end and whose process does not run any more.

    Raises:
        ConfigError: A file can't be read.
    """
    try:
        alive = running(file)  # asked first: who ends meanwhile has written its lines
        return [begun for begun in without_end(file) if begun.get("worker") not in alive]
    except OSError as error:
        raise ConfigError(f"{file} can't be read: {error.strerror}") from error


def _calls(begun: Sequence[Mapping[str, Any]]) -> str:
    named = ", ".join(one_line(f"{each.get('tool')} (call {each.get('call')})", 80) for each in begun[:MOST])
    return f"{named} and {len(begun) - MOST} more" if len(begun) > MOST else named


def _in_words(said: Mapping[str, Any]) -> str:
    client = said.get("client", {})
    who = client.get("token") or client.get("name") or "-" if isinstance(client, Mapping) else "-"
    shown = [
        str(said.get("time", "")), str(said.get("outcome", "")), str(said.get("tool") or said.get("attempts") or "-"),
        str(who), json.dumps(said.get("arguments", {})),
    ]  # fmt: skip
    shown += [f"{name}={said[name]}" for name in ("confirmation", "task", "reason") if said.get(name)]
    return one_line("  ".join(shown), 10_000) + "\n"


def _moment(text: str) -> str:
    """`2026-08-01`, `2026-08-01T10:00`, or `24h`, `30m`, `7d` ago, as lines have it."""
    unit = UNITS.get(text[-1:])
    if unit and text[:-1].isdecimal():
        moment = datetime.now(UTC) - timedelta(**{unit: int(text[:-1])})
    else:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise ConfigError("--since is a time such as 2026-08-01, 2026-08-01T10:00, or 24h, 30m, 7d ago") from None
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="xen-orchestra-mcp audit",
        description="Reads the audit log. Note the end that `verify` prints somewhere else now and then: with it, "
        "--note shows later whether lines were changed or cut off since.",
        allow_abbrev=False,
    )
    parser.add_argument("what", choices=("verify", "show"), help="check the chain of the lines, or print them")
    parser.add_argument("--audit-log", metavar="FILE", help="the log [XO_MCP_AUDIT_LOG]")
    parser.add_argument("--note", metavar="DIGEST", help="with verify: an end it printed before, which must be there")
    parser.add_argument("--tool", metavar="NAME", help="with show: lines of one tool")
    parser.add_argument("--outcome", metavar="WORD", help="with show: started, done, failed, refused, unknown, ...")
    parser.add_argument("--client", metavar="TEXT", help="with show: lines whose client holds this")
    parser.add_argument("--call", metavar="ID", help="with show: the lines of one call")
    parser.add_argument(
        "--since", metavar="TIME", help="with show: from a time on, such as 2026-08-01 or 24h (ago); UTC"
    )
    parser.add_argument("--json", action="store_true", help="with show: the lines as they are")
    return parser
