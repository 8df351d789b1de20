"""What happens to objects of the fake XO when they are made, changed and deleted."""

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from fake_xo import FakeXo, running_fake_xo
from newest import PINNED_SPEC


@pytest.fixture
def fake() -> Iterator[FakeXo]:
    with running_fake_xo(spec=PINNED_SPEC, lag=0, task_seconds=0, busy_vdi_seconds=0, export_bytes=1000) as running:
        yield running


@pytest.fixture
def xo(fake: FakeXo) -> Iterator[httpx2.Client]:
    with fake.client() as client:
        yield client


@pytest.mark.parametrize(
    ("body", "field", "value"),
    [
        ({"nameLabel": "x"}, "name_label", "x"),
        ({"nameDescription": "x"}, "name_description", "x"),
        ({"tags": ["a"]}, "tags", ["a"]),
        ({"cpus": 4}, "CPUs", {"max": 2, "number": 4}),
        ({"cpusStaticMax": 8}, "CPUs", {"max": 8, "number": 2}),
        ({"autoPoweron": False}, "auto_poweron", False),
        ({"highAvailability": "restart"}, "high_availability", "restart"),
        ({"hvmBootFirmware": "uefi"}, "boot", {"firmware": "uefi", "order": "cdn"}),
        ({"nestedVirt": True}, "isNestedVirtEnabled", True),
        ({"startDelay": 5}, "startDelay", 5),
        ({"xenStoreData": {"vm-data/a": "1"}}, "xenStoreData", {"vm-data/a": "1"}),
        ({"notes": "x"}, "notes", "x"),
    ],
)
def test_changes_of_a_vm(fake: FakeXo, xo: httpx2.Client, body: dict[str, Any], field: str, value: Any) -> None:
    vm = fake.find("vms")["id"]
    assert xo.patch(f"/vms/{vm}", json=body).status_code == 204
    assert xo.get(f"/vms/{vm}").json()[field] == value


@pytest.mark.parametrize(
    ("size", "read"), [("2GiB", 2 << 30), ("512 MiB", 512 << 20), (1 << 30, 1 << 30), ("4096", 4096)]
)
def test_memory_is_a_number_or_a_text(fake: FakeXo, xo: httpx2.Client, size: Any, read: int) -> None:
    vm = fake.find("vms")["id"]
    assert xo.patch(f"/vms/{vm}", json={"memory": size}).status_code == 204
    assert xo.get(f"/vms/{vm}").json()["memory"]["size"] == read
    assert xo.patch(f"/vms/{vm}", json={"memory": "plenty"}).status_code == 500


def test_an_affinity_host_must_exist_and_can_be_taken_away(fake: FakeXo, xo: httpx2.Client) -> None:
    vm, host = fake.find("vms")["id"], fake.find("hosts")["id"]
    assert xo.patch(f"/vms/{vm}", json={"affinityHost": "nowhere"}).status_code == 404
    for value in (host, None):
        xo.patch(f"/vms/{vm}", json={"affinityHost": value})
        assert xo.get(f"/vms/{vm}").json().get("affinityHost") == value


def test_create_vm_builds_what_is_asked_for(fake: FakeXo, xo: httpx2.Client) -> None:
    body = {
        "template": fake.find("vm-templates", name_label="alder9-cloudinit")["uuid"],
        "name_label": "new",
        "name_description": "made by a test",
        "cpus": 3,
        "memory": 1 << 30,
        "vifs": [{"network": network["id"]} for network in fake.xo.store.every("networks")],
        "vdis": [{"name_label": "data", "size": 5 << 30, "sr": fake.find("srs")["id"]}],
        "boot": True,
    }
    pool = fake.find("pools")["id"]
    vm = xo.get(f"/vms/{xo.post(f'/pools/{pool}/actions/create_vm?sync=true', json=body).json()['id']}").json()
    assert (vm["name_description"], vm["CPUs"]["number"], vm["memory"]["size"]) == ("made by a test", 3, 1 << 30)
    assert (vm["power_state"], len(vm["VIFs"]), vm["creation"]["user"]) == ("Running", 3, fake.xo.people.admin)
    sizes = sorted(disk["size"] for disk in xo.get(f"/vms/{vm['id']}/vdis?fields=size").json())
    assert sizes == [5 << 30, 10 << 30]


