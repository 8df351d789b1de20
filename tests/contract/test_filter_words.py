"""Filters that XO answers with a silent wrong list: each is refused with what was meant, or the answer says so."""

from collections.abc import Iterator

import pytest
from fake_xo import running_fake_xo
from surfaces import SURFACES, Surfaces, notes_of, surfaces


@pytest.fixture(scope="module")
def both() -> Iterator[Surfaces]:
    with running_fake_xo(vms=60, lag=0) as fake, surfaces(fake) as found:
        yield found


REFUSED = [
    # Values that cannot occur.
    ("list_tasks", "status:failed", "failure, interrupted, pending, success"),
    ("list_vms", "power_state:stopped", "Halted, Paused, Running, Suspended"),
    ("list_vms", "!power_state:stopped", "Halted, Paused, Running, Suspended"),
    ("list_vms", "power_state:|(Paused Stopped)", "never `Stopped`"),
    ("list_vms", "power_state:/^running$/", "upper and lower case matter"),
    ("list_servers", "status:online", "connected, disconnected, connecting"),
    ("list_backup_logs", "status:failed", "failure"),
    ("list_restore_logs", "status:ok", "failure, interrupted, pending, skipped, success"),
    ("list_tasks", "properties:objectType:machine", "VM-snapshot"),
    # Truth.
    ("list_hosts", "enabled:false", "write `!enabled?`"),
    ("list_hosts", "enabled:yes", "write `enabled?`"),
    # Objects.
    ("list_vms", "CPUs:>4", "`CPUs:number:>4`"),
    ("list_vms", "memory:>1", "`memory:size:>1`"),
    ("list_vms", "CPUs:number", "write `CPUs:number?`"),
    ("list_vms", "blockedOperations:destroy", "write `blockedOperations:destroy?`"),
    ("list_vms", "!blockedOperations:destroy", "write `blockedOperations:destroy?`"),
    ("list_vms", "blockedOperations?", "`blockedOperations:key?`"),
    # Lists.
    ("list_vms", "snapshots?", "write `snapshots:length:>0`"),
    ("list_vms", "!snapshots?", "write `snapshots:length:0`"),
    ("list_vdis", "!$VBDs?", "write `$VBDs:length:0`"),
    ("list_vms", "tags:>2", "`tags:length:>2`"),
    # Words of other languages.
    ("list_vms", "power_state:Running AND tags:prod", "a space means AND"),
    ("list_vms", "power_state:Running and tags:prod", "a space means AND"),
    ("list_vms", "name_label:web OR name_label:db", "`|(a b)`"),
    ("list_vms", "NOT power_state:Running", "`!a`"),
    ("list_vms", "power_state = 'Running'", "write `power_state:Running`"),
    ("list_vms", "power_state=Running", "write `power_state:Running`"),
    ("list_vms", "power_state != Running", "write `!power_state:Running`"),
    ("list_vms", "power_state eq 'Running'", "write `power_state:Running`"),
    ("list_vms", "name_label LIKE '%web%'", "write `name_label:web`"),
    ("list_vms", "CPUs.number > 4", "`CPUs:number:>4`"),
    ("list_vms", "power_state:Running && tags:prod", "a space means AND"),
    # Numbers, dates and units.
    ("list_messages", "time:>2026-11-01", "1793491200"),
    ("list_tasks", "start:>2026-11-01", "`start:>1793491200000` (milliseconds"),
    ("list_vms", "startTime:>=2026-11-01T10:00:00Z", "`startTime:>=1793527200` (seconds"),
    ("list_vdis", "size:>10GB", "`size:>10000000000` (10 GB), or `size:>10737418240` (10 GiB)"),
    ("list_vdis", "size:>10GiB", "`size:>10737418240` (10 GiB)"),
    ("list_vms", "memory:size:4GiB", "`memory:size:4294967296` (4 GiB)"),
    ("list_vms", "startTime:>7d", "no spans of time"),
    ("list_vdis", "size:>10 GB", "`size:>10000000000` (10 GB), or `size:>10737418240` (10 GiB)"),
    ("list_vms", "memory:4GiB", "`memory:size:4294967296` (4 GiB)"),
    ("list_vms", 'CPUs:number:>"4"', "write `CPUs:number:>4`"),
    ("list_backups", 'timestamp:>"2026-11-01"', "`timestamp:>1793491200000` (milliseconds"),
    ("list_srs", "physical_usage:>80%", "no percentage of another property"),
    ("list_vdis", 'size:"10"', "write `size:10`"),
    ("list_vdis", "size:big", "which `big` is not"),
    ("list_vms", "installTime:<01/11/2026", "write the date like `2026-11-01`"),
    # Other languages.
    ("list_vms", "WHERE power_state:Running", "write only the conditions"),
    ("list_vms", "name_label:web ORDER BY name_label", "XO sorts nothing"),
    ("list_vms", "name_label:web limit 5", "give `limit` as an argument"),
    ("list_vms", "has(tags)", "no functions such as `has(...)`"),
    ("list_vms", "null", "leave it out to list all"),
    # Names where ids are.
    ("list_vms", "$pool:harbour", "`$pool` holds ids"),
    ("list_vifs", "!$network:Management", "`$network` holds ids"),
    # Colons.
    ("list_vifs", "MAC:02:7d:aa", 'MAC:"02:7d:aa"'),
    ("list_vifs", "02:7d:aa", '"02:7d:aa"'),
    ("list_vms", "name_label:web:prod", 'name_label:"web:prod"'),
]


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize(("tool", "expression", "message"), REFUSED)
def test_what_cannot_be_is_refused_with_what_was_meant(
    both: Surfaces, surface: str, tool: str, expression: str, message: str
) -> None:
    asked = len(both.fake.requests)
    assert message in both.refusal(surface, tool, {"filter": expression})
    assert len(both.fake.requests) == asked, "XO was asked"


