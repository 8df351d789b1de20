"""Jobs of administrators, each in one statement, beside what the fake XO's own state comes to."""

import csv
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from desk import Desk
from fake_xo import FakeXo
from fake_xo.stats import vm_stats
from fake_xo.store import Record

from jobs.troubled import DAY, GIB, covered, troubled_fleet

MOST = 4_000
"""Bytes of an answer that a model must read."""


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeXo]:
    with troubled_fleet() as found:
        yield found


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("downloads")


@pytest.fixture(scope="module")
def desk(fake: FakeXo, files: Path) -> Iterator[Desk]:
    settings = {"XO_URL": fake.url, "XO_TOKEN": fake.admin_token, "XO_MCP_DOWNLOAD_DIR": str(files)}
    with Desk(settings) as found:
        yield found


def ask(desk: Desk, sql: str, **more: Any) -> list[list[Any]]:
    """The rows of a statement."""
    result = desk.call("query_inventory", sql=sql, **more)
    text = result.content[0].text  # type: ignore[union-attr]
    assert not result.is_error, text
    assert len(text.encode()) <= MOST
    return json.loads(text)["rows"]  # type: ignore[no-any-return]


def every(fake: FakeXo, collection: str) -> list[Record]:
    return fake.xo.store.every(collection)


def test_1_which_vms_are_not_backed_up(fake: FakeXo, desk: Desk):
    missing = {vm["id"] for vm in every(fake, "vms")} - covered(fake)
    assert 300 < len(missing) < 500
    rows = ask(desk, "SELECT count(*), sum(covered) FROM vm_backup_status")
    assert rows == [[500, 500 - len(missing)]]
    names = sorted(vm["name_label"] for vm in every(fake, "vms") if vm["id"] in missing)
    rows = ask(desk, "SELECT name_label FROM vm_backup_status WHERE covered = 0 ORDER BY 1", limit=60)
    assert rows == [[name] for name in names[:60]]


def test_2_vms_without_a_backup_in_the_last_week(fake: FakeXo, desk: Desk):
    since = fake.options.now - 7 * DAY * 1000
    recent = {each["vm"]["uuid"] for each in every(fake, "backup-archives") if each["timestamp"] > since}
    old = {each["vm"]["uuid"] for each in every(fake, "backup-archives")} - recent
    assert recent
    assert old
    sql = f"""SELECT count(*) FROM vms v WHERE NOT EXISTS
        (SELECT 1 FROM backups b WHERE b.vm = v.uuid AND b.time > {since // 1000})"""
    assert ask(desk, sql) == [[500 - len(recent)]]


def test_4_orphaned_disks_and_their_size(fake: FakeXo, desk: Desk):
    isos = {sr["id"] for sr in every(fake, "srs") if sr["content_type"] == "iso"}
    orphans = [disk for disk in every(fake, "vdis") if not disk["$VBDs"] and disk["$SR"] not in isos]
    assert len(orphans) > 8
    sql = """SELECT d.name_label, d.size FROM vdis d JOIN srs s ON s.id = d.SR
        WHERE d.VBDs = '[]' AND s.content_type <> 'iso' ORDER BY d.size DESC, d.id"""
    rows = ask(desk, sql)
    orphans.sort(key=lambda disk: (-disk["size"], disk["id"]))
    assert rows == [[disk["name_label"], disk["size"]] for disk in orphans]


def test_5_snapshots_older_than_30_days(fake: FakeXo, desk: Desk):
    before = fake.options.now // 1000 - 30 * DAY
    old = [each for each in every(fake, "vm-snapshots") if each["snapshot_time"] < before]
    assert len(old) > 5
    sql = f"""SELECT v.name_label, s.name_label, s.snapshot_time, sum(d.size) FROM vm_snapshots s
        JOIN vms v ON v.id = s.snapshot_of JOIN json_each(s.VBDs) b JOIN vbds x ON x.id = b.value
        JOIN vdi_snapshots d ON d.id = x.VDI WHERE s.snapshot_time < {before} GROUP BY s.id ORDER BY s.snapshot_time"""
    disks = {disk["id"]: disk["size"] for disk in every(fake, "vdi-snapshots")}
    links = {link["id"]: link.get("VDI") for link in every(fake, "vbds")}
    wanted = [
        [
            fake.record("vms", each["$snapshot_of"])["name_label"],  # type: ignore[index]
            each["name_label"],
            each["snapshot_time"],
            sum(disks[links[link]] for link in each["$VBDs"]),
        ]
        for each in sorted(old, key=lambda each: each["snapshot_time"])
    ]
    assert ask(desk, sql) == wanted


