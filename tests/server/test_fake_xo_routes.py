"""Every operation of the fake XO does something, for every release, and nothing breaks it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2
import pytest
from fake_xo import FakeXo, running_fake_xo
from fake_xo.spec import Operation

SPECS = sorted((Path(__file__).resolve().parents[2] / "specs").glob("xo-*.json"))
LAST = ("shutdown", "detach", "forget", "disconnect")
"""Actions that leave little behind: called after all others."""


@pytest.fixture
def fake() -> Iterator[FakeXo]:
    with running_fake_xo(lag=0, task_seconds=0, busy_vdi_seconds=0, export_bytes=1000) as running:
        yield running


@pytest.fixture
def xo(fake: FakeXo) -> Iterator[httpx2.Client]:
    with fake.client() as client:
        yield client


SCALARS = {"string": "text", "boolean": True, "number": 5, "integer": 5}


def example(schema: Any, known: dict[str, Any], registry: Any, name: str = "") -> Any:
    """The smallest value that fits a schema."""
    while "$ref" in schema or "anyOf" in schema:
        schema = registry.resolver().lookup(schema["$ref"]).contents if "$ref" in schema else schema["anyOf"][0]
    if "enum" in schema:
        return schema["enum"][0]
    if "allOf" in schema:
        return {key: each for part in schema["allOf"] for key, each in example(part, known, registry).items()}
    kind = schema.get("type", "object")
    if kind == "array":
        return [example(schema["items"], known, registry, name)]
    if kind != "object":
        return known.get(name, SCALARS[kind])
    parts, required = schema.get("properties", {}), schema.get("required", ())
    return {key: example(parts[key], known, registry, key) for key in parts if key in required}


def order(operation: Operation) -> tuple[bool, bool, bool, str]:
    """Reads first, what destroys last."""
    ends = operation.path.endswith(LAST) or operation.path.startswith("/servers")
    return (operation.method != "GET", operation.method == "DELETE", ends, operation.key)


def path_of(fake: FakeXo, operation: Operation) -> str:
    """The operation's path, about things that are there."""
    parts = operation.path.split("/")
    collection = parts[3] if parts[1] == "plugins" else parts[1]
    collection = {"records": "audit", "vms": "vms"}.get(collection, collection)
    object_id = "none"
    if "{id}" in operation.path and collection != "events":
        records = fake.xo.store.every(collection) or [{"id": "none"}]
        object_id = fake.xo.people.admin if "authentication_tokens" in operation.path else records[0]["id"]
    values = {
        "{id}": quote(object_id, safe=""),
        "{tag}": "tag",
        "{format}": "xva" if "vm" in collection else "raw",
        "{userId}": fake.xo.people.ids["nobody"],
        "{groupId}": (fake.xo.store.every("groups") or [{"id": "none"}])[0]["id"],
        "{data_source}": "cpu0",
        "{subscriptionId}": "VM",
    }
    path = operation.path
    for name, value in values.items():
        path = path.replace(name, value)
    return path


def test_no_operation_breaks_it(fake: FakeXo, xo: httpx2.Client) -> None:
    ids = {name: fake.find(name)["id"] for name in ("hosts", "srs", "vms", "networks", "vdis", "pifs", "vm-snapshots")}
    known = {
        "hostId": ids["hosts"],
        "host": ids["hosts"],
        "srId": ids["srs"],
        "vmId": ids["vms"],
        "VM": ids["vms"],
        "VDI": ids["vdis"],
        "networkId": ids["networks"],
        "network": ids["networks"],
        "pif": ids["pifs"],
        "pifIds": ids["pifs"],
        "snapshotId": ids["vm-snapshots"],
        "template": fake.find("vm-templates")["uuid"],
        "roleId": fake.xo.store.every("acl-roles")[-1]["id"],
    }
    statuses = set()
    for operation in sorted(fake.xo.contract.operations, key=order):
        if operation.path == "/events":
            continue
        settings: dict[str, Any] = {"params": {"sync": "true"}} if "/actions/" in operation.path else {}
        if operation.media_type == "application/json":
            settings["json"] = example(operation.body, known, fake.xo.contract.registry)
        elif operation.media_type:
            settings["content"] = b"conectix" + bytes(504)
        answer = xo.request(operation.method, path_of(fake, operation), **settings)
        assert answer.headers.get("content-type") != "text/html; charset=utf-8", operation.key
        assert answer.status_code not in {401, 422}, (operation.key, answer.text)
        statuses.add(answer.status_code)
    assert fake.xo.tasks.crashes == []
    assert statuses == {200, 201, 204, 403, 404, 409, 500}


