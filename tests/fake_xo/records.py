"""Records shaped like XO 6.7.1's, field by field."""

from dataclasses import dataclass
from typing import Any

from fake_xo.identity import Identity
from fake_xo.store import Record

GIB = 1 << 30
XEN_BIOS = {"bios-vendor": "Xen", "system-manufacturer": "Xen", "system-product-name": "HVM domU"}


@dataclass
class Maker:
    """Makes records of one pool."""

    identity: Identity
    pool: str

    def base(self, kind: str, name: object, *, object_id: str | None = None) -> Record:
        """What every XAPI record has."""
        uuid = object_id or self.identity.uuid(kind, name)
        return {
            "id": uuid,
            "uuid": uuid,
            "type": kind,
            "$pool": self.pool,
            "$poolId": self.pool,
            "_xapiRef": self.identity.ref(kind, name),
        }

    def machine(self, kind: str, name: object, *, cpus: int = 2, memory: int = 4 * GIB, **fields: Any) -> Record:
        """A VM, template, snapshot or control domain."""
        return {
            **self.base(kind, name),
            "addresses": {},
            "auto_poweron": False,
            "bios_strings": XEN_BIOS,
            "blockedOperations": {},
            "boot": {"firmware": "bios", "order": "cdn"},
            "CPUs": {"max": cpus, "number": cpus},
            "current_operations": {},
            "expNestedHvm": False,
            "isNestedVirtEnabled": False,
            "viridian": False,
            "high_availability": "",
            "isFirmwareSupported": True,
            "memory": {"dynamic": [memory, memory], "static": [GIB // 2, memory], "size": memory},
            "installTime": None,
            "name_description": "",
            "name_label": str(name),
            "needsVtpm": False,
            "other": {"mac_seed": self.identity.uuid("mac seed", name), "base_template_name": "Alder Linux 9"},
            "os_version": None,
            "power_state": "Halted",
            "hasVendorDevice": False,
            "snapshots": [],
            "startDelay": 0,
            "startTime": None,
            "secureBoot": False,
            "tags": [],
            "VIFs": [],
            "VTPMs": [],
            "virtualizationMode": "hvm",
            "$container": self.pool,
            "$VBDs": [],
            "VGPUs": [],
            "$VGPUs": [],
            "xenStoreData": {},
            "vga": "std",
            "videoram": 8,
            "coresPerSocket": 1,
            **fields,
        }

    def disk(self, name: object, sr: str, *, size: int, usage: int = 0, kind: str = "VDI", **fields: Any) -> Record:
        """A VDI or a snapshot of one."""
        own = {"chainPhysicalUsage": usage} if kind == "VDI" else {}
        return {
            **self.base(kind, name),
            "cbt_enabled": False,
            "missing": False,
            "name_description": "",
            "name_label": str(name),
            "image_format": "vhd",
            "size": size,
            "snapshots": [],
            "tags": [],
            "usage": usage,
            "VDI_type": "user",
            "current_operations": {},
            "other_config": {},
            "$SR": sr,
            "$VBDs": [],
            **own,
            **fields,
        }

    def vbd(self, name: object, vm: str, vdi: str | None, **fields: Any) -> Record:
        """The link of a disk, or of a CD drive, to a machine."""
        cd = vdi is None
        link = {} if vdi is None else {"VDI": vdi}
        return {
            **self.base("VBD", name),
            "attached": False,
            "bootable": not cd,
            "device": None,
            "is_cd_drive": cd,
            "position": "3" if cd else "0",
            "read_only": cd,
            **link,
            "VM": vm,
            **fields,
        }

    def vif(self, name: object, vm: str, network: str, **fields: Any) -> Record:
        """A NIC of a machine."""
        return {
            **self.base("VIF", name),
            "allowedIpv4Addresses": [],
            "allowedIpv6Addresses": [],
            "attached": False,
            "device": "0",
            "lockingMode": "network_default",
            "MAC": self.identity.mac(name),
            "MTU": 1500,
            "other_config": {},
            "txChecksumming": True,
            "$network": network,
            "$VM": vm,
            **fields,
        }

    def network(self, name: str, bridge: str, **fields: Any) -> Record:
        """A network of the pool."""
        return {
            **self.base("network", name),
            "automatic": False,
            "bridge": bridge,
            "current_operations": {},
            "defaultIsLocked": False,
            "MTU": 1500,
            "name_description": "",
            "name_label": name,
            "other_config": {},
            "tags": [],
            "PIFs": [],
            "VIFs": [],
            "nbd": False,
            "insecureNbd": False,
            "isBonded": False,
            **fields,
        }

    def pif(self, host: str, network: str, device: str, **fields: Any) -> Record:
        """A NIC of a host."""
        return {
            **self.base("PIF", f"{host} {device}"),
            "attached": True,
            "isBondMaster": False,
            "isBondSlave": False,
            "device": device,
            "deviceName": "Tern 10G adapter",
            "dns": "",
            "disallowUnplug": False,
            "gateway": "",
            "ip": "",
            "ipv6": [],
            "mac": self.identity.mac(f"{host} {device}"),
            "management": False,
            "carrier": True,
            "mode": "None",
            "ipv6Mode": "None",
            "mtu": 1500,
            "netmask": "",
            "physical": True,
            "primaryAddressType": "IPv4",
            "vlan": -1,
            "speed": 10000,
            "$host": host,
            "$network": network,
            **fields,
        }

    def storage(self, name: str, container: str, *, size: int, kind: str, **fields: Any) -> Record:
        """A storage repository."""
        return {
            **self.base("SR", name),
            "content_type": "user",
            "physical_usage": 0,
            "current_operations": {},
            "inMaintenanceMode": False,
            "name_description": "",
            "name_label": name,
            "size": size,
            "shared": container == self.pool,
            "SR_type": kind,
            "tags": [],
            "usage": 0,
            "VDIs": [],
            "other_config": {},
            "sm_config": {},
            "$container": container,
            "$PBDs": [],
            **fields,
        }

    def pbd(self, host: str, sr: str, device_config: dict[str, str]) -> Record:
        """The plug of a storage repository into a host."""
        own = {"attached": True, "host": host, "SR": sr, "device_config": device_config, "otherConfig": {}}
        return {**self.base("PBD", f"{host} {sr}"), **own}

    def message(self, name: str, about: str, *, body: str, seconds: int) -> Record:
        """A message of XAPI; times are in seconds."""
        own = {"body": body, "name": name, "time": seconds, "$object": about}
        return {**self.base("message", f"{name} {about} {seconds}"), **own}

    def alarm(self, about: Record, collection: str, *, name: str, value: str, ms: int) -> Record:
        """An alarm; times are in milliseconds."""
        target = {
            "type": about["type"],
            "uuid": about["uuid"],
            "href": f"/rest/v0/{collection}/{about['id']}",
        }
        own = {"name": "ALARM", "body": {"value": value, "name": name}, "object": target, "time": ms}
        return {**self.base("message", f"alarm {name} {about['id']}"), **own}
