import math
import os
import struct
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from presented import read_stats
from small_xo import error, small_xo
from xo_mcp.encoding import size
from xo_mcp.errors import ArgumentError, Invalid
from xo_mcp.reads.charts import LINES, PANELS, line_chart
from xo_mcp.reads.series import Series, grouped, series_of, summary, thinned, tidy

if TYPE_CHECKING:
    from matplotlib.figure import Figure

pytestmark = pytest.mark.anyio

VM = {
    "endTimestamp": 1795335900,
    "interval": 5,
    "stats": {
        "cpus": {"0": [10.0, 20.0, None, 30.0], "1": [40.470001101493835, 40.5, 40.5, 40.56999981403351]},
        "cpuUsage": [25.0, 25.0, 25.0, 25.0],
        "memory": [4294967296, 4294967296, 4294967296, 4294967296],
        "vifs": {"rx": {"0": [1000, 2000, 3000, 4000]}, "tx": {"0": [1, 2, 3, 4]}},
        "iops": {"r": {"a": [None, None, None, None]}},
    },
}
HOST = {
    "endTimestamp": 1795335900,
    "interval": 60,
    "stats": {
        "cpus": {str(core): [core, core + 1] for core in range(64)},
        "pifs": {"rx": {str(pif): [100, None] for pif in range(12)}},
        "load": [0.5, 0.6],
    },
}
ROUTE = "/vms/{id}/stats"


def png_size(picture: bytes) -> tuple[int, int]:
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", picture[16:24])
    return width, height


async def read(data: Any, route: str = ROUTE, **more: Any) -> Any:
    async with small_xo() as (xo, client):
        xo.on(f"GET {route}", data)
        return await read_stats(client, route, path={"id": "a"}, **more)


async def test_by_default_each_series_is_summarised_with_its_unit() -> None:
    answer = await read(VM, query={"granularity": "seconds"})
    assert answer.data == {
        "from": "2026-11-22T08:24:45Z",
        "to": "2026-11-22T08:25:00Z",
        "interval": 5,
        "series": {
            "cpus.0": {"min": 10, "avg": 20, "max": 30, "last": 30, "unit": "%", "missing": 1},
            "cpus.1": {"min": 40.47, "avg": 40.51, "max": 40.57, "last": 40.57, "unit": "%"},
            "cpuUsage": {"min": 25, "avg": 25, "max": 25, "last": 25, "unit": "%"},
            "memory": {"min": 4294967296, "avg": 4294967296, "max": 4294967296, "last": 4294967296, "unit": "B"},
            "vifs.rx.0": {"min": 1000, "avg": 2500, "max": 4000, "last": 4000, "unit": "B/s"},
            "vifs.tx.0": {"min": 1, "avg": 2.5, "max": 4, "last": 4, "unit": "B/s"},
            "iops.r.a": {"unit": "requests/s", "missing": "no data"},
        },
    }
    assert answer.images == ()


async def test_the_cores_of_a_large_host_are_put_together() -> None:
    answer = await read(HOST, "/hosts/{id}/stats")
    series = answer.data["series"]
    assert list(series) == ["cpus.*", "pifs.rx.*", "load"]
    assert series["cpus.*"] == {
        "min": 31.5,
        "avg": 32,
        "max": 32.5,
        "last": 32.5,
        "unit": "%",
        "members": 64,
        "members_are": "averaged",
    }
    assert series["pifs.rx.*"]["last"] == 1200
    assert series["pifs.rx.*"]["members_are"] == "added up"
    assert series["pifs.rx.*"]["missing"] == 1


async def test_series_are_answered_with_their_values_on_request() -> None:
    answer = await read(VM, series="cpus.0,vifs.rx", points=2)
    assert list(answer.data["series"]) == ["cpus.0", "vifs.rx.0"]
    rx = answer.data["series"]["vifs.rx.0"]
    assert rx["values"] == [1500, 3500]
    assert rx["step"] == 10
    assert rx["avg"] == 2500
    assert "at most 2 a series" in answer.notes[0]


async def test_all_values_come_when_they_are_few() -> None:
    answer = await read(VM, series="cpus.0")
    assert answer.data["series"]["cpus.0"]["values"] == [10, 20, None, 30]
    assert answer.data["series"]["cpus.0"]["step"] == 5
    assert answer.notes == ()


@pytest.mark.parametrize(
    ("series", "names"),
    [
        ("*", 7),
        ("cpus", 2),
        ("cpus.*", 2),
        ("*.rx.*, memory", 2),
        ("iops.r.a", 1),
    ],
)
async def test_series_are_named_whole_by_their_beginning_or_by_pattern(series: str, names: int) -> None:
    assert len((await read(VM, series=series)).data["series"]) == names


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"series": "cpu"}, "there is no `cpu`; did you mean .*`cpus`, `cpuUsage`, `memory`, `vifs`, `iops`"),
        ({"series": " , "}, "`series` names nothing"),
        ({"series": "x" * 9999}, "there is no `x{10}"),
        ({"points": 0}, "`points` must be a whole number from 1 to 2,000"),
        ({"points": True}, "`points` must be"),
    ],
)
async def test_arguments_that_mean_nothing_are_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=message) as caught:
        await read(VM, **arguments)
    assert len(str(caught.value)) < 500


async def test_points_alone_mean_every_series() -> None:
    assert len((await read(VM, points=4)).data["series"]) == 7


