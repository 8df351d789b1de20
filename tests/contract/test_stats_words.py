"""Statistics over exactly the span that was asked for, on both surfaces."""

from collections.abc import Iterator

import pytest
from fake_xo import running_fake_xo
from surfaces import SURFACES, Surfaces, notes_of, surfaces


@pytest.fixture(scope="module")
def both() -> Iterator[Surfaces]:
    with running_fake_xo(vms=3, lag=0) as fake, surfaces(fake) as found:
        yield found


SPANS = [
    ("5m", "seconds", 60),
    ("10 min", "seconds", 120),
    ("90 seconds", "seconds", 18),
    ("2h", "minutes", 120),
    ("1.5 h", "minutes", 90),
    ("24h", "hours", 24),
    ("7 days", "hours", 168),
    ("30d", "days", 30),
    ("2 weeks", "days", 14),
]


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize(("last", "granularity", "count"), SPANS)
def test_a_span_is_summarized_exactly(both: Surfaces, surface: str, last: str, granularity: str, count: int) -> None:
    vm = both.fake.find("vms", power_state="Running")["id"]
    shown = both.answer(surface, "get_vm_stats", {"id": vm, "last": last})
    with both.fake.client() as client:
        raw = client.get(f"/vms/{vm}/stats", params={"granularity": granularity}).json()
    values = [value for value in raw["stats"]["cpuUsage"][-count:] if value is not None]
    expected = shown["series"]["cpuUsage"]
    assert shown["interval"] == raw["interval"]
    assert (expected["min"], expected["max"]) == pytest.approx((min(values), max(values)), rel=1e-3)
    assert expected["avg"] == pytest.approx(sum(values) / len(values), rel=1e-3)


@pytest.mark.parametrize("surface", SURFACES)
def test_values_and_hosts_of_a_pool_keep_to_the_span(both: Surfaces, surface: str) -> None:
    vm = both.fake.find("vms", power_state="Running")["id"]
    shown = both.answer(surface, "get_vm_stats", {"id": vm, "last": "12h", "series": "cpuUsage"})
    assert len(shown["series"]["cpuUsage"]["values"]) == 12
    pool = both.answer(surface, "get_pool_stats", {"id": both.fake.find("pools")["id"], "last": "12h"})
    assert {host["interval"] for host in pool["hosts"].values() if "interval" in host} == {3600}
    longer = both.answer(surface, "get_vm_stats", {"id": vm, "last": "365d"})
    assert "missing" in longer["series"]["cpuUsage"] or notes_of(longer)


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"last": "yesterday"}, "must be a span like `30m`, `24h` or `7d`, not `yesterday`"),
        ({"last": "0h"}, "must be a span"),
        ({"last": "24h", "granularity": "minutes"}, "In minutes, XO keeps 2 h, and `last` is longer"),
        ({"last": "3000d"}, "XO keeps statistics for 365 d at most"),
    ],
)
def test_invalid_spans_are_reported(both: Surfaces, surface: str, arguments: dict[str, object], expected: str) -> None:
    vm = both.fake.find("vms", power_state="Running")["id"]
    assert expected in both.refusal(surface, "get_vm_stats", {"id": vm, **arguments})
