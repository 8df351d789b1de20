"""Calls that can succeed: for every tool the smallest one, on an object of the fake's world, prepared where need be."""

from collections.abc import Mapping
from typing import Any

import backup_aims
import further
from desk import Desk
from fake_xo import FakeXo
from fake_xo.jsonrpc.call import COLLECTIONS, METHODS
from values import KINDS, collection_of
from xo_mcp.definitions import Entry

RULE = {"allow": True, "direction": "to", "ipRange": "192.0.2.0/24", "protocol": "TCP", "port": 80}
PLAIN: Mapping[str, Any] = {
    **RULE,
    "oldRule": RULE,
    "newRule": {"port": 443},
    "action": "read",
    "effect": "allow",
    "resource": "vm",
    "bondMode": "lacp",
    "vlan": 7,
    "format": "raw",
    "tag": "contract",
    "data_source": "cpu0",
    "file": "disk.vhd",
    "collection": "VM",
    "virtual_size": 1 << 20,
    "SR_type": "nfs",
    "device_config": {"server": "192.0.2.1", "serverpath": "/exports"},
    "host": "192.0.2.77",
    "sql": "SELECT name_label FROM vms",
    "subscriptionId": "VM",
    "cron": "0 3 * * *",
    "order": "cd",
    "path": "/",
    "paths": ["/hello.txt"],
}
"""What required arguments are, where text will not do."""
USUAL: Mapping[str, Any] = {"number": 1, "integer": 1, "boolean": True, "object": {}, "array": []}
"""And where no argument of that name was met before, by type."""
HARMLESS = frozenset({"name", "nameLabel", "name_label", "nameDescription", "description", "preferences", "effect"})
"""What an update may set of any object."""
FIRST: Mapping[str, tuple[str, dict[str, Any]]] = {
    "unpause_vm": ("pause_vm", {}),
    "resume_vm": ("suspend_vm", {}),
    "connect_server": ("disconnect_server", {}),
    "connect_vif": ("disconnect_vif", {}),
    "forget_host": ("clean_shutdown_host", {"bypassEvacuate": True}),
    "update_network_traffic_rule": ("add_network_traffic_rule", RULE),
    "update_vif_traffic_rule": ("add_vif_traffic_rule", RULE),
}
"""What must be done to an object before a tool can do its own."""


def aimed(fake: FakeXo, entry: Entry, object_id: str) -> dict[str, Any]:
    """The smallest call of a tool that can succeed."""
    given: dict[str, Any] = {}
    for name in (*entry.schema.get("required", ()), *_change(entry)):
        schema = entry.schema["properties"][name]
        collection = "" if name == "host" and entry.name == "add_server" else KINDS.get(name, "")
        if name == "id":
            given[name] = object_id
        elif entry.facts.is_call and (value := called_with(fake, entry, name)) is not None:
            given[name] = value
        elif name == "template":
            given[name] = fake.find("vm-templates")["uuid"]
        elif collection:
            # The first SR is no ISO library; the first PIF and network carry the management.
            first = collection in {"srs", "pifs", "networks"}
            found = fake.xo.store.every(collection)[0 if first else -1]["id"]
            given[name] = [found] if schema.get("type") == "array" else found
        elif entry.facts.module == "vms" and name in {"format", "file"}:
            given[name] = {"format": "xva", "file": "machine.xva"}[name]
        elif name == "file" and entry.name.endswith("_raw"):
            given[name] = "disk.raw"
        elif "enum" in schema:
            given[name] = schema["enum"][0]
        else:
            given[name] = PLAIN.get(name, USUAL.get(str(schema.get("type")), "text"))
    given |= further.aimed(fake, entry.name, object_id)
    given |= backup_aims.aimed(fake, entry.name, object_id)
    if "timeout" in entry.schema["properties"]:
        given["timeout"] = 0.3
    return given


def _change(entry: Entry) -> tuple[str, ...]:
    """A property that an update sets, because one that changes nothing is refused."""
    optional = [name for name in entry.schema["properties"] if name not in entry.schema.get("required", ())]
    if not (entry.facts.operation or "").startswith("PATCH ") or not optional:
        return ()
    reported = [name for name in optional if name in HARMLESS]
    return ((reported or optional)[0],)


def called_with(fake: FakeXo, entry: Entry, name: str) -> str | None:
    """What a parameter of a JSON-RPC method names: an object that XO looks up, an ISO, a disk in a backup."""
    archive = fake.find("backup-archives")
    library = fake.find("srs", content_type="iso")["id"]
    known = {
        "cd_id": fake.find("vdis", **{"$SR": library})["id"],
        "remote": archive["backupRepository"],
        "disk": archive["disks"][0]["id"],
        "jobId": fake.find("backup-jobs")["id"],
    }
    if name in known:
        return str(known[name])
    reported = fake.xo.rpc.facts.get(entry.facts.route, {}).get("objects", {}).get(name, {"types": []})
    kinds = [COLLECTIONS[kind] for kind in reported["types"] if kind in COLLECTIONS]
    # A live XO does not say what it looks up: of a method that the fake has not met, only we know.
    decided = () if entry.facts.route in METHODS else entry.facts.kinds.get(name, "").split()
    kinds += [kind for kind in decided if fake.xo.store._actual.get(kind)]
    return str(fake.xo.store.every(kinds[0])[-1]["id"]) if kinds else None


def candidates(fake: FakeXo, entry: Entry) -> list[str]:
    """Objects to try a tool on."""
    if "id" not in entry.schema.get("required", ()):
        return ["none"]
    if "authentication_tokens" in entry.facts.route:
        return [fake.xo.people.admin]
    collection = collection_of(entry)
    # What shows no objects in the fake, such as a collection of a release that it has not met, takes any id.
    records = fake.xo.store._actual.get(collection) or {fake.xo.identity.uuid("undescribed", collection): {}}
    return list(records)[-12:]


def prepare(fake: FakeXo, desk: Desk, entry: Entry, object_id: str) -> None:
    """Bring an object into the state a tool needs."""
    further.prepare(fake, entry.name, object_id)
    if entry.name == "start_host":
        fake.change("hosts", object_id, powerOnMode="wake-on-lan")
    if entry.name == "forget_backup_repository":
        for job in fake.xo.store.every("backup-jobs"):
            fake.call(fake.xo.store.remove, "backup-jobs", job["id"])
    if entry.name == "eject_vm_cd":
        desk.call("insert_vm_cd", id=object_id, cd_id=called_with(fake, entry, "cd_id"))
    if entry.name in FIRST:
        name, arguments = FIRST[entry.name]
        desk.call(name, {"id": object_id, **arguments})