async def test_long_series_are_thinned_to_fit_before_any_is_left_out() -> None:
    long = {**HOST, "stats": {"cpus": {str(core): [50.25 + core] * 5000 for core in range(40)}}}
    answer = await read(long, series="*", points=2000, budget=20_000)
    assert len(answer.data["series"]) == 40
    assert size(answer.data) + size(list(answer.notes)) <= 20_000
    answer = await read(long, series="*", points=2000, budget=4_000)
    shown = len(answer.data["series"])
    assert 5 < shown < 40
    assert size(answer.data) + size(list(answer.notes)) <= 4_000
    assert f"`cpus.{shown}`" in answer.notes[-1]
    assert "truncated" not in answer.data


async def test_a_pool_is_reported_by_host_and_a_host_that_is_away_too() -> None:
    away = {"error": {"code": "HOST_OFFLINE", "params": ["OpaqueRef:9a9b0a02"], "call": {"params": ["x"]}}}
    answer = await read({"h1": HOST, "h2": away, "h3": "odd"}, "/pools/{id}/stats")
    hosts = answer.data["hosts"]
    assert list(hosts["h1"]["series"]) == ["cpus.*", "pifs.rx.*", "load"]
    assert hosts["h1"]["to"] == "2026-11-22T08:25:00Z"
    assert "HOST_OFFLINE" in hosts["h2"]["error"]
    assert "OpaqueRef" not in hosts["h2"]["error"]
    assert hosts["h3"] == {"error": "no statistics"}


async def test_series_of_a_pool_are_those_of_its_hosts() -> None:
    answer = await read({"h1": HOST, "h2": VM}, "/pools/{id}/stats", series="load,memory")
    assert list(answer.data["hosts"]["h1"]["series"]) == ["load"]
    assert list(answer.data["hosts"]["h2"]["series"]) == ["memory"]
    with pytest.raises(ArgumentError, match="there is no `nope`"):
        await read({"h1": HOST}, "/pools/{id}/stats", series="nope")


async def test_a_large_pool_stays_within_the_budget() -> None:
    pool = {f"{index:08d}-0000-4000-8000-000000000000": HOST for index in range(64)}
    answer = await read(pool, "/pools/{id}/stats")
    assert len(answer.data["hosts"]) > 10
    assert size(answer.data) + size(list(answer.notes)) <= 20_000


@pytest.mark.breaks_contract("an unknown granularity is refused for another reason than the VM's state")
async def test_a_halted_vm_is_explained_without_its_raw_record() -> None:
    async with small_xo() as (xo, client):
        xo.on(f"GET {ROUTE}", error(422, "VM is halted or host could not be found.", data={"raw": "x" * 5000}))
        xo.on("GET /vms/{id}", {"id": "a", "name_label": "web", "power_state": "Halted"})
        with pytest.raises(Invalid) as caught:
            await read_stats(client, ROUTE, path={"id": "a"})
        assert str(caught.value).startswith("VM `web` is Halted: XO has statistics of running VMs only. start_vm")
        assert len(str(caught.value)) < 300
        xo.on("GET /vms/{id}", {"id": "a", "power_state": "Running"})
        with pytest.raises(Invalid) as other:
            await read_stats(client, ROUTE, path={"id": "a"}, query={"granularity": "ages"})
        assert "running VMs only" not in str(other.value)


async def test_no_values_yet_is_said() -> None:
    answer = await read({"endTimestamp": 1795335900, "interval": 5, "stats": {}})
    assert answer.data["series"] == {}
    assert "no values yet" in answer.notes[0]


async def test_an_answer_of_another_form_is_handed_on() -> None:
    assert (await read(["odd"])).data == {"items": ["odd"], "count": 1}


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


@pytest.mark.parametrize(
    ("values", "points", "thin", "step"),
    [
        ([1, 2, 3, 4], 2, [1.5, 3.5], 2),
        ([1, 2, 3, 4, 5], 2, [1.5, 4], 3),
        ([1, 2, 3], 10, [1, 2, 3], 1),
        ([None, None, 3, 5], 2, [None, 4], 2),
        ([], 5, [], 1),
    ],
)
def test_neighbours_are_averaged_and_the_newest_are_whole(values: list[Any], points: int, thin: Any, step: int) -> None:
    assert thinned(values, points) == (thin, step)


def test_groups_of_unequal_length_are_aligned_at_their_end() -> None:
    (together,) = grouped([Series("cpus.0", [1.0, 3.0]), Series("cpus.1", [5.0])], 1)
    assert together == Series("cpus.*", [1.0, 4.0], 2)


def test_values_lose_the_digits_nobody_measured() -> None:
    assert [tidy(value) for value in (0.06840000301599503, 21.199999749660492, 2137638.75, 0.0, None)] == [
        0.0684,
        21.2,
        2137639,
        0,
        None,
    ]


NUMBER = st.none() | st.floats() | st.integers() | st.booleans() | st.text(max_size=3)
STATS = st.recursive(
    st.lists(NUMBER, max_size=20), lambda inner: st.dictionaries(st.text(max_size=6), inner, max_size=4), max_leaves=12
)


@given(STATS, st.integers(1, 30))
def test_no_statistics_break_the_summary(stats: Any, points: int) -> None:
    series = series_of(stats)
    for each in [*series, *grouped(series, 2)]:
        reported = summary(each)
        if "avg" in reported:
            assert reported["min"] <= reported["max"]
        values, _ = thinned(each.values, points)
        assert len(values) <= points
        assert all(value is None or math.isfinite(value) for value in values)
