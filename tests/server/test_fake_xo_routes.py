"""Every operation of the fake XO does something, for every release, and nothing breaks it."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2
import pytest
from fake_xo import FakeXo, running_fake_xo
from fake_xo.spec import Operation
from fake_xo.store import OWN_COLLECTIONS, XAPI_COLLECTIONS
from newest import PINNED_SPEC

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
    return (operation.method != "GET", ends, operation.method == "DELETE", operation.key)


def path_of(fake: FakeXo, operation: Operation) -> str:
    """The operation's path, about things that are there."""
    parts = operation.path.split("/")
    collection = parts[3] if parts[1] == "plugins" else parts[1]
    collection = {"records": "audit", "vms": "vms"}.get(collection, collection)
    object_id = "none"
    if "{id}" in operation.path and collection != "events":
        # A later release may have collections of which the fake knows the contract only.
        known = collection in (*XAPI_COLLECTIONS, *OWN_COLLECTIONS)
        records = (known and fake.xo.store.every(collection)) or [{"id": "none"}]
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


def test_a_route_that_a_release_moved_does_what_it_did(tmp_path: Path) -> None:
    text = PINNED_SPEC.read_text()
    for old, new in (("/backup-repositories", "/stores"), ("{id}", "{store-id}"), ("/benchmark", "/measure")):
        text = text.replace(old, new)
    spec = tmp_path / "xo-90.0.json"
    spec.write_text(text)
    shutil.copytree(PINNED_SPEC.parent / "jsonrpc", tmp_path / "jsonrpc")
    with running_fake_xo(vms=1, task_seconds=0, spec=spec) as moved, moved.client() as xo:
        store = moved.find("backup-repositories")["id"]
        assert store in str(xo.get("/stores").json())
        assert xo.get(f"/stores/{store}").json()["id"] == store
        assert xo.post(f"/stores/{store}/actions/measure?sync=true").json()["success"]
        assert xo.post(f"/backup-repositories/{store}/actions/benchmark").status_code == 404
        assert xo.get("/stores/nope").status_code == 404


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
