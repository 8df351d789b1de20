"""One measured figure against its reference, and what it should be."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A measurement.

    Attributes:
        what: Was measured.
        value: Of ours.
        base: Of the reference, measured in the same run.
        reference: What that is.
        unit: Of both.
        most: The largest ratio (or `added`) that is good.
        least: The smallest ratio that is good.
        added: The goal is about the difference, not the ratio.
    """

    what: str
    value: float
    base: float
    reference: str
    unit: str
    most: float | None = None
    least: float | None = None
    added: bool = False

    @property
    def compared(self) -> float:
        """Ours against the reference."""
        return self.value - self.base if self.added else self.value / self.base

    @property
    def goal(self) -> str:
        """In words, empty where there is none."""
        unit = f" {self.unit} more" if self.added else ""
        if self.most is not None:
            return f"at most {self.most:g}{unit}"
        return f"at least {self.least:g}{unit}" if self.least is not None else ""

    @property
    def met(self) -> bool:
        """Whether it is as it should be."""
        above = self.most is not None and self.compared > self.most
        return not above and not (self.least is not None and self.compared < self.least)

    @property
    def row(self) -> tuple[str, ...]:
        """The cells of a table."""
        compared = f"+{self.compared:.1f} {self.unit}" if self.added else f"{self.compared:.2f}"
        reference = f"{self.reference}: {_shown(self.base, self.unit)}" if self.base else self.reference
        verdict = "" if not self.goal else self.goal if self.met else f"{self.goal}: MISSED"
        return (self.what, _shown(self.value, self.unit), reference, compared, verdict)


COLUMNS = ("measured", "ours", "reference", "ratio", "goal")


def _shown(value: float, unit: str) -> str:
    return f"{value:,.0f} {unit}" if value >= 100 else f"{value:,.1f} {unit}" if value >= 10 else f"{value:.2f} {unit}"