def load(fake: FakeXo, vm: Record, span: str) -> dict[str, float]:
    """What its statistics come to, computed here from what the fake measured."""
    granularity, points = {"hour": ("minutes", 60), "day": ("hours", 24), "week": ("hours", 168)}[span]
    stats = vm_stats(vm, granularity, fake.xo.measured)["stats"]
    rows = [*stats["iops"]["r"].values(), *stats["iops"]["w"].values()]
    together = [sum(point) for point in zip(*rows, strict=True) if None not in point][-points:]
    cores = [sum(point) / len(point) for point in zip(*stats["cpus"].values(), strict=True) if None not in point]
    used = stats["memory"][-1] - stats["memoryFree"][-1]
    return {
        "iops_avg": sum(together) / len(together),
        "iops_max": max(together),
        "cpu_max": max(cores[-points:]),
        "memory_avg": used,
    }


@pytest.mark.parametrize("span", ["hour", "day", "week"])
def test_6_the_busiest_vms(fake: FakeXo, desk: Desk, span: str):
    running = [vm for vm in every(fake, "vms") if vm["power_state"] == "Running"]
    assert len(running) > 300
    loads = {vm["name_label"]: load(fake, vm, span) for vm in running}
    columns = ("iops_avg", "iops_max", "cpu_max", "memory_avg")
    sql = f"SELECT name_label, {', '.join(columns)} FROM vm_load ORDER BY iops_avg DESC, iops_max DESC LIMIT 10"
    rows = ask(desk, sql, span=span)
    assert len(rows) == 10
    best = sorted((each["iops_avg"] for each in loads.values()), reverse=True)[:10]
    assert [row[1] for row in rows] == pytest.approx(best, rel=1e-3)
    for name, *values in rows:
        assert values == pytest.approx([loads[name][column] for column in columns], rel=1e-3)


def test_7_guest_tools_missing_or_old(fake: FakeXo, desk: Desk):
    running = [vm for vm in every(fake, "vms") if vm["power_state"] == "Running"]
    missing = sum(vm.get("managementAgentDetected") is False for vm in running)
    old = sum(vm.get("pvDriversUpToDate") is False for vm in running)
    assert missing
    assert old
    sql = (
        """SELECT sum(managementAgentDetected = 0), sum(pvDriversUpToDate = 0) FROM vms WHERE power_state = 'Running'"""
    )
    assert ask(desk, sql) == [[missing, old]]


def test_8_storage_that_is_full_and_who_takes_the_space(fake: FakeXo, desk: Desk):
    full = [sr for sr in every(fake, "srs") if sr["size"] and sr["physical_usage"] / sr["size"] > 0.8]
    assert len(full) == 1
    sql = "SELECT name_label, round(100.0 * physical_usage / size) FROM srs WHERE physical_usage > 0.8 * size"
    assert ask(desk, sql) == [[full[0]["name_label"], 87.0]]
    sizes: Counter[str] = Counter()
    owners = {link["VDI"]: link["VM"] for link in every(fake, "vbds") if link.get("VDI")}
    for disk in every(fake, "vdis"):
        vm = fake.record("vms", owners.get(disk["id"], ""))
        if vm and disk["$SR"] == full[0]["id"]:
            sizes[vm["name_label"]] += disk["usage"]
    sql = f"""SELECT v.name_label, sum(d.usage) FROM vdis d JOIN vbds b ON b.VDI = d.id JOIN vms v ON v.id = b.VM
        WHERE d.SR = '{full[0]["id"]}' GROUP BY v.id ORDER BY 2 DESC, 1 LIMIT 10"""
    wanted = sorted(sizes.items(), key=lambda item: (-item[1], item[0]))[:10]
    assert ask(desk, sql) == [list(item) for item in wanted]


def test_10_does_everything_fit_when_a_host_dies(fake: FakeXo, desk: Desk):
    hosts = every(fake, "hosts")
    free = {host["id"]: host["memory"]["size"] - host["memory"]["usage"] for host in hosts}
    needed: Counter[str] = Counter()
    for vm in every(fake, "vms"):
        if vm["power_state"] == "Running":
            needed[vm["$container"]] += vm["memory"]["size"]
    wanted = [
        [host["name_label"], needed[host["id"]], sum(free.values()) - free[host["id"]]]
        for host in sorted(hosts, key=lambda host: host["name_label"])
    ]
    sql = """SELECT h.name_label,
        (SELECT sum(v.memory_size) FROM vms v WHERE v.container = h.id AND v.power_state = 'Running') AS needed,
        (SELECT sum(o.memory_size - o.memory_usage) FROM hosts o WHERE o.id <> h.id AND o.pool = h.pool) AS free
        FROM hosts h ORDER BY 1"""
    assert ask(desk, sql) == wanted
    assert ask(desk, "SELECT name_label, HA_enabled FROM pools") == [[every(fake, "pools")[0]["name_label"], 0]]


