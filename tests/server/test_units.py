import pytest
from hypothesis import given
from hypothesis import strategies as st
from xo_mcp.privacy.sanitizing import sanitized
from xo_mcp.units import iso, readable, readable_size


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (1794134068, "s", "2026-11-08T10:34:28Z"),
        (1795335762669, "ms", "2026-11-22T08:22:42Z"),
        (1795335755, "either", "2026-11-22T08:22:35Z"),
        (1795332155000, "either", "2026-11-22T07:22:35Z"),
        (1795332155000, "s", "2026-11-22T07:22:35Z"),
        (1795332155, "ms", "2026-11-22T07:22:35Z"),
        (1750852800.5, "s", "2025-06-25T12:00:00Z"),
        (0, "s", None),
        (-1, "ms", None),
        (True, "s", None),
        (None, "s", None),
        ("2024-12-18T15:08:43.142Z", "either", None),
        (10**400, "s", None),
        (float("nan"), "s", None),
    ],
)
def test_an_instant_is_reported_in_utc_whatever_unit_xo_took(value: object, unit: str, expected: str | None) -> None:
    assert iso(value, unit) == expected  # type: ignore[arg-type]


def test_times_stand_beside_xo_numbers_at_any_depth() -> None:
    task = {"id": "t", "start": 1795335762669, "end": None, "tasks": [{"start": 1795335762832}], "startDelay": 30}
    assert sanitized(task) == {
        "id": "t",
        "start": 1795335762669,
        "start_iso": "2026-11-22T08:22:42Z",
        "end": None,
        "tasks": [{"start": 1795335762832, "start_iso": "2026-11-22T08:22:42Z"}],
        "startDelay": 30,
    }


@pytest.mark.parametrize(
    ("record", "field", "expected"),
    [
        ({"time": 1795335755}, "time", "2026-11-22T08:22:35Z"),  # a message
        ({"time": 1795332155000}, "time", "2026-11-22T07:22:35Z"),  # an alarm
        ({"license_expiry": 2208988800}, "license_expiry", "2040-01-01T00:00:00Z"),
        ({"snapshot_time": 1795249355}, "snapshot_time", "2026-11-21T08:22:35Z"),
        ({"created_at": 1795335762432}, "created_at", "2026-11-22T08:22:42Z"),
        ({"timestamp": 1760955186850}, "timestamp", "2025-10-20T10:13:06Z"),
    ],
)
def test_the_units_of_recorded_answers_are_known(record: dict[str, object], field: str, expected: str) -> None:
    assert sanitized(record)[f"{field}_iso"] == expected  # type: ignore[arg-type,call-overload,index]


def test_a_property_of_xo_is_never_overwritten() -> None:
    assert sanitized({"time": 1795335755, "time_iso": "theirs"}) == {"time": 1795335755, "time_iso": "theirs"}


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1 KiB"),
        (4294967296, "4 GiB"),
        (1649267441664, "1.5 TiB"),
        (2**60, "1024 PiB"),
    ],
)
def test_sizes_read_in_binary_units(size: int, expected: str) -> None:
    assert readable_size(size) == expected


def test_readable_replaces_sizes_and_times_and_leaves_counts() -> None:
    vm = {"memory": {"dynamic": [1024, 2048], "size": 4294967296}, "startTime": 1794134068, "CPUs": {"max": 2}}
    assert readable(vm) == {
        "memory": {"dynamic": ["1 KiB", "2 KiB"], "size": "4 GiB"},
        "startTime": "2026-11-08T10:34:28Z",
        "CPUs": {"max": 2},
    }
    assert readable({"total": 61, "running": 37}) == {"total": 61, "running": 37}
    assert readable({"total": 2048, "used": 1024}) == {"total": "2 KiB", "used": "1 KiB"}
    assert readable([{"size": 1024}, {"size": True}, {"size": 10**400}]) == [
        {"size": "1 KiB"},
        {"size": True},
        {"size": 10**400},
    ]


@given(
    st.dictionaries(
        st.sampled_from(["time", "start", "startTime", "size", "x"]), st.integers() | st.floats() | st.text()
    )
)
def test_no_number_breaks_the_answer(record: dict[str, object]) -> None:
    expected = sanitized(record)  # type: ignore[arg-type]
    assert isinstance(expected, dict)
    assert {name: expected[name] for name in record}.keys() == record.keys()
    readable(record)  # type: ignore[arg-type]
