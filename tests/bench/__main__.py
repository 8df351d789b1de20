"""`python -m bench` from tests/: print every measurement as a table."""

from rich.console import Console
from rich.table import Table

from bench import build


def main() -> None:
    """Measure and print."""
    table = Table("what", "value", "goal")
    figures = build.measure()
    for name in ("parse", "ruff", "build"):
        table.add_row(f"{name}, s", f"{figures[name]:.2f}", "")
    table.add_row("build / (parse + ruff)", f"{figures['ratio']:.2f}", f"at most {build.GOAL}")
    Console().print(table)


if __name__ == "__main__":
    main()
