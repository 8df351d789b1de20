"""From starting the program to the list of tools, and the list again, against servers of the SDK with no work to do."""

import statistics
import time

from bench.figures import Figure
from bench.spoken import MANY_TOOLS, ONE_TOOL, OURS, script, speaking

GOAL = 1.08
LISTS = 30
"""Lists asked for after the first, in one process."""


def _started(command: tuple[str, ...]) -> float:
    """Seconds until `tools/list` was answered."""
    start = time.perf_counter()
    with speaking(command) as server:
        server.hello()
        server.ask("tools/list")
        return time.perf_counter() - start


def measure(rounds: int = 21) -> list[Figure]:
    """Medians over interleaved rounds."""
    with speaking(OURS) as server:
        server.hello()
        tools = len(server.ask("tools/list")["tools"])
    one, many = script(ONE_TOOL), script(MANY_TOOLS.format(count=tools))
    found: dict[tuple[str, ...], list[float]] = {one: [], many: [], OURS: []}
    for number in range(rounds + 1):
        order = list(found)
        for command in order if number % 2 else reversed(order):
            took = _started(command)
            if number:
                found[command].append(took)
    cold = {command: statistics.median(times) for command, times in found.items()}
    warm = _lists(many)
    name = f"a server of {tools} one-argument tools"
    return [
        Figure(
            what=f"cold start to the list of all {tools} tools", value=cold[OURS], base=cold[one],
            reference="a server of one tool", unit="s", most=GOAL,
        ),
        Figure(what="the same", value=cold[OURS], base=cold[many], reference=name, unit="s"),
        Figure(what="tools/list again", value=warm[0], base=warm[1], reference=name, unit="ms"),
    ]  # fmt: skip


def _lists(many: tuple[str, ...]) -> tuple[float, float]:
    """Median milliseconds of a list in our server and in one of as many small tools."""
    ours: list[float] = []
    theirs: list[float] = []
    with speaking(OURS) as server, speaking(many) as reference:
        server.hello()
        reference.hello()
        for _ in range(LISTS + 1):
            ours.append(server.seconds("tools/list") * 1000)
            theirs.append(reference.seconds("tools/list") * 1000)
    return statistics.median(ours[1:]), statistics.median(theirs[1:])
