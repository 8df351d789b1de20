"""What `xen-orchestra-mcp doctor` found, and how it is told."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Final, Literal

from xo_mcp.program.logs import REDACTOR
from xo_mcp.text import one_line

State = Literal["ok", "warn", "fail"]
WELL: Final = "Nothing to do: an MCP client can start this server."
LONGEST: Final = 600
"""Characters of a sentence."""


@dataclass(frozen=True)
class Finding:
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


def ok(check: str, text: str) -> Finding:
    """A check that found nothing wrong."""
    return Finding(check, "ok", text)


def warn(check: str, text: str, then: str) -> Finding:
    """Something to mend, with which the server works."""
    return Finding(check, "warn", text, then)


def fail(check: str, text: str, then: str) -> Finding:
    """Something that keeps the server from working."""
    return Finding(check, "fail", text, then)


def failed(findings: Sequence[Finding]) -> bool:
    """Whether the server can't work like this."""
    return any(finding.state == "fail" for finding in findings)


def next_step(findings: Sequence[Finding]) -> str:
    """The one thing to do first: what the first failure asks for, else the first warning."""
    for state in ("fail", "warn"):
        for finding in findings:
            if finding.state == state:
                return finding.next
    return WELL


def as_text(findings: Sequence[Finding]) -> str:
    """A line per check, then the next step."""
    width = max(len(finding.check) for finding in findings)
    lines = [f"{finding.state:4}  {finding.check:{width}}  {finding.text}" for finding in findings]
    return "\n".join([*lines, "", f"Next: {next_step(findings)}"]) + "\n"


def as_json(findings: Sequence[Finding]) -> str:
    """The same for programs: `{"ok", "next", "checks": [{check, state, text, next}]}`."""
    answer = {
        "ok": not failed(findings),
        "next": next_step(findings),
        "checks": [asdict(finding) for finding in findings],
    }
    return json.dumps(answer, indent=2) + "\n"
