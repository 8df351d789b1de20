"""Every report over 20,000 VMs: whole counts, an answer of a screen, a refusal where XO would be asked too often."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from asked_reports import ask, rows
from fake_xo import FakeXo
from xo_mcp.errors import ArgumentError
from xo_mcp.inventory.reports import reports

pytestmark = pytest.mark.anyio
VMS = 20_000
GIVEN = {"by": "cpu", "span": "hour", "vm": "web-prod-000", "host": "harbour-01", "sr": "Shared NFS", "text": "web"}
PER_VM = "rank_vms"


@pytest.fixture(scope="module")
def huge() -> Iterator[FakeXo]:
    with FakeXo(vms=VMS, lag=0) as found:
        yield found


@pytest.mark.parametrize("name", [name for name in reports() if name != PER_VM])
async def test_each_answers_within_a_screen(huge: FakeXo, name: str):
    shown = await ask(huge, name, limit=5, **GIVEN)
    assert len(shown.text.encode()) <= 4_000
    assert json.loads(shown.json)


async def test_all_vms_are_counted(huge: FakeXo):
    data: Any = (await ask(huge, "find_unprotected_vms", limit=5, max_age_days=0)).data
    assert data["vms"]["count"] == VMS
    assert data["vms"]["not_shown"] == VMS - len(data["vms"]["rows"])


async def test_orphans_are_all_counted_and_summed_up(huge: FakeXo):
    store = huge.xo.store
    isos = {sr["id"] for sr in store.every("srs") if sr["content_type"] == "iso"}
    store.seed("vdis", [disk | {"$VBDs": []} for disk in store.every("vdis")[: VMS // 2 + 1000]])
    orphans = [disk for disk in store.every("vdis") if not disk["$VBDs"] and disk["$SR"] not in isos]
    data: Any = (await ask(huge, "find_orphaned_disks", limit=5)).data
    assert len(orphans) > 10_000
    assert data["disks"]["count"] == len(orphans)


async def test_the_summary_counts_every_state(huge: FakeXo):
    found = rows(await ask(huge, "summarize_inventory", limit=50), "vms")
    states = Counter(vm["power_state"] for vm in huge.xo.store.every("vms"))
    assert {row["state"]: row["vms"] for row in found} == states


async def test_what_costs_a_request_for_each_vm_names_what_narrows_it(huge: FakeXo):
    before = len(huge.requests)
    with pytest.raises(ArgumentError, match=r"`tag` or `host`") as refused:
        await ask(huge, PER_VM, by="cpu", span="hour")
    assert "SELECT" not in str(refused.value)
    assert not [seen for seen in huge.requests[before:] if "/vms/" in seen.path and seen.path.endswith("/stats")]
