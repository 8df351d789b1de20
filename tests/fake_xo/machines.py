"""Machines as a whole: copied and deleted with their disks and NICs."""

from dataclasses import dataclass
from typing import Any

from fake_xo.errors import ApiError, XapiError, bad_power_state
from fake_xo.identity import Identity
from fake_xo.records import Maker
from fake_xo.store import Record, Store


def maker_of(identity: Identity, record: Record) -> Maker:
    """A maker of records in the same pool."""
    return Maker(identity, record["$pool"])


def needs_state(record: Record, *states: str) -> None:
    """Refuse a power state.

    Raises:
        XapiError: VM_BAD_POWER_STATE.
    """
    if record["power_state"] not in states:
        raise bad_power_state(record["_xapiRef"], states[0], record["power_state"])


def needs_unblocked(record: Record, operation: str) -> None:
    """Refuse an operation the VM's owner has blocked.

    Raises:
        XapiError: OPERATION_BLOCKED.
    """
    reason = record["blockedOperations"].get(operation)
    if reason is not None:
        raise XapiError("OPERATION_BLOCKED", record["_xapiRef"], reason)


def set_power(store: Store, vm: Record, state: str, *, host: str | None = None, now: int = 0) -> None:
    """Change the power state and what goes with it."""
    alive = state == "Running"
    where = host or (vm["$container"] if vm["$container"] != vm["$pool"] else None)
    if alive and where is None:
        where = store.every("hosts")[0]["id"]
    changes: Record = {"power_state": state, "$container": where if state != "Halted" else home_of(store, vm)}
    if alive and vm["power_state"] == "Halted":
        changes["startTime"] = now
    if state == "Halted":
        changes |= {"addresses": {}, "mainIpAddress": ...}
    store.update("vms", vm["id"], **changes)
    for name in vm["$VBDs"]:
        if (link := store.actual("vbds", name)) and "VDI" in link:
            store.update("vbds", name, attached=alive, device="xvda" if alive else None)
    for name in vm["VIFs"]:
        if store.actual("vifs", name):
            store.update("vifs", name, attached=alive)


def home_of(store: Store, vm: Record) -> str:
    """The `$container` of a machine that does not run: the host whose local storage holds a disk, else the pool."""
    for name in vm["$VBDs"]:
        link = store.actual("vbds", name) or {}
        disk = store.actual("vdis", link.get("VDI", "")) or {}
        sr = store.actual("srs", disk.get("$SR", ""))
        if sr is not None and not sr["shared"]:
            return str(sr["$container"])
    return str(vm["$pool"])


def copy_machine(
    store: Store, identity: Identity, source: Record, kind: str, name: str, *, sr: str | None = None, now: int = 0
) -> Record:
    """Copy a VM, template or snapshot with its disks and NICs.

    Args:
        store: Where it goes.
        identity: Gives the ids.
        source: What is copied.
        kind: `VM`, `VM-snapshot` or `VM-template`.
        name: The copy's name.
        sr: Where its disks go; absent: where the source's are.
        now: When a snapshot is taken, in seconds.
    """
    maker = maker_of(identity, source)
    fresh = identity.fresh(kind)
    base = maker.base(kind, fresh, object_id=fresh)
    skipped = {"$snapshot_of", "snapshot_time", "isDefaultTemplate", "template_info"}
    own = {"$VBDs": [], "VIFs": [], "snapshots": [], "power_state": "Halted", "$container": source["$pool"]}
    record = {key: value for key, value in source.items() if key not in skipped} | base | own | {"name_label": name}
    record |= {"addresses": {}, "blockedOperations": {}, "startTime": None}
    record.pop("mainIpAddress", None)
    if kind == "VM":
        record.setdefault("vulnerabilities", {"xsa468": False})
    if kind == "VM-snapshot":
        record |= {"$snapshot_of": source["id"], "snapshot_time": now}
    copier = _Copier(store, maker, record, sr)
    record["$VBDs"] = [copier.link(link) for name in source["$VBDs"] if (link := store.actual("vbds", name))]
    record["VIFs"] = [copier.nic(nic) for name in source["VIFs"] if (nic := store.actual("vifs", name))]
    collection = {"VM": "vms", "VM-snapshot": "vm-snapshots", "VM-template": "vm-templates"}[kind]
    return store.add(collection, record)