def test_21_every_vm_as_csv(fake: FakeXo, desk: Desk, files: Path):
    result = desk.call(
        "query_inventory",
        sql="SELECT name_label, power_state, memory_size / 1073741824 AS gib FROM vms ORDER BY name_label",
        filename="all vms",
    )
    answer = result.structured_content
    assert answer is not None
    assert answer["rows"] == 500
    assert answer["path"] == str(files / "all vms.csv")
    with (files / "all vms.csv").open(newline="") as file:
        header, *rows = csv.reader(file)
    assert header == ["name_label", "power_state", "gib"]
    wanted = sorted(
        (vm["name_label"], vm["power_state"], str(vm["memory"]["size"] // GIB)) for vm in every(fake, "vms")
    )
    assert [tuple(row) for row in rows] == wanted


def test_22_which_vm_has_this_address(fake: FakeXo, desk: Desk):
    vm = next(vm for vm in every(fake, "vms") if vm.get("mainIpAddress"))
    vif = fake.record("vifs", vm["VIFs"][0])
    assert vif is not None
    host, network = fake.record("hosts", vm["$container"]), fake.record("networks", vif["$network"])
    sql = """SELECT v.name_label, h.name_label, n.name_label, i.MAC FROM vms v JOIN json_each(v.addresses) a
        LEFT JOIN hosts h ON h.id = v.container JOIN vifs i ON i.VM = v.id LEFT JOIN networks n ON n.id = i.network
        WHERE {}"""
    wanted = [[vm["name_label"], host and host["name_label"], network and network["name_label"], vif["MAC"]]]
    assert ask(desk, sql.format(f"a.value = '{vm['mainIpAddress']}'")) == wanted
    by_mac = ask(desk, sql.format(f"upper(i.MAC) = '{vif['MAC'].upper()}' GROUP BY v.id"))
    assert wanted[0] in by_mac


def test_23_duplicate_macs(fake: FakeXo, desk: Desk):
    of_vms = [vif for vif in every(fake, "vifs") if fake.record("vms", vif["$VM"])]
    counts = Counter(vif["MAC"] for vif in of_vms)
    twice = sorted(mac for mac, count in counts.items() if count > 1)
    assert len(twice) >= 4
    sql = "SELECT i.MAC, count(*) FROM vifs i JOIN vms v ON v.id = i.VM GROUP BY 1 HAVING count(*) > 1 ORDER BY 1"
    assert ask(desk, sql) == [[mac, counts[mac]] for mac in twice]


def test_the_note_of_a_list_that_is_cut_has_the_statement_that_goes_on(fake: FakeXo, desk: Desk):
    """190 of 500 names, and no way to the others: there is one now."""
    result = desk.call("list_vms", fields="name_label,power_state,memory", limit=500)
    answer = result.structured_content
    assert answer is not None
    shown = answer["count"]
    assert 50 < shown < 500
    (note,) = [note for note in answer["_notes"] if "query_inventory" in note]
    assert note.startswith(f"{shown} of 500 shown; query_inventory: SELECT id, name_label, power_state, memory_")
    assert note.endswith(f" FROM vms LIMIT 200 OFFSET {shown}")
    found = desk.call("query_inventory", sql=note.partition("query_inventory: ")[2], limit=200).structured_content
    assert found is not None
    names = [vm["name_label"] for vm in every(fake, "vms")]
    assert [row[1] for row in found["rows"]] == names[shown : shown + len(found["rows"])]


def test_the_note_of_a_list_beyond_its_limit_has_it_too(desk: Desk):
    notes = (desk.call("list_vms", limit=5).structured_content or {})["_notes"]
    assert any(note.startswith("5 shown; query_inventory: SELECT id, name_label,") for note in notes)
    notes = (desk.call("list_vms", limit=5, filter="power_state:Running").structured_content or {})["_notes"]
    assert any(note.endswith("FROM vms LIMIT 200 (add the filter as WHERE)") for note in notes)
    notes = (desk.call("list_tasks", limit=1).structured_content or {}).get("_notes", [])
    assert all("ORDER BY start DESC" in note for note in notes if "query_inventory" in note)


def test_no_list_points_to_what_is_not_offered(fake: FakeXo):
    settings = {"XO_URL": fake.url, "XO_TOKEN": fake.admin_token, "XO_MCP_EXCLUDE_TOOLS": "query_inventory"}
    with Desk(settings) as desk:
        assert "query_inventory" not in desk.names()
        assert "query_inventory" not in str(desk.call("list_vms", limit=5).structured_content)
        assert "query_inventory" not in (desk.client.instructions or "")


@pytest.mark.parametrize("surface", ["full", "search"])
def test_both_tools_are_listed_read_only_and_work(fake: FakeXo, surface: str):
    settings = {"XO_URL": fake.url, "XO_TOKEN": fake.admin_token, "XO_MCP_SURFACE": surface}
    with Desk(settings) as desk:
        tools = {tool.name: tool for tool in desk.tools()}
        for name in ("query_inventory", "describe_inventory"):
            annotations = tools[name].annotations
            assert annotations is not None
            assert annotations.read_only_hint
        assert ask(desk, "SELECT count(*) FROM vms") == [[500]]
        assert desk.call("describe_inventory", tables=["vms"]).structured_content


def test_both_together_are_small(desk: Desk):
    mine = [tool for tool in desk.tools() if tool.name.endswith("_inventory")]
    wire = [tool.model_dump(by_alias=True, include={"name", "description", "input_schema"}) for tool in mine]
    assert sum(len(json.dumps(each, separators=(",", ":"))) for each in wire) <= 1_500
