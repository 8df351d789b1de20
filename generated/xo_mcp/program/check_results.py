"""What `xen-orchestra-mcp doctor` found, and how it is reported."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Final, Literal

from xo_mcp.logs import REDACTOR
from xo_mcp.text import one_line

State = Literal["ok", "warn", "fail"]
WELL: Final = "Nothing to do: an MCP client can start this server."
PRIVILEGES: Final = "privileges"
NEXT: Final = "Next: "
LONGEST: Final = 600
"""Characters of a sentence."""


@dataclass(frozen=True)
class CheckResult:
    """The result of one check.

    Attributes:
        check: What was looked at, in a word or two.
        state: `fail` keeps the server from working, `warn` from working well or safely.
        text: What was found.
        next: The one thing to do about it; empty when it is well.
    """

    check: str
    state: State
    text: str
    next: str = ""

    def __post_init__(self) -> None:
        for name in ("text", "next"):
            object.__setattr__(self, name, one_line(REDACTOR.redact(getattr(self, name)), LONGEST))


def ok(check: str, text: str) -> CheckResult:
    """A check that found nothing wrong."""
    return CheckResult(check, "ok", text)


def warn(check: str, text: str, then: str) -> CheckResult:
    """Something to mend, with which the server works."""
    return CheckResult(check, "warn", text, then)


def fail(check: str, text: str, then: str) -> CheckResult:
    """Something that keeps the server from working."""
    return CheckResult(check, "fail", text, then)


def failed(results: Sequence[CheckResult]) -> bool:
    """Whether the server can't work like this."""
    return any(result.state == "fail" for result in results)


def next_steps(results: Sequence[CheckResult]) -> list[str]:
    """What to do: what the failures ask for, else the warnings, those first that decide what the server is good for."""
    for state in ("fail", "warn"):
        found = [result for result in results if result.state == state]
        found.sort(key=lambda result: result.check.rpartition(": ")[2] != PRIVILEGES)
        if found:
            return list(dict.fromkeys(result.next for result in found))
    return [WELL]


def as_text(results: Sequence[CheckResult]) -> str:
    """A line per check, then the next steps."""
    width = max(len(result.check) for result in results)
    lines = [f"{result.state:4}  {result.check:{width}}  {result.text}" for result in results]
    steps = f"\n{' ' * len(NEXT)}".join(next_steps(results))
    return "\n".join([*lines, "", f"{NEXT}{steps}"]) + "\n"


def as_json(results: Sequence[CheckResult]) -> str:
    """The same for programs: `{"ok", "next", "checks": [{check, state, text, next}]}`."""
    answer = {
        "ok": not failed(results),
        "next": " ".join(next_steps(results)),
        "checks": [asdict(result) for result in results],
    }
    return json.dumps(answer, indent=2) + "\n"
