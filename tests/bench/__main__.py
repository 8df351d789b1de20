"""`make bench`: every measurement as a table, each against a reference in the same run."""

import json
import logging
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench import build, calls, export, start

SAVED = Path(__file__).with_name("latest.json")


def main() -> None:
    """Measure, print and save."""
    logging.disable(logging.INFO)
    figures = {"build": build.measure(), "start": start.measure(), "calls": calls.measure(), "export": export.measure()}
    one = figures["calls"]
    goals = {
        ("build", "ratio"): f"at most {build.GOAL}",
        ("start", "ratio"): f"at most {start.GOAL}",
        ("calls", "get_vm"): f"at most {one['get_vm bare'] + calls.GOAL_MS:.1f}",
        ("export", "export / curl"): f"at least {export.GOAL_RATIO}",
        ("export", "memory growth MiB"): f"at most {export.GOAL_MIB}",
    }
    table = Table("measurement", "figure", "value", "goal")
    for name, values in figures.items():
        for figure, value in values.items():
            table.add_row(name, figure, f"{value:.2f}", goals.get((name, figure), ""))
    Console().print(table)
    SAVED.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