@dataclass
class _Copier:
    """Copies what belongs to a machine."""

    store: Store
    maker: Maker
    owner: Record
    sr: str | None

    def link(self, link: Record) -> str:
        store, fresh = self.store, self.maker.identity.fresh("VBD")
        base = self.maker.base("VBD", fresh, object_id=fresh)
        copy = link | base | {"VM": self.owner["id"], "attached": False, "device": None}
        disk_id = link.get("VDI", "")
        if disk := store.actual("vdis", disk_id) or store.actual("vdi-snapshots", disk_id):
            copy["VDI"] = self.disk(disk, fresh)
        store.add("vbds", copy)
        return fresh

    def disk(self, disk: Record, link: str) -> str:
        store, snapshot = self.store, self.owner["type"] == "VM-snapshot"
        kind, collection = ("VDI-snapshot", "vdi-snapshots") if snapshot else ("VDI", "vdis")
        fresh = self.maker.identity.fresh(kind)
        skipped = {"$snapshot_of", "snapshot_time", "chainPhysicalUsage"}
        record = {key: value for key, value in disk.items() if key not in skipped}
        record |= self.maker.base(kind, fresh, object_id=fresh)
        record |= {"$VBDs": [link], "snapshots": [], "$SR": self.sr or disk["$SR"]}
        if snapshot:
            record |= {"$snapshot_of": disk["id"], "snapshot_time": self.owner["snapshot_time"]}
            store.update("vdis", disk["id"], snapshots=[*disk["snapshots"], fresh])
        else:
            record["chainPhysicalUsage"] = disk["usage"]
        store.add(collection, record)
        keep_on(store, record)
        return fresh

    def nic(self, nic: Record) -> str:
        store, fresh = self.store, self.maker.identity.fresh("VIF")
        own = {"$VM": self.owner["id"], "attached": False, "MAC": self.maker.identity.mac(fresh)}
        store.add("vifs", nic | self.maker.base("VIF", fresh, object_id=fresh) | own)
        if network := store.actual("networks", nic["$network"]):
            store.update("networks", network["id"], VIFs=[*network["VIFs"], fresh])
        return fresh


def keep_on(store: Store, disk: Record) -> None:
    """List a disk under its storage repository."""
    if sr := store.actual("srs", disk["$SR"]):
        store.update("srs", sr["id"], VDIs=[*sr["VDIs"], disk["id"]])


def delete_disk(store: Store, disk_id: str) -> None:
    """Delete a disk, its links and its place on the storage repository."""
    for collection in ("vdis", "vdi-snapshots"):
        disk = store.actual(collection, disk_id)
        if disk is None:
            continue
        for link in disk["$VBDs"]:
            store.remove("vbds", link)
        if sr := store.actual("srs", disk["$SR"]):
            store.update("srs", sr["id"], VDIs=[each for each in sr["VDIs"] if each != disk_id])
        store.remove(collection, disk_id)


def delete_machine(store: Store, collection: str, record: Record) -> None:
    """Delete a machine with its disks and NICs, running or not.

    Raises:
        ApiError: 403 when its owner has blocked that.
    """
    if reason := record["blockedOperations"].get("destroy"):
        text = f"forbidden operation: destroy is blocked: {reason}"
        raise ApiError(403, text, {"operation": "destroy", "reason": reason})
    for name in record["$VBDs"]:
        link: Any = store.actual("vbds", name)
        if link and "VDI" in link and not link["is_cd_drive"]:
            delete_disk(store, link["VDI"])
        store.remove("vbds", name)
    for name in record["VIFs"]:
        delete_nic(store, name)
    for name in record["snapshots"]:
        if snapshot := store.actual("vm-snapshots", name):
            delete_machine(store, "vm-snapshots", snapshot)
    if parent := store.actual("vms", record.get("$snapshot_of", "")):
        store.update("vms", parent["id"], snapshots=[each for each in parent["snapshots"] if each != record["id"]])
    store.remove(collection, record["id"])


def delete_nic(store: Store, vif_id: str) -> None:
    """Delete a NIC and its place in the network and the machine."""
    vif = store.actual("vifs", vif_id)
    if vif is None:
        return
    if network := store.actual("networks", vif["$network"]):
        store.update("networks", network["id"], VIFs=[each for each in network["VIFs"] if each != vif_id])
    for collection in ("vms", "vm-templates"):
        if vm := store.actual(collection, vif["$VM"]):
            store.update(collection, vm["id"], VIFs=[each for each in vm["VIFs"] if each != vif_id])
    store.remove("vifs", vif_id)
