"""`make conformance`: install the protocol's test tools, run them against the real server, write down what they say."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fake_xo import FakeXo, running_fake_xo
from listener import listening
from rich.console import Console

from conformance.checks import SCENARIOS, SESSIONS, Result, inspect, offered, play
from conformance.report import FILE, show, write
from conformance.toolbox import PINS, MissingToolError, Toolbox, install

SERVER = Path(sys.executable).with_name("xen-orchestra-mcp")
EVERYTHING = {"XO_MCP_TOOLSETS": "all", "XO_MCP_ENABLE_ACTIONS": "1", "XO_MCP_ALLOW_DENIED": "1"}
SURFACES = {
    "default": {},
    "every tool": EVERYTHING,
    "search": {**EVERYTHING, "XO_MCP_SURFACE": "search"},
}
"""What is offered -> the settings that offer it."""


def main() -> int:
    """Run everything; answers the exit code."""
    console = Console()
    if not SERVER.is_file():
        console.print("The server is not installed: run `make conformance` in the repository's top folder.")
        return 1
    try:
        toolbox = install()
    except MissingToolError as error:
        console.print(str(error), markup=False)
        return 1
    with running_fake_xo(vms=6) as fake:
        access = {"XO_URL": fake.url, "XO_TOKEN": fake.admin_token}
        schemas = [inspect(toolbox, SERVER, name, access | settings) for name, settings in SURFACES.items()]
        show(schemas, console)
        scenarios = [result for release in SCENARIOS for result in _release(toolbox, fake, release)]
        show(scenarios, console)
    FILE.write_text(write(PINS, schemas, scenarios))
    return int(any(result.failures for result in (*schemas, *scenarios)))


def _release(toolbox: Toolbox, fake: FakeXo, release: str) -> Iterator[Result]:
    known = offered(toolbox, release)
    with _serving(fake, sessions=release == SESSIONS) as url:
        for scenario in SCENARIOS[release]:
            if scenario in known:
                yield play(toolbox, url, release, scenario)
            else:
                yield Result(scenario, release, absent=True)


@contextmanager
def _serving(fake: FakeXo, *, sessions: bool) -> Iterator[str]:
    """Where the server listens; clients of the older releases get the sessions that some scenarios are about."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("XO_")}
    settings = {**kept, **EVERYTHING, "XO_URL": fake.url, "XO_TOKEN": fake.admin_token}
    more = ("--http-sessions",) if sessions else ()
    command = (str(SERVER), "--transport", "http", "--port", "0", "--rate-limit", "0", *more)
    with listening(command, settings) as served:
        yield served.url


if __name__ == "__main__":
    sys.exit(main())