NOTED = [
    ("list_servers", "status:connected", "also finds disconnected"),
    ("list_vms", "198.51.100.1", "contains `198.51.100.1`"),
    ("list_vms", "mainIpAddress:198.51.100.1", "`mainIpAddress:/^198\\.51\\.100\\.1$/`"),
    ("list_vms", "other:nowhere", "`other:nowhere?`"),
    ("list_vms", "powerstate:Running", "did you mean power_state"),
    ("list_vms", "!powerstate:Running", "did you mean power_state"),
]


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize(("tool", "expression", "message"), NOTED)
def test_what_may_mean_something_else_is_said(
    both: Surfaces, surface: str, tool: str, expression: str, message: str
) -> None:
    assert message in notes_of(both.answer(surface, tool, {"filter": expression}))


FINE = [
    "power_state:Running",
    "power_state:run",
    "power_state:/^Running$/",
    "CPUs:number:>4",
    "CPUs:4",
    "snapshots:length:0",
    "blockedOperations:destroy?",
    "auto_poweron?",
    "|(name_label:AND name_label:web)",
    '|("AND" name_label:web)',
    "web*000",
    "$pool:5* name_label:web",
    '|("where" name_label:web)',
    "|(name_label:web tags:db)",
    'mainIpAddress:"198.51.100.9"',
    "mainIpAddress:/^198\\.51\\.100\\.1$/",
    "startTime:>1700000000",
    "addresses:fe80*",
]


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize("expression", FINE)
def test_honest_filters_go_through_without_a_word(both: Surfaces, surface: str, expression: str) -> None:
    answer = both.answer(surface, "list_vms", {"filter": expression, "fields": "name_label,mainIpAddress", "limit": 99})
    assert answer["items"]
    assert "filter" not in notes_of(answer)
    assert "exactly" not in notes_of(answer)


@pytest.mark.parametrize("surface", SURFACES)
def test_dots_of_nested_properties_are_colons_in_filters(both: Surfaces, surface: str) -> None:
    dotted = both.answer(surface, "list_vms", {"filter": "memory.size:>4294967296 CPUs.number:>=4", "limit": 99})
    expected = [
        vm["id"]
        for vm in both.fake.xo.store.every("vms")
        if vm["memory"]["size"] > 4294967296 and vm["CPUs"]["number"] >= 4
    ]
    assert expected
    assert {item["id"] for item in dotted["items"]} == set(expected)


@pytest.mark.parametrize("surface", SURFACES)
def test_a_filter_xo_cannot_read_says_where(both: Surfaces, surface: str) -> None:
    assert "At character 12 (`'`)" in both.refusal(surface, "list_vms", {"filter": "name_label:'web 1'"})
