"""Every report where XO is older, or knows nothing of its pool."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from asked_reports import ask, rows
from fake_xo import FakeXo
from xo_mcp.errors import ArgumentError
from xo_mcp.inventory.reports import reports

pytestmark = pytest.mark.anyio
OLD = Path(__file__).resolve().parents[2] / "specs" / "xo-6.2.json"
GIVEN = {"by": "cpu", "vm": "web-prod-000", "host": "harbour-01", "sr": "Shared NFS", "text": "web", "span": "hour"}


@pytest.fixture(scope="module")
def old() -> Iterator[FakeXo]:
    with FakeXo(vms=20, lag=0, spec=OLD) as found:
        yield found


@pytest.fixture(scope="module")
def cut_off() -> Iterator[FakeXo]:
    with FakeXo(vms=20, lag=0, pool="disconnected") as found:
        yield found


@pytest.mark.parametrize("name", list(reports()))
async def test_an_older_xo_answers_it_or_is_named_as_what_lacks_it(old: FakeXo, name: str):
    try:
        shown = await ask(old, name, release="6.2", **GIVEN)
    except ArgumentError as error:
        assert "since" in str(error) or "has no" in str(error)  # noqa: PT017 - most reports answer
        return
    assert json.loads(shown.json)


async def test_what_an_older_xo_answers_is_right(old: FakeXo):
    host = old.xo.store.every("hosts")[0]
    vms = [vm for vm in old.xo.store.every("vms") if vm["$container"] == host["id"]]
    running = [vm for vm in vms if vm["power_state"] == "Running"]
    (row,) = rows(await ask(old, "check_host_failure", release="6.2", **GIVEN), "hosts")
    assert (row["id"], row["vms"]) == (host["id"], len(running))
    found = {each["id"] for each in rows(await ask(old, "find_object", release="6.2", **GIVEN), "objects")}
    assert {vm["id"] for vm in vms if "web" in vm["name_label"]} <= found


@pytest.mark.parametrize("name", ["check_health", "summarize_inventory", "review_storage", "find_orphaned_disks"])
async def test_nothing_known_of_a_pool_is_not_taken_for_nothing_there(cut_off: FakeXo, name: str):
    shown = await ask(cut_off, name, **GIVEN)
    assert "connected" in shown.text
    assert "web-prod" not in shown.text


async def test_a_pool_that_is_not_connected_is_a_critical_finding(cut_off: FakeXo):
    cut_off.change("servers", cut_off.xo.store.every("servers")[0]["id"], status="disconnected")
    found = {row["problem"]: row for row in rows(await ask(cut_off, "check_health", **GIVEN), "problems")}
    assert found["XO is not connected to a pool"]["severity"] == "critical"
