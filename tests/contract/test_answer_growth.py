"""How much longer answers became by the names beside ids: what was spent on names was saved on columns nobody needs."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from desk import ENTRIES, text_of
from fake_xo import running_fake_xo
from surfaces import SURFACES, Surfaces, surfaces
from xo_mcp.decisions import CONVENTIONS
from xo_mcp.reads import markdown, naming

MOST = 1.05
"""No answer is longer than this much of what it was before there were names in it."""
BEFORE = {
    "list_alarms": "body,object,time",
    "list_host_alarms": "body,object,time",
    "list_messages": "name,body,time,$object",
    "list_vbds": "VM,VDI,position,device,attached,bootable,read_only,is_cd_drive",
    "list_vdi_snapshots": "name_label,size,usage,snapshot_time,$snapshot_of,tags,$SR",
    "list_vdis": "name_label,size,usage,VDI_type,image_format,tags,$SR,$VBDs",
    "list_vifs": "$VM,$network,device,MAC,attached,lockingMode,allowedIpv4Addresses,rateLimit",
    "list_vm_alarms": "body,object,time",
    "list_vm_snapshot_vdis": "name_label,size,usage,snapshot_time,$snapshot_of,$SR",
    "list_vm_snapshots": "name_label,name_description,snapshot_time,$snapshot_of,tags,$pool",
    "list_vm_template_vdis": "name_label,size,usage,VDI_type,image_format,$SR",
    "list_vm_vdis": "name_label,size,usage,VDI_type,image_format,tags,$SR,$VBDs",
}
"""Lists with names, and the columns they showed then."""


@pytest.fixture(scope="module")
def both() -> Iterator[Surfaces]:
    with running_fake_xo(vms=20, lag=0, task_seconds=0) as fake, surfaces(fake) as found:
        for vm in fake.xo.store.every("vms")[:4]:
            found.answer("full", "snapshot_vm", {"id": vm["id"], "name_label": "before"})
            found.call("full", "start_vm", {"id": vm["id"]})
        yield found


def owners(both: Surfaces, tool: str) -> list[dict[str, str]]:
    """Arguments that name an object which has such records; none needed for a whole collection."""
    above, below, _ = ENTRIES[tool].facts.route.strip("/").partition("/{id}/")
    return [{"id": record["id"]} for record in both.fake.xo.store.every(above)] if below else [{}]


@pytest.mark.parametrize("format_", ["json", "markdown"])
@pytest.mark.parametrize("tool", BEFORE)
def test_no_answer_grew_by_more_than_a_twentieth(
    both: Surfaces, monkeypatch: pytest.MonkeyPatch, tool: str, format_: str
) -> None:
    now = before = records = 0
    for place, owner in enumerate(owners(both, tool)):
        surface = SURFACES[place % 2]
        answer = both.call(surface, tool, {**owner, "format": format_})
        with monkeypatch.context() as patch:
            patch.setattr(naming, "CONVENTIONS", replace(CONVENTIONS, names_beside={}))
            patch.setattr(markdown, "row", lambda cells: f"| {' | '.join(cells)} |")
            former = both.call(surface, tool, {**owner, "format": format_, "fields": BEFORE[tool]})
        assert answer.structured_content is not None
        records += answer.structured_content["count"]
        now, before = now + len(text_of(answer).encode()), before + len(text_of(former).encode())
        if records > 1:
            break
    assert records, "nothing was measured"
    print(f"{tool} ({format_}): {before:,} to {now:,} bytes, {now / before - 1:+.1%}")
    assert now / before <= MOST


def test_every_list_with_names_is_measured() -> None:
    named = {
        name
        for name, entry in ENTRIES.items()
        if entry.facts.kind == "list" and re.sub(r".*/", "", entry.facts.route) in CONVENTIONS.names_beside
    }
    shows = {name for name in named if set(_usual(name)) & set(_rules(name))}
    alike = {name for name in shows if name.endswith("_alarms")}
    assert shows - alike - set(BEFORE) <= {"list_vm_controller_vdis"}, "nothing is attached to dom0 in the fake"


def _usual(tool: str) -> list[str]:
    return str(ENTRIES[tool].schema["properties"]["fields"].get("default", "")).split(",")


def _rules(tool: str) -> list[str]:
    return list(CONVENTIONS.names_beside[re.sub(r".*/", "", ENTRIES[tool].facts.route)])
