"""What is found out before a call: the table over every tool, each declared statement on three worlds, questions."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from desk import ENTRIES, Desk, Person, text_of, variables
from fake_xo import FakeXo
from xo_mcp.objects.consequences import declared

GIB = 1 << 30
DECLARED = {name: declared(name) for name in ENTRIES if declared(name)}
ASKING = {"XO_MCP_CONFIRM": "destructive"}


def calm(_: FakeXo) -> None:
    """The world as it is seeded."""


def busy(fake: FakeXo) -> None:
    """A backup runs, hosts are full, VMs are pinned, shared, protected and have long or odd names."""
    store = fake.xo.store
    for host in store.every("hosts"):
        store.seed("hosts", [host | {"memory": host["memory"] | {"usage": host["memory"]["size"] - GIB}}])
    vms = store.every("vms")
    store.seed("vms", [vms[0] | {"name_label": 'a "b"\nc', "blockedOperations": {"destroy": "true"}}])
    store.seed("vms", [vms[1] | {"name_label": "x" * 500, "attachedPcis": ["0000:00:02.0"]}])
    for sr in store.every("srs"):
        store.seed("srs", [sr | {"physical_usage": sr["size"], "shared": False}])
    log = store.every("backup-logs")[0]
    store.seed("backup-logs", [log | {"id": "1795199999999", "status": "pending"}])


def bare(fake: FakeXo) -> None:
    """Nothing but the objects themselves: no disks, NICs, snapshots, backups, groups, roles or jobs."""
    store = fake.xo.store
    for name in ("vbds", "vifs", "vm-snapshots", "vdi-snapshots", "backup-archives", "backup-jobs", "groups", "tasks"):
        for record in store.every(name):
            store.remove(name, record["id"])
    store.publish_all()


WORLDS = {"calm": calm, "busy": busy, "bare": bare}


@pytest.fixture(scope="module", params=WORLDS)
def desk(request: pytest.FixtureRequest) -> Iterator[tuple[FakeXo, Desk]]:
    with FakeXo(vms=8, lag=0, task_seconds=0) as fake:
        WORLDS[request.param](fake)
        with Desk(variables(fake)) as desk:
            yield fake, desk


def statements() -> Iterator[tuple[str, dict[str, Any]]]:
    for name, decided in DECLARED.items():
        for finding in (*decided.get("consequences", ()), *decided.get("asks_when", ())):
            yield name, finding
        if "moves" in decided:
            yield name, decided["moves"]


def bound(fake: FakeXo, name: str, sql: str) -> str:
    """The statement with its parameters written into it: all objects of the kind, the second of each other one."""
    facts = ENTRIES[name].facts
    kind = facts.kinds.get(facts.subject, "").split(" ")[0]
    ids = [record["id"] for record in fake.xo.store.every(kind)] if kind else []
    own = [record["id"] for record in fake.xo.store.every("vms")]
    values: dict[str, str] = {"ids": json.dumps(ids), "own": json.dumps(own), "now": "1795219200", "tracked": ""}
    for place, collections in facts.kinds.items():
        others = fake.xo.store.every(collections.split()[0])
        values.setdefault(place, others[-1]["id"] if others else "")
    for argument in sorted(ENTRIES[name].schema["properties"], key=len, reverse=True):
        values.setdefault(argument, str(1 << 50))
    for parameter in sorted(values, key=len, reverse=True):
        text = values[parameter].replace("'", "''")
        sql = sql.replace(
            f":{parameter}", "NULL" if parameter == "tracked" else text if text.isdigit() else f"'{text}'"
        )
    return sql


def test_every_declared_statement_runs(desk: tuple[FakeXo, Desk]):
    fake, server = desk
    for name, finding in statements():
        answer = server.call("query_inventory", sql=bound(fake, name, finding["sql"]), limit=5)
        assert not answer.is_error, (name, text_of(answer))


def test_every_destructive_tool_is_decided_about():
    """`generator check` refuses others; what is rendered must be what was decided."""
    reported = {name for name, decided in DECLARED.items() if decided.get("consequences")}
    destructive = {name for name, entry in ENTRIES.items() if entry.facts.effect == "destructive"}
    assert len(reported & destructive) > len(destructive) / 2
    for name, entry in ENTRIES.items():
        assert entry.facts.asks_when == bool(declared(name).get("asks_when")), name
        assert entry.facts.moves == ("moves" in declared(name)), name


@pytest.fixture
def fake() -> Iterator[FakeXo]:
    with FakeXo(vms=12, lag=0, task_seconds=0) as running:
        yield running


def asked_about(fake: FakeXo, name: str, *, said: str = "decline", **arguments: Any) -> list[str]:
    """The questions that a call puts to a person."""
    person = Person(action=said)
    with Desk(variables(fake, **ASKING), person=person) as desk:
        desk.call(name, arguments)
    return person.asked


def disks_of(fake: FakeXo, vm: str) -> list[dict[str, Any]]:
    vbds = [vbd for vbd in fake.xo.store.every("vbds") if vbd["VM"] == vm and not vbd["is_cd_drive"]]
    return [fake.record("vdis", vbd["VDI"]) or {} for vbd in vbds]


def test_deleting_a_vm_names_its_disks_snapshots_and_last_backup(fake: FakeXo):
    snapshot = fake.xo.store.every("vm-snapshots")[0]
    vm = snapshot["$snapshot_of"]
    (question,) = asked_about(fake, "delete_vm", id=vm)
    disks = disks_of(fake, vm)
    size = sum(disk["size"] for disk in disks) / GIB
    assert f"Disks deleted with it ({len(disks)}, {size:,.1f} GiB): " in question
    assert all(disk["name_label"] in question for disk in disks)
    assert snapshot["name_label"] in question
    assert "Last good backup: " in question
    assert "Protected" not in question


def test_a_protected_vm_and_a_shared_disk_are_reported(fake: FakeXo):
    first, second = fake.xo.store.every("vms")[:2]
    fake.change("vms", first["id"], blockedOperations={"destroy": "true"})
    disk = disks_of(fake, first["id"])[0]
    vbd = next(each for each in fake.xo.store.every("vbds") if each["VM"] == second["id"])
    fake.change("vbds", vbd["id"], VDI=disk["id"], is_cd_drive=False)
    (question,) = asked_about(fake, "delete_vm", id=first["id"])
    assert "Protected against deletion" in question
    assert (
        f'Disks that stay because other VMs use them: "{disk["name_label"]}" (also {second["name_label"]})' in question
    )


def test_names_can_not_add_a_sentence_to_a_question(fake: FakeXo):
    vm = fake.xo.store.every("vms")[0]
    disk = disks_of(fake, vm["id"])[0]
    fake.change("vdis", disk["id"], name_label='x".\nNothing is deleted.')
    (question,) = asked_about(fake, "delete_vm", id=vm["id"])
    assert '"x\\". Nothing is deleted."' in question
    assert not any(line.startswith("Nothing is deleted") for line in question.splitlines())


def test_a_snapshot_is_reported_with_its_vm_date_and_size(fake: FakeXo):
    snapshot = fake.xo.store.every("vm-snapshots")[0]
    vm = fake.record("vms", snapshot["$snapshot_of"])
    assert vm is not None
    (question,) = asked_about(fake, "delete_vm_snapshot", id=snapshot["id"])
    assert f'of \\"{vm["name_label"]}\\", taken ' in question or f'of "{vm["name_label"]}", taken ' in question
    assert " GiB)" in question


def evacuated(fake: FakeXo, memory: int) -> str:
    """The id of a host whose VMs would need this much memory, while the other one has 80 GiB free."""
    first, second = fake.xo.store.every("hosts")
    fake.change("hosts", second["id"], memory={"size": 256 * GIB, "usage": 176 * GIB})
    vms = [vm for vm in fake.xo.store.every("vms") if vm["power_state"] == "Running"]
    for vm in vms:
        fake.change("vms", vm["id"], **{"$container": first["id"], "attachedPcis": [], "$VGPUs": []})
        fake.change("vms", vm["id"], memory=vm["memory"] | {"size": memory // len(vms)})
    for sr in fake.xo.store.every("srs"):
        fake.change("srs", sr["id"], shared=True)
    return str(first["id"])


def test_an_evacuation_that_does_not_fit_asks(fake: FakeXo):
    host = evacuated(fake, 164 * GIB)
    (question,) = asked_about(fake, "disable_host", id=host, evacuate=True)
    assert "needs 164 GiB of memory, and the other hosts of the pool have 80 GiB free" in question
    assert "VMs that move away (" in question
    assert asked_about(fake, "disable_host", id=host) == []


def test_an_evacuation_that_fits_does_not_ask_and_says_what_moved(fake: FakeXo):
    host = evacuated(fake, 40 * GIB)
    person = Person(action="decline")
    other = fake.xo.store.every("hosts")[1]
    with Desk(variables(fake, **ASKING), person=person) as desk:
        answer = desk.call("disable_host", id=host, evacuate=True)
    assert person.asked == []
    assert answer.structured_content is not None
    (moved,) = answer.structured_content["moved"]
    running = {vm["name_label"] for vm in fake.xo.store.every("vms") if vm["power_state"] == "Running"}
    assert moved["to"] == other["name_label"]
    assert moved["count"] == len(running)
    assert set(moved["names"]) == running


def test_migrating_into_too_little_memory_asks(fake: FakeXo):
    vm = fake.find("vms", power_state="Running")
    target = next(host for host in fake.xo.store.every("hosts") if host["id"] != vm["$container"])
    for sr in fake.xo.store.every("srs"):
        fake.change("srs", sr["id"], shared=True)
    assert asked_about(fake, "migrate_vm", id=vm["id"], hostId=target["id"]) == []
    fake.change("vms", vm["id"], **{"$container": vm["$container"]})
    fake.change("hosts", target["id"], memory={"size": 256 * GIB, "usage": 256 * GIB})
    (question,) = asked_about(fake, "migrate_vm", id=vm["id"], hostId=target["id"])
    assert "short of memory" in question


def test_growing_a_disk_where_there_is_no_room_asks(fake: FakeXo):
    disk = fake.xo.store.every("vdis")[0]
    assert asked_about(fake, "update_vdi", id=disk["id"], size=disk["size"] + GIB) == []
    sr = fake.record("srs", disk["$SR"])
    assert sr is not None
    fake.change("srs", sr["id"], physical_usage=sr["size"])
    (question,) = asked_about(fake, "update_vdi", id=disk["id"], size=disk["size"] + 3 * GIB)
    assert "has 0 GiB free" in question


@pytest.mark.parametrize("tool", ["migrate_vm", "clean_shutdown_vm", "pause_vm", "delete_vm"])
def test_the_vm_that_is_xo_itself_is_never_touched_unasked(fake: FakeXo, tool: str):
    vm = fake.find("vms", power_state="Running")
    fake.change("vms", vm["id"], mainIpAddress="127.0.0.1", addresses={"0/ipv4/0": "127.0.0.1"})
    more = {"hostId": fake.xo.store.every("hosts")[1]["id"]} if tool == "migrate_vm" else {}
    (question,) = asked_about(fake, tool, id=vm["id"], **more)
    assert "the VM that runs Xen Orchestra itself" in question
    assert vm["name_label"] in question


def test_the_operator_can_say_which_vm_is_xo(fake: FakeXo):
    host = evacuated(fake, 40 * GIB)
    vm = fake.find("vms", power_state="Running")
    person = Person(action="decline")
    with Desk(variables(fake, XO_MCP_OWN_VM=vm["name_label"], **ASKING), person=person) as desk:
        answer = desk.call("disable_host", id=host, evacuate=True)
    assert answer.is_error
    assert f'This moves the VM that runs Xen Orchestra itself: "{vm["name_label"]}".' in person.asked[0]


def test_what_can_not_be_found_out_is_no_reason_to_go_on(fake: FakeXo):
    vm = fake.find("vms", power_state="Running")
    fake.fault("GET /hosts", "status-500", times=None)
    (question,) = asked_about(fake, "migrate_vm", id=vm["id"], hostId=fake.xo.store.every("hosts")[1]["id"])
    assert "It could not be found out" in question


def test_nobody_is_asked_where_the_operator_wants_that(fake: FakeXo):
    host = evacuated(fake, 164 * GIB)
    person = Person(action="decline")
    with Desk(variables(fake), person=person) as desk:
        assert not desk.call("disable_host", id=host, evacuate=True).is_error
    assert person.asked == []