def test_a_disk_is_attached_and_taken_away_again(fake: FakeXo, xo: httpx2.Client) -> None:
    vm = fake.find("vms", power_state="Running")["id"]
    body = {"srId": fake.find("srs")["id"], "virtual_size": 1 << 30}
    disk = xo.post("/vdis", json=body).json()["id"]
    link = xo.post("/vbds", json={"VM": vm, "VDI": disk}).json()["id"]
    assert xo.post(f"/vbds/{link}/actions/connect?sync=true").status_code == 204
    assert xo.delete(f"/vdis/{disk}").status_code == 500
    assert xo.post(f"/vbds/{link}/actions/disconnect?sync=true").status_code == 204
    assert xo.delete(f"/vbds/{link}").status_code == 204
    assert link not in xo.get(f"/vms/{vm}").json()["$VBDs"]
    assert xo.delete(f"/vdis/{disk}").status_code == 204


def test_a_nic_is_added_changed_and_removed(fake: FakeXo, xo: httpx2.Client) -> None:
    vm, network = fake.find("vms")["id"], fake.find("networks")["id"]
    nic = xo.post("/vifs", json={"vmId": vm, "networkId": network, "MAC": "02:00:00:00:00:09"}).json()["id"]
    assert xo.patch(f"/vifs/{nic}", json={"allowedIpv4Addresses": ["192.0.2.5"], "rateLimit": 100}).status_code == 204
    shown = xo.get(f"/vifs/{nic}").json()
    assert (shown["MAC"], shown["lockingMode"], shown["rateLimit"]) == ("02:00:00:00:00:09", "locked", 100)
    assert xo.delete(f"/vifs/{nic}").status_code == 204
    assert nic not in xo.get(f"/vms/{vm}").json()["VIFs"]


def test_an_action_leaves_a_message(fake: FakeXo, xo: httpx2.Client) -> None:
    vm = fake.find("vms", power_state="Halted")["id"]
    xo.post(f"/vms/{vm}/actions/start?sync=true")
    assert [each["name"] for each in xo.get(f"/vms/{vm}/messages?fields=name").json()] == ["VM_STARTED"]


def test_closing_the_connection_hides_the_pool_and_opening_it_brings_it_back(fake: FakeXo, xo: httpx2.Client) -> None:
    server = fake.find("servers")["id"]
    assert xo.post(f"/servers/{server}/actions/disconnect?sync=true").status_code == 204
    assert (xo.get("/vms").json(), xo.get(f"/servers/{server}").json()["status"]) == ([], "disconnected")
    assert xo.post(f"/servers/{server}/actions/connect?sync=true").status_code == 204
    assert len(xo.get("/vms").json()) == 60


def test_a_backup_repository_in_use_is_not_forgotten(fake: FakeXo, xo: httpx2.Client) -> None:
    used = fake.find("backup-repositories")["id"]
    assert xo.post(f"/backup-repositories/{used}/actions/forget?sync=true").status_code == 403
    fresh = xo.post("/backup-repositories", json={"name": "new", "url": "file:///backups"}).json()["id"]
    assert xo.get(f"/backup-repositories/{fresh}/health").json() == {"success": True}
    assert xo.patch(f"/backup-repositories/{fresh}", json={"enabled": False}).status_code == 204
    assert xo.get(f"/backup-repositories/{fresh}/health").status_code == 500
    assert xo.post(f"/backup-repositories/{fresh}/actions/forget?sync=true").status_code == 204
    result = xo.post(f"/backup-repositories/{used}/actions/benchmark?sync=true").json()
    assert (result["success"], xo.get(f"/backup-repositories/{used}").json()["benchmarks"][-1]["readRate"]) == (
        True,
        result["readRate"],
    )


def test_a_failed_task_may_be_enormous(fake: FakeXo, xo: httpx2.Client) -> None:
    fake.options.failure_bytes = 200_000
    vm = fake.find("vms", power_state="Running")["id"]
    task = xo.post(f"/vms/{vm}/actions/start").json()["taskId"]
    answer = xo.get(f"/tasks/{task}?wait=true")
    assert answer.json()["result"]["code"] == "VM_BAD_POWER_STATE"
    assert len(answer.content) > 200_000


def test_linstor_is_501(fake: FakeXo, xo: httpx2.Client) -> None:
    body = {"hostId": fake.find("hosts")["id"], "name_label": "x", "SR_type": "linstor", "device_config": {}}
    assert xo.post("/srs", json=body).status_code == 501
    assert xo.post("/srs", json=body | {"SR_type": "nfs", "device_config": {"server": "x"}}).status_code == 201


