"""Statistics: summarised, thinned, put together, within the budget."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from presented import read_stats
from small_xo import error, small_xo
from xo_mcp.encoding import size
from xo_mcp.errors import ArgumentError, Invalid
from xo_mcp.reads.series import Series, grouped, series_of, summary, thinned, tidy

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


def test_values_lose_meaningless_digits() -> None:
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
