"""What can be measured, by name."""

from collections.abc import Callable

from bench import build, calls, export, imports, inventory, many, memory, start
from bench.figures import Figure


def exports() -> list[Figure]:
    """An export of 1 GiB over loopback against curl."""
    found = export.measure()
    return [
        Figure(
            what="export of 1 GiB, SHA-256 included", value=found["export MiB/s"], base=found["curl MiB/s"],
            reference="curl -o", unit="MiB/s", least=export.GOAL_RATIO,
        ),
        Figure(
            what="the same", value=found["export MiB/s"], base=found["curl and SHA-256 MiB/s"],
            reference="curl -o, then the SHA-256 of the file", unit="MiB/s",
        ),
        Figure(
            what="processor time of that export", value=found["export CPU s"], base=found["curl CPU s"],
            reference="curl -o", unit="s",
        ),
        Figure(
            what="peak memory of that export", value=found["memory growth MiB"], base=0, reference="before it",
            unit="MiB", most=export.GOAL_MIB, added=True,
        ),
    ]  # fmt: skip


MEASUREMENTS: dict[str, Callable[[], list[Figure]]] = {
    "build": build.measure,
    "start": start.measure,
    "calls": calls.measure,
    "export": exports,
    "import": imports.measure,
    "inventory": inventory.measure,
    "many": many.measure,
    "memory": memory.measure,
}