@pytest.mark.parametrize("spec", SPECS, ids=lambda path: path.stem)
def test_it_can_be_any_release(spec: Path) -> None:
    with running_fake_xo(vms=1, spec=spec) as old, old.client() as xo:
        assert len(xo.get("/vms").json()) == 1
        assert xo.get("/users/me").status_code == 307


def test_an_old_release_does_not_know_new_routes() -> None:
    with running_fake_xo(vms=1, spec=next(path for path in SPECS if path.stem == "xo-6.0")) as old, old.client() as xo:
        answer = xo.get("/acl-roles")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")


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


# --- plugins


@pytest.mark.parametrize("collection", ["networks", "vifs"])
def test_traffic_rules(fake: FakeXo, xo: httpx2.Client, collection: str) -> None:
    target = fake.find(collection)["id"]
    url = f"/plugins/sdn-controller/{collection}/{target}/actions"
    rule = {"direction": "to", "ipRange": "192.0.2.0/24", "protocol": "TCP", "port": 80}
    assert xo.post(f"{url}/add_traffic_rule", json=rule).status_code == 422
    assert xo.post(f"{url}/add_traffic_rule", json=rule | {"allow": True}).status_code == 202
    assert xo.post(f"{url}/add_traffic_rule?sync=true", json=rule | {"allow": True}).status_code == 204
    body = {"oldRule": rule | {"allow": True}, "newRule": {"port": 443}}
    assert xo.post(f"{url}/update_traffic_rule?sync=true", json=body).status_code == 204
    assert "443" in str(xo.get(f"/{collection}/{target}").json()["other_config"])
    assert xo.post(f"{url}/delete_traffic_rule?sync=true", json=rule | {"port": 443}).status_code == 204
    assert "443" not in str(xo.get(f"/{collection}/{target}").json()["other_config"])
    assert xo.post(f"/plugins/sdn-controller/{collection}/none/actions/add_traffic_rule", json={}).status_code == 422


def test_sensors_are_on_one_host_only(fake: FakeXo, xo: httpx2.Client) -> None:
    first, second = (host["id"] for host in fake.xo.store.every("hosts"))
    assert len(xo.get(f"/plugins/ipmi-sensors/hosts/{first}/ipmi").json()["sensors"]) == 3
    assert xo.get(f"/plugins/ipmi-sensors/hosts/{second}/ipmi").status_code == 503


def test_the_audit_log(fake: FakeXo, xo: httpx2.Client) -> None:
    records = xo.get("/plugins/audit/records").json()
    assert xo.get(f"/plugins/audit/records/{records[3]['id']}").json() == records[3]
    assert xo.get("/plugins/audit/records", params={"from": records[3]["id"], "limit": 2}).json() == records[3:5]
    assert xo.get("/plugins/audit/records", params={"filter": f"id:{records[5]['id']}"}).json() == [records[5]]
    with fake.client("reader") as reader:
        assert reader.get("/plugins/audit/records").status_code == 403


def test_without_plugins_their_routes_are_unknown() -> None:
    with running_fake_xo(vms=1, plugins=False) as bare, bare.client() as xo:
        assert xo.get("/plugins/audit/records").status_code == 404
