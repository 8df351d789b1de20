"""Charts of statistics: what is drawn, in which units, and without matplotlib."""

import os
import struct
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from presented import read_stats
from small_xo import small_xo
from xo_mcp.errors import ArgumentError
from xo_mcp.reads.charts import LINES, PANELS, line_chart
from xo_mcp.reads.series import Series

if TYPE_CHECKING:
    from matplotlib.figure import Figure

pytestmark = pytest.mark.anyio

VM = {
    "endTimestamp": 1795335900,
    "interval": 5,
    "stats": {
        "cpus": {"0": [10.0, 20.0, None, 30.0]},
        "memory": [4294967296, 4294967296, 4294967296, 4294967296],
        "iops": {"r": {"a": [None, None, None, None]}},
    },
}
HOST = {"endTimestamp": 1795335900, "interval": 60, "stats": {"load": [0.5, 0.6]}}
ROUTE = "/vms/{id}/stats"


def png_size(picture: bytes) -> tuple[int, int]:
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", picture[16:24])
    return width, height


async def read(data: Any, route: str = ROUTE, **more: Any) -> Any:
    async with small_xo() as (xo, client):
        xo.on(f"GET {route}", data)
        return await read_stats(client, route, path={"id": "a"}, **more)


async def test_a_chart_is_a_png_and_the_same_each_time() -> None:
    first = await read(VM, chart=True)
    second = await read(VM, chart=True)
    (picture,) = first.images
    assert picture.media_type == "image/png"
    assert png_size(picture.data)[0] == 1000
    assert picture.data == second.images[0].data
    assert first.data["series"]
    assert "`iops.r.a`" in first.notes[0]


async def test_a_pool_is_drawn_with_a_line_per_host() -> None:
    answer = await read({"h1": HOST, "h2": {**HOST, "endTimestamp": 0}}, "/pools/{id}/stats", series="load", chart=True)
    assert png_size(answer.images[0].data)[0] == 1000


def test_a_chart_has_room_for_so_many_lines_and_says_which_it_left_out() -> None:
    series = [Series(f"cpus.{index}", [1.0, None, 2.0]) for index in range(LINES + 2)]
    series += [Series(name, [1.0]) for name in ("memory", "load", "vifs.rx.0", "iops.r.a", "latency.r.a", "iowait.a")]
    picture, left_out = line_chart(series, end=1795335900, interval=5, title="t\u202e $x$ web")
    assert left_out == [f"cpus.{LINES}", f"cpus.{LINES + 1}", "iowait.a"]
    assert len({each.unit for each in series}) == PANELS + 1
    assert png_size(picture)[1] > 1000


@pytest.mark.parametrize("name", ["$\\frac{", "_hidden", "\u202e", ""])
def test_a_hostile_name_is_drawn_as_text(name: str) -> None:
    picture, left_out = line_chart([Series(name, [1.0, 2.0])], end=0, interval=0, title=name)
    assert left_out == []
    assert png_size(picture)


@pytest.mark.parametrize(("end", "interval"), [(1e18, 1e18), (-1e18, -5), (0, 1e9)])
def test_times_beyond_the_calendar_are_drawn_anyhow(end: float, interval: float) -> None:
    picture, _ = line_chart([Series("load", [1.0] * 5_000)], end=end, interval=interval)
    assert png_size(picture)


@pytest.mark.parametrize(
    ("name", "values", "label", "ticks"),
    [
        ("memory", [8.5e9, None, 17.2e9], "GiB", (7, 17)),
        ("vifs.rx.0", [3_000_000, 4_500_000], "MiB/s", (2, 5)),
        ("vifs.tx.0", [0, 12], "B/s", (0, 13)),
        ("cpus.0", [12.5, 99.0], "%", (10, 100)),
        ("unheard-of", [1e9, 2e9], "value", (0.9e9, 2.1e9)),
    ],
)
def test_an_axis_is_read_in_units_of_its_size(
    monkeypatch: pytest.MonkeyPatch, name: str, values: list[float | None], label: str, ticks: tuple[float, float]
) -> None:
    drawn: list[Figure] = []
    monkeypatch.setattr(
        "matplotlib.figure.Figure.suptitle", lambda figure, *_, **__: drawn.append(figure), raising=True
    )
    line_chart([Series(name, values)], end=1795335900, interval=5)
    (axis,) = drawn[0].axes
    assert axis.get_ylabel() == label
    assert ticks[0] <= axis.dataLim.y0 <= axis.dataLim.y1 <= ticks[1]


def test_a_chart_of_nothing_is_still_a_picture() -> None:
    picture, left_out = line_chart([], end=1795335900, interval=5)
    assert png_size(picture)
    assert left_out == []


async def test_without_matplotlib_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [each for each in sys.modules if each.split(".")[0] == "matplotlib"]:
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ArgumentError, match=r"pip install 'xen-orchestra-mcp\[charts\]'"):
        await read(VM, chart=True)
    assert (await read(VM)).data["series"]


def test_matplotlib_is_not_imported_before_a_chart_is_asked_for() -> None:
    code = "import sys, xo_mcp.reads.stats; print('matplotlib' in sys.modules)"
    folders = os.pathsep.join(sys.path)
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": folders},
    )
    assert done.stdout == "False\n"
