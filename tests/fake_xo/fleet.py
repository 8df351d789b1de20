"""The machines of the pool: VMs with disks and NICs, templates, snapshots, control domains, messages and alarms."""

from typing import TYPE_CHECKING, Any

from fake_xo.identity import Identity
from fake_xo.records import GIB
from fake_xo.store import Record, Store

if TYPE_CHECKING:
    from fake_xo.world import Infrastructure

ROLES = (
    ("web", 2, 4), ("db", 4, 16), ("cache", 2, 8), ("app", 4, 8), ("ci", 8, 16),
    ("mail", 2, 4), ("dns", 1, 2), ("log", 4, 8), ("vpn", 1, 2), ("wiki", 2, 4),
)  # fmt: skip
ENVIRONMENTS = ("prod", "staging", "dev")
ISOS = (("alder-9.4-netinst.iso", 650 << 20), ("birch-24.04-server.iso", 2600 << 20), ("guest-tools.iso", 21 << 20))
DEFAULT_TEMPLATES = ("Alder Linux 9", "Birch Server 24.04", "Other install media")
DAY = 86400
PROTECTED = 8
"""The VM that must not be deleted."""


def seed_fleet(store: Store, site: "Infrastructure", count: int, identity: Identity) -> None:
    """Fill the store with machines."""
    fleet = _Fleet(store, site, identity)
    for index, host in enumerate(site.hosts):
        fleet.control_domain(index, host)
    fleet.templates()
    for index in range(count):
        fleet.vm(index)
    fleet.isos()
    fleet.finish()


