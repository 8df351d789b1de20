"""What the tools find wrong with the server."""

import json
import re
import tempfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conformance.toolbox import Toolbox

ANY = (
    "tools-list",
    "resources-list",
    "prompts-list",
    "dns-rebinding-protection",
    "server-sse-multiple-streams",
)
STATELESS = "2026-07-28"
SESSIONS = "2025-11-25"
SCENARIOS = {
    STATELESS: (
        *ANY,
        "server-stateless",
        "sep-2164-resource-not-found",
        "caching",
        "http-header-validation",
        "input-required-result-missing-input-response",
        "input-required-result-unsupported-methods",
        "input-required-result-ignore-extra-params",
        "input-required-result-validate-input",
    ),
    SESSIONS: (*ANY, "server-initialize", "ping", "server-session-lifecycle"),
}
"""Release of the protocol -> the scenarios that need none of the tools that the suite's own sample server has."""
ABSENT = "not in this release of the tool"


@dataclass(frozen=True)
class Result:
    """What a tool says.

    Attributes:
        what: The scenario, or the surface whose schemas were looked at.
        release: Of the protocol; empty where it does not matter.
        passed: Number of checks.
        failures: What failed, by the tool's own name for it.
        warnings: What it would like better, likewise.
        untestable: What needs a sample tool that only the suite's own server has.
        absent: The tool knows no such scenario.
    """

    what: str
    release: str = ""
    passed: int = 0
    failures: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    untestable: tuple[str, ...] = ()
    absent: bool = False

    @property
    def verdict(self) -> str:
        """In a word or two."""
        return ABSENT if self.absent else "fail" if self.failures else "pass"


def offered(toolbox: Toolbox, release: str) -> set[str]:
    """The scenarios for servers that the installed suite has for a release of the protocol."""
    listed = toolbox.run("conformance", "list", "--server", "--spec-version", release).stdout
    return set(re.findall(r"^\s+- (\S+)", listed, re.MULTILINE))


def play(toolbox: Toolbox, url: str, release: str, scenario: str) -> Result:
    """Play one scenario against a server that listens."""
    with tempfile.TemporaryDirectory() as folder:
        arguments = ("server", "--url", url, "--scenario", scenario, "--spec-version", release, "-o", folder)
        done = toolbox.run("conformance", *arguments)
        files = list(Path(folder).glob("*/checks.json"))
        checks = json.loads(files[0].read_text()) if files else []
    return judged(scenario, release, checks, complaint="" if checks else done.stderr[-300:] or "no checks")


def judged(scenario: str, release: str, checks: list[Mapping[str, Any]], complaint: str = "") -> Result:
    """Sum the checks of a scenario up; one that was checked several times is named once."""
    found: dict[str, Counter[str]] = {}
    for check in checks:
        needs_sample = check["status"] == "FAILURE" and (check.get("details") or {}).get("untestable") is True
        status = "UNTESTABLE" if needs_sample else check["status"]
        found.setdefault(status, Counter())[check["id"]] += 1
    failures = sorted(found.get("FAILURE", ())) + ([complaint] if complaint else [])
    return Result(
        scenario,
        release,
        passed=found.get("SUCCESS", Counter()).total(),
        failures=tuple(failures),
        warnings=tuple(sorted(found.get("WARNING", ()))),
        untestable=tuple(sorted(found.get("UNTESTABLE", ()))),
    )


def inspect(toolbox: Toolbox, program: Path, surface: str, settings: Mapping[str, str]) -> Result:
    """Have the inspector read the schemas of every listed tool, over stdio; what it warns about fails too."""
    with tempfile.TemporaryDirectory() as folder:
        given = [part for name, value in settings.items() for part in ("-e", f"{name}={value}")]
        arguments = ("--method", "tools/list", "--format", "json", "-q", "--strict")
        catalog = str(Path(folder) / "mcp.json")
        done = toolbox.run("mcp-inspector", "--cli", str(program), *given, *arguments, MCP_CATALOG_PATH=catalog)
    return linted(surface, done.stdout, done.stderr)


def linted(surface: str, listed: str, complaints: str) -> Result:
    """Sum up what the inspector wrote: the tools to standard output, and complaints of three lines to the other."""
    pattern = r'^(?:Warning|Error): tool "(\S+)"\n\s+Path: (\S+)'
    failures = [f"{tool}: {path}" for tool, path in re.findall(pattern, complaints, re.MULTILINE)]
    try:
        tools = len(json.loads(listed)["result"]["tools"])
    except (ValueError, KeyError):
        return Result(surface, failures=(complaints[-300:] or "no tools",))
    counted = re.search(r"(\d+) errors?, (\d+) warnings?", complaints)
    if counted and not failures:
        failures = [counted[0]]
    return Result(surface, passed=tools, failures=tuple(failures))