# --- people, roles, networks, storage


def test_a_group_and_its_members(fake: FakeXo, xo: httpx2.Client) -> None:
    user, group = fake.xo.people.ids["nobody"], xo.post("/groups", json={"name": "night shift"}).json()["id"]
    assert xo.put(f"/groups/{group}/users/{user}").status_code == 204
    assert xo.get(f"/users/{user}/groups").json() == [f"/rest/v0/groups/{group}"]
    assert xo.get(f"/groups/{group}/users").json() == [f"/rest/v0/users/{user}"]
    assert xo.put(f"/groups/{group}/users/none").status_code == 404
    assert xo.patch(f"/groups/{group}", json={"name": "operations"}).status_code == 409
    assert xo.delete(f"/groups/{group}").status_code == 204
    assert xo.get(f"/users/{user}/groups").json() == []


def test_a_role_reaches_the_members_of_a_group(fake: FakeXo, xo: httpx2.Client) -> None:
    user, group = fake.xo.people.ids["nobody"], xo.post("/groups", json={"name": "night shift"}).json()["id"]
    role = xo.post(f"/acl-roles/{fake.find('acl-roles')['id']}/actions/copy?sync=true").json()["id"]
    xo.put(f"/groups/{group}/users/{user}")
    assert xo.put(f"/acl-roles/{role}/groups/{group}").status_code == 204
    assert xo.get(f"/groups/{group}/acl-roles").json() == [f"/rest/v0/acl-roles/{role}"]
    assert xo.get(f"/acl-roles/{role}/groups").json() == [f"/rest/v0/groups/{group}"]
    with fake.client("nobody") as nobody:
        assert len(nobody.get("/vms").json()) == 60
        assert len(nobody.get(f"/users/{user}/acl-privileges").json()) > 10
        assert xo.delete(f"/acl-roles/{role}/groups/{group}").status_code == 204
        assert nobody.get("/vms").json() == []


def test_a_role_is_changed_and_deleted_with_its_privileges(fake: FakeXo, xo: httpx2.Client) -> None:
    role = fake.find("acl-roles", name="VM starter")
    privilege = role["privilegeIds"][0]
    assert xo.patch(f"/acl-roles/{role['id']}", json={"name": "Starter", "description": None}).status_code == 204
    assert "description" not in xo.get(f"/acl-roles/{role['id']}").json()
    assert xo.patch(f"/acl-privileges/{privilege}", json={"effect": "deny"}).status_code == 204
    assert xo.delete(f"/acl-privileges/{role['privilegeIds'][1]}").status_code == 204
    assert xo.get(f"/acl-roles/{role['id']}/privileges").json()[0].endswith(privilege)
    assert xo.delete(f"/acl-roles/{role['id']}").status_code == 204
    assert xo.get(f"/acl-privileges/{privilege}").status_code == 404
    body = {"resource": "vm", "action": "fly", "effect": "allow", "roleId": role["id"]}
    assert xo.post("/acl-privileges", json=body).status_code == 422


def test_a_user_comes_changes_and_goes(fake: FakeXo, xo: httpx2.Client) -> None:
    user = xo.post("/users", json={"name": "new@example.org", "password": "old"}).json()["id"]
    assert xo.patch(f"/users/{user}", json={"password": "new", "permission": "admin"}).status_code == 204
    assert xo.patch(f"/users/{user}", json={"name": "admin@example.org"}).status_code == 409
    with fake.client("") as nobody:
        assert nobody.get("/dashboard", auth=("new@example.org", "new")).status_code == 200
    assert xo.delete(f"/users/{user}").status_code == 204
    assert xo.delete(f"/users/{fake.xo.people.admin}").status_code == 403


def test_a_network_in_use_is_not_deleted(fake: FakeXo, xo: httpx2.Client) -> None:
    pool = fake.find("pools")["id"]
    for network in fake.xo.store.every("networks")[:2]:
        assert xo.delete(f"/networks/{network['id']}").json()["error"].startswith("NETWORK_CONTAINS_")
    for name, more in (
        ("create_network", {"pif": fake.find("pifs", device="eth1")["id"], "vlan": 7}),
        ("create_bonded_network", {"pifIds": [fake.find("pifs", device="eth1")["id"]], "bondMode": "lacp"}),
        ("create_internal_network", {}),
    ):
        made = xo.post(f"/pools/{pool}/actions/{name}?sync=true", json={"name": "new", "mtu": 9000, **more})
        assert made.status_code == 201
        assert xo.get(f"/networks/{made.json()['id']}").json()["MTU"] == 9000
        assert xo.delete(f"/networks/{made.json()['id']}").status_code == 204