class _Fleet:
    """Collects the records, then hands them over."""

    def __init__(self, store: Store, site: "Infrastructure", identity: Identity) -> None:
        self.store = store
        self.site = site
        self.maker = site.maker
        self.identity = identity
        self.now = site.now // 1000
        self.found: dict[str, list[Record]] = {}

    def keep(self, collection: str, record: Record) -> Record:
        self.found.setdefault(collection, []).append(record)
        return record

    def control_domain(self, index: int, host: str) -> None:
        name = f"Control domain on host: harbour-{index + 1:02d}"
        record = self.maker.machine("VM-controller", name, cpus=8, memory=8 * GIB)
        record |= {"power_state": "Running", "$container": host, "affinityHost": host, "virtualizationMode": "pv"}
        record |= {
            "installTime": self.now - 200 * DAY,
            "startTime": self.now - 30 * DAY,
            "PV_args": "",
            "xenTools": False,
        }
        self.keep("vm-controllers", {name: value for name, value in record.items() if name not in {"vga", "videoram"}})

    def templates(self) -> None:
        for name in DEFAULT_TEMPLATES:
            record = self.maker.machine("VM-template", name)
            record["installTime"] = self.now - 200 * DAY
            disk = {"device": "0", "size": 10 * GIB, "bootable": True, "type": "system", "SR": ""}
            record |= {"id": f"{self.site.pool}-{record['uuid']}", "isDefaultTemplate": True}
            record["other"] |= {"default_template": "true", "install-methods": "cdrom,http"}
            record["template_info"] = {"disks": [disk], "install_methods": ["cdrom", "http"]}
            self.keep("vm-templates", record)
        custom = self.maker.machine("VM-template", "alder9-cloudinit", tags=["golden"])
        custom["installTime"] = self.now - 50 * DAY
        custom |= {"isDefaultTemplate": False, "template_info": {"disks": [], "install_methods": []}}
        self.disks(custom, size=10 * GIB, usage=4 * GIB, position=0)
        self.nic(custom, self.site.networks[1])
        self.keep("vm-templates", custom)

    def vm(self, index: int) -> None:
        role, cpus, memory = ROLES[index % len(ROLES)]
        environment = ENVIRONMENTS[index // len(ROLES) % len(ENVIRONMENTS)]
        name = f"{role}-{environment}-{index:03d}"
        state = _power_state(index)
        record = self.maker.machine("VM", name, cpus=cpus, memory=memory * GIB)
        record |= {
            "vulnerabilities": {"xsa468": False},
            "installTime": self.now - 100 * DAY,
            "startTime": self.now - (1 + index % 20) * DAY,
            "name_description": f"{role} server ({environment})",
            "tags": [environment, role, *(["critical"] if index % 15 == 0 else [])],
            "power_state": state,
            "auto_poweron": environment == "prod",
            "blockedOperations": {"destroy": "true"} if index == PROTECTED else {},
        }
        if state in {"Running", "Paused"}:
            record |= self.alive(index)
        elif _on_local_storage(index):
            record["$container"] = self.site.hosts[0]
        self.disks(record, size=(20 + 20 * (index % 3)) * GIB, usage=(2 + index % 7) * GIB, position=index)
        self.nic(record, self.site.networks[1])
        if index % 15 == 0:
            self.snapshot(record)
        self.keep("vms", record)
        if state == "Running" and index < 6:
            text = f"VM '{name}' started"
            self.keep("messages", self.maker.message("VM_STARTED", record["id"], body=text, seconds=self.now - 7200))

    def alive(self, index: int) -> Record:
        address = f"198.51.{100 + index // 250 % 100}.{index % 250 + 1}"
        return {
            "addresses": {"0/ipv4/0": address, "0/ipv6/0": f"fe80::{index + 1:x}"},
            "mainIpAddress": address,
            "os_version": {"name": "Alder Linux 9.4", "uname": "6.6.40", "distro": "alder", "major": "9", "minor": "4"},
            "xenTools": {"major": 8, "minor": 4, "version": 8.4},
            "managementAgentDetected": True,
            "pvDriversDetected": True,
            "pvDriversVersion": "8.4.0-1",
            "pvDriversUpToDate": True,
            "$container": self.site.hosts[index % len(self.site.hosts)],
        }

    def disks(self, owner: Record, *, size: int, usage: int, position: int) -> None:
        """A root disk and an empty CD drive."""
        name = owner["name_label"]
        sr = self.site.local if _on_local_storage(position) else self.site.shared
        vdi = self.maker.disk(f"{name}_root", sr, size=size, usage=usage, tags=["root"])
        running = owner["power_state"] == "Running"
        vbd = self.maker.vbd(f"{name} 0", owner["id"], vdi["id"], attached=running, device="xvda" if running else None)
        drive = self.maker.vbd(f"{name} 3", owner["id"], None)
        vdi["$VBDs"] = [vbd["id"]]
        owner["$VBDs"] = [vbd["id"], drive["id"]]
        self.keep("vdis", vdi)
        self.keep("vbds", vbd)
        self.keep("vbds", drive)

    def nic(self, owner: Record, network: str) -> None:
        name = owner["name_label"]
        vif = self.maker.vif(f"{name} 0", owner["id"], network, attached=owner["power_state"] == "Running")
        owner["VIFs"] = [vif["id"]]
        self.keep("vifs", vif)

    def snapshot(self, vm: Record) -> None:
        name = f"{vm['name_label']}_before-upgrade"
        kept = {key: vm[key] for key in ("name_description", "tags", "CPUs", "memory", "installTime", "startTime")}
        record = self.maker.machine("VM-snapshot", name) | kept
        record |= {"snapshot_time": self.now - DAY, "$snapshot_of": vm["id"]}
        disk = self.found["vdis"][-1]
        own = {"snapshot_time": self.now - DAY, "$snapshot_of": disk["id"], "name_label": disk["name_label"]}
        copy = self.maker.disk(f"{name} disk", disk["$SR"], size=disk["size"], usage=GIB, kind="VDI-snapshot", **own)
        copy["tags"] = disk["tags"]
        self.nic(record, self.site.networks[1])
        vbd = self.maker.vbd(f"{name} 0", record["id"], copy["id"])
        copy["$VBDs"], record["$VBDs"] = [vbd["id"]], [vbd["id"]]
        disk["snapshots"], vm["snapshots"] = [copy["id"]], [record["id"]]
        self.keep("vm-snapshots", record)
        self.keep("vdi-snapshots", copy)
        self.keep("vbds", vbd)

    def isos(self) -> None:
        for name, size in ISOS:
            disk = self.maker.disk(name, self.site.iso, size=size, usage=size)
            self.keep("vdis", {key: value for key, value in disk.items() if key != "image_format"})

    def finish(self) -> None:
        vms = self.found.get("vms", [])
        shared: Any = self.store.actual("srs", self.site.shared)
        host: Any = self.store.actual("hosts", self.site.hosts[0])
        alarms = [("vms", vm, "cpu_usage", "0.95") for vm in vms[:2]]
        alarms += [("srs", shared, "physical_utilisation", "0.91"), ("hosts", host, "memory_free_kib", "1048576")]
        for position, (collection, about, name, value) in enumerate(alarms):
            ms = (self.now - 3600 * (position + 1)) * 1000
            self.keep("alarms", self.maker.alarm(about, collection, name=name, value=value, ms=ms))
        for collection, records in self.found.items():
            self.store.seed(collection, records)
        network: Any = self.store.actual("networks", self.site.networks[1])
        vifs = [vif["id"] for vif in self.found.get("vifs", [])]
        self.store.seed("networks", [network | {"VIFs": vifs}])


def _on_local_storage(index: int) -> bool:
    return index % 12 in {10, 11}


def _power_state(index: int) -> str:
    if index % 20 == 7:
        return "Suspended"
    if index % 60 == 13:
        return "Paused"
    return "Halted" if index % 3 == 1 else "Running"
