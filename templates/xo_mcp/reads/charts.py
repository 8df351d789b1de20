"""Draws statistics as a PNG, with matplotlib: an optional extra, imported only when a chart is asked for."""

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib import import_module
from io import BytesIO
from threading import Lock
from typing import Final

from xo_mcp.errors import ArgumentError
from xo_mcp.reads.series import Series, thinned
from xo_mcp.text import one_line
from xo_mcp.units import binary_unit

PANELS: Final = 6
"""Units that get a panel of their own, one below the other."""
LINES: Final = 12
"""Lines of one panel."""
_WIDTH: Final = 1_000  # values of one line: as many as there are pixels
_LATEST: Final = 4_000_000_000.0  # seconds since 1970: the year 2096
_WIDEST: Final = 30 * 86_400.0  # seconds between two values
_ONE_AT_A_TIME: Final = Lock()  # matplotlib shares fonts and settings between threads
MISSING: Final = (
    "Charts need matplotlib, which is not installed with this server. Its operator can add it with "
    "`pip install 'xen-orchestra-mcp[charts]'`. Until then leave `chart` out: the figures come without it."
)


def line_chart(series: Sequence[Series], *, end: float, interval: float, title: str = "") -> tuple[bytes, list[str]]:
    """Draw series over time, one panel per unit.

    The same input gives the same bytes with the same matplotlib.

    Args:
        series: What to draw; all end at the same instant.
        end: Instant of the last values, seconds since 1970.
        interval: Seconds between two values.
        title: Above the chart.

    Returns:
        A PNG, and the names of the series that did not fit into it.

    Raises:
        ArgumentError: matplotlib is not installed.
    """
    try:
        import_module("matplotlib.figure")
    except ImportError as error:
        raise ArgumentError(MISSING) from error
    panels, left_out = _panels(series)
    with _ONE_AT_A_TIME:
        return _draw(panels, min(max(end, 0.0), _LATEST), min(max(interval, 0.0), _WIDEST), title), left_out


def _draw(panels: Mapping[str, Sequence[Series]], end: float, interval: float, title: str) -> bytes:
    dates, agg, drawing = map(
        import_module, ("matplotlib.dates", "matplotlib.backends.backend_agg", "matplotlib.figure")
    )
    figure = drawing.Figure(figsize=(10, 1 + 2.6 * max(len(panels), 1)), dpi=100, layout="constrained")
    figure.suptitle(one_line(title, 100), parse_math=False)
    axes = figure.subplots(max(len(panels), 1), 1, sharex=True, squeeze=False)[:, 0]
    for axis, (unit, lines) in zip(axes, panels.items(), strict=False):
        label, each = _scale(unit, lines)
        for line in lines:
            moments, values = _points(line, end, interval)
            axis.plot(moments, [value / each for value in values], linewidth=1.2, label=_label(line.name))
        axis.set_ylabel(label, parse_math=False)
        axis.yaxis.get_major_formatter().set_useOffset(False)
        axis.grid(visible=True, alpha=0.3)
        axis.margins(x=0)
        legend = axis.legend(loc="upper left", fontsize="x-small", ncols=max(1, len(lines) // 4))
        for text in legend.get_texts():
            text.set_parse_math(False)
    locator = dates.AutoDateLocator(tz=UTC)
    axes[-1].xaxis.set_major_locator(locator)
    axes[-1].xaxis.set_major_formatter(dates.ConciseDateFormatter(locator, tz=UTC))
    axes[-1].set_xlabel("UTC")
    buffer = BytesIO()
    # No version and no date in the file.
    agg.FigureCanvasAgg(figure).print_png(buffer, metadata={"Software": None})
    return buffer.getvalue()


def _scale(unit: str, lines: Sequence[Series]) -> tuple[str, int]:
    """What an axis is labelled with, and by what its values are divided: bytes are read as KiB to PiB."""
    if unit not in {"B", "B/s"}:
        return unit or "value", 1
    largest = max(abs(value) for line in lines for value in line.values if value is not None)
    name, each = binary_unit(largest)
    return unit.replace("B", name, 1), each


def _points(line: Series, end: float, interval: float) -> tuple[list[datetime], list[float]]:
    """Return the instants and values of a line; more than a picture can show are averaged."""
    values, step = thinned(line.values, _WIDTH)
    moments = [datetime.fromtimestamp(end - interval * step * back, UTC) for back in range(len(values) - 1, -1, -1)]
    return moments, [math.nan if value is None else value for value in values]


def _label(name: str) -> str:
    # matplotlib leaves labels out that begin with an underscore.
    return one_line(name, 40).lstrip("_") or "?"


def _panels(series: Sequence[Series]) -> tuple[dict[str, list[Series]], list[str]]:
    panels: dict[str, list[Series]] = {}
    left_out: list[str] = []
    for each in series:
        lines = panels.get(each.unit, [])
        has_place = len(lines) < LINES and (bool(lines) or len(panels) < PANELS)
        if has_place and any(value is not None for value in each.values):
            panels[each.unit] = [*lines, each]
        else:
            left_out.append(each.name)
    return panels, left_out