def test_storage_with_disks_is_not_destroyed_but_forgotten(fake: FakeXo, xo: httpx2.Client) -> None:
    sr = fake.find("srs", name_label="ISO library")["id"]
    assert xo.delete(f"/srs/{sr}").json()["error"].startswith("SR_NOT_EMPTY(")
    assert xo.post(f"/srs/{sr}/actions/forget?sync=true").status_code == 204
    assert xo.get("/vdis?filter=name_label:.iso").json() == []


def test_a_nic_is_unplugged_and_plugged(fake: FakeXo, xo: httpx2.Client) -> None:
    nic = fake.find("vifs", attached=True)["id"]
    for name, status in (("connect", 500), ("disconnect", 204), ("disconnect", 500), ("connect", 204)):
        assert xo.post(f"/vifs/{nic}/actions/{name}?sync=true").status_code == status


def test_a_host_is_emptied_disabled_and_switched_off(fake: FakeXo, xo: httpx2.Client) -> None:
    master, other = fake.xo.store.every("hosts")
    url = f"/hosts/{other['id']}/actions"
    assert xo.post(f"/hosts/{master['id']}/actions/detach?sync=true").json()["error"].startswith("HOST_IS_MASTER(")
    assert xo.post(f"{url}/forget?sync=true").status_code == 409
    assert xo.post(f"{url}/disable?sync=true", json={"evacuate": True}).status_code == 204
    assert xo.get(f"/vms?filter=$container:{other['id']}").json() == []
    assert xo.post(f"{url}/clean_shutdown?sync=true").status_code == 204
    assert xo.get(f"/hosts/{other['id']}").json()["power_state"] == "Halted"
    assert xo.get(f"/hosts/{other['id']}/stats").status_code == 422
    assert xo.get(f"/hosts/{other['id']}/smt").json()["error"].startswith("HOST_OFFLINE(")
    assert xo.get(f"/hosts/{other['id']}/logs.tgz").json()["error"].startswith("HOST_OFFLINE(")
    assert xo.post(f"{url}/forget?sync=true").status_code == 204
    assert len(xo.get("/hosts").json()) == 1


def test_a_vm_goes_back_to_its_snapshot_only(fake: FakeXo, xo: httpx2.Client) -> None:
    vm = fake.find("vms")
    snapshot = vm["snapshots"][0]
    body = {"snapshotId": snapshot, "snapshotBefore": True}
    xo.patch(f"/vms/{vm['id']}", json={"nameDescription": "changed"})
    assert xo.post(f"/vms/{vm['id']}/actions/revert_snapshot?sync=true", json=body).status_code == 204
    shown = xo.get(f"/vms/{vm['id']}").json()
    assert (shown["name_description"], len(shown["snapshots"])) == (vm["name_description"], 2)
    other = fake.xo.store.every("vms")[1]["id"]
    assert xo.post(f"/vms/{other}/actions/revert_snapshot?sync=true", json=body).status_code == 500


def test_a_vm_moves_with_its_disks(fake: FakeXo, xo: httpx2.Client) -> None:
    vm = fake.find("vms", power_state="Running")
    host = next(each["id"] for each in fake.xo.store.every("hosts") if each["id"] != vm["$container"])
    sr = fake.find("srs", name_label="Local storage")["id"]
    assert xo.post(f"/vms/{vm['id']}/actions/migrate?sync=true", json={"hostId": host, "srId": sr}).status_code == 204
    assert xo.get(f"/vms/{vm['id']}").json()["$container"] == host
    assert xo.get(f"/vms/{vm['id']}/vdis?fields=$SR").json()[0]["$SR"] == sr


def test_a_blocked_action_says_so(fake: FakeXo, xo: httpx2.Client) -> None:
    vm = fake.find("vms", power_state="Running")["id"]
    fake.change("vms", vm, blockedOperations={"pause": "not now"})
    answer = xo.post(f"/vms/{vm}/actions/pause?sync=true")
    assert answer.json()["error"].startswith("OPERATION_BLOCKED(OpaqueRef:")
    with pytest.raises(Exception, match="HANDLE_INVALID"):
        fake.change("vms", "none", name_label="x")
