"""The pool as it is when the fake starts."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fake_xo.backups import seed_backups
from fake_xo.fleet import seed_fleet
from fake_xo.people import People, seed_people
from fake_xo.records import GIB, Maker
from fake_xo.store import Record, Store

if TYPE_CHECKING:
    from fake_xo.app import Xo

TIB = 1 << 40
POOL = "harbour"
HOSTS = ("harbour-01", "harbour-02")


@dataclass
class Infrastructure:
    """What the rest of the world hangs on."""

    maker: Maker
    pool: str
    hosts: list[str]
    local: str
    shared: str
    iso: str
    networks: list[str]
    now: int


def build_world(xo: "Xo") -> People:
    """Fill the store; the same options give the same world."""
    maker = Maker(xo.identity, xo.identity.uuid("pool", POOL))
    now = xo.options.now
    site = _infrastructure(xo.store, maker, now)
    seed_fleet(xo.store, site, xo.options.vms, xo.identity)
    _totals(xo.store, site)
    people = seed_people(xo.store, xo.authentication, xo.identity, now)
    seed_backups(xo.store, site, xo.identity)
    _own_records(xo, site, people)
    return people


def _infrastructure(store: Store, maker: Maker, now: int) -> Infrastructure:
    hosts = [maker.identity.uuid("host", name) for name in HOSTS]
    networks = [
        maker.network("Management", "xenbr0", automatic=True, other_config={"automatic": "true"}, tags=["core"]),
        maker.network("Production VLAN 120", "xapi1", name_description="servers"),
        maker.network("Storage", "xenbr1", MTU=9000),
    ]
    local = maker.storage("Local storage", hosts[0], size=2 * TIB, kind="ext", allocationStrategy="thin")
    shared = maker.storage("Shared NFS", maker.pool, size=20 * TIB, kind="nfs", allocationStrategy="thin", tags=["ssd"])
    iso = maker.storage("ISO library", maker.pool, size=TIB // 2, kind="iso", content_type="iso")
    site = Infrastructure(
        maker, maker.pool, hosts, local["id"], shared["id"], iso["id"], [each["id"] for each in networks], now
    )
    pbds = [maker.pbd(hosts[0], local["id"], {"device": "/dev/sdb"})]
    for sr, path in ((shared, "/export/vms"), (iso, "/export/iso")):
        pbds += [maker.pbd(host, sr["id"], {"server": "192.0.2.10", "serverpath": path}) for host in hosts]
    pifs = [_pif(site, index, port) for index in range(len(hosts)) for port in range(3)]
    for sr in (local, shared, iso):
        sr["$PBDs"] = [pbd["id"] for pbd in pbds if pbd["SR"] == sr["id"]]
    for network in networks:
        network["PIFs"] = [pif["id"] for pif in pifs if pif["$network"] == network["id"]]
    pcis = [_pci(maker, host) for host in hosts]
    pgpu = _pgpu(maker, hosts[0], pcis[0]["id"])
    parts = {"pbds": pbds, "pifs": pifs, "pcis": pcis, "pgpus": [pgpu]}
    store.seed("networks", networks)
    store.seed("srs", [shared, local, iso])
    for name, records in parts.items():
        store.seed(name, records)
    store.seed("sms", [_sm(maker, kind) for kind in ("ext", "nfs", "iso", "lvm")])
    store.seed("hosts", [_host(site, index, parts) for index in range(len(hosts))])
    store.seed("pools", [_pool(site)])
    return site


def _pif(site: Infrastructure, index: int, port: int) -> Record:
    static = {
        "ip": f"192.0.2.{index + 1}",
        "netmask": "255.255.255.0",
        "gateway": "192.0.2.254",
        "dns": "192.0.2.53",
        "mode": "Static",
        "management": True,
    }
    own: dict[str, Any] = static if port == 0 else {"vlan": 120, "physical": False} if port == 1 else {"mtu": 9000}
    device = ("eth0", "eth0.120", "eth1")[port]
    return site.maker.pif(site.hosts[index], site.networks[port], device, **own)


def _pci(maker: Maker, host: str) -> Record:
    own = {"class_name": "VGA compatible controller", "device_name": "Tern G4", "pci_id": "0000:65:00.0", "$host": host}
    return {**maker.base("PCI", host), **own}


def _pgpu(maker: Maker, host: str, pci: str) -> Record:
    return {
        **maker.base("PGPU", host),
        "$host": host,
        "host": host,
        "$vgpus": [],
        "vgpus": [],
        "dom0Access": "enabled",
        "enabledVgpuTypes": [],
        "supportedVgpuTypes": [],
        "gpuGroup": maker.identity.uuid("gpuGroup", host),
        "isSystemDisplayDevice": True,
        "pci": pci,
    }


def _sm(maker: Maker, kind: str) -> Record:
    return {
        **maker.base("SM", kind),
        "name_description": f"{kind} storage",
        "name_label": kind.upper(),
        "SM_type": kind,
        "configuration": {},
        "vendor": "XCP-ng",
        "features": dict.fromkeys(("SR_PROBE", "SR_UPDATE", "VDI_CREATE", "VDI_DELETE", "VDI_RESIZE"), 1),
        "driver_filename": f"/opt/xensource/sm/{kind.upper()}SR",
        "required_cluster_stack": [],
        "supported_image_formats": ["vhd", "raw", "qcow2"],
    }


CPUS = {
    "cpu_count": "32",
    "socket_count": "2",
    "threads_per_core": "2",
    "vendor": "GenuineIntel",
    "speed": "2600.000",
    "modelname": "Tern X 6430 @ 2.60GHz",
    "flags": "fpu de tsc msr pae mce cx8 apic",
    "features": "",
}
"""Of each host, as XO spells them."""


def _host(site: Infrastructure, index: int, parts: dict[str, list[Record]]) -> Record:
    host, name, booted = site.hosts[index], HOSTS[index], site.now // 1000 - 30 * 86400

    def mine(name: str, key: str = "$host") -> list[str]:
        return [record["id"] for record in parts[name] if record[key] == host]

    return {
        **site.maker.base("host", name),
        "CPUs": dict(CPUS),
        "address": f"192.0.2.{index + 1}",
        "bios_strings": {"bios-vendor": "Tern", "bios-version": "1.4", "system-serial-number": f"TRN000{index + 1}"},
        "build": "cloud",
        "chipset_info": {"iommu": True},
        "enabled": True,
        "controlDomain": site.maker.identity.uuid("VM-controller", f"Control domain on host: {name}"),
        "cpus": {"cores": 32, "sockets": 2},
        "current_operations": {},
        "hostname": name,
        "iscsiIqn": f"iqn.2026-01.org.example:{index + 1:08d}",
        "zstdSupported": True,
        "license_params": {"restrict_zstd_export": "false", "expiry": "20400101T00:00:00Z", "sku_type": "free"},
        "license_server": {"address": "localhost", "port": "27000"},
        "license_expiry": 2208988800,
        "logging": {},
        "name_description": "rack B" if index else "rack A",
        "name_label": name,
        "memory": {"usage": 0, "size": 256 * GIB},
        "multipathing": False,
        "otherConfig": {"agent_start_time": f"{booted + 300}.", "boot_time": f"{booted}.", "multipathing": "false"},
        "patches": [],
        "powerOnMode": "",
        "power_state": "Running",
        "residentVms": [],
        "startTime": booted,
        "supplementalPacks": [],
        "agentStartTime": booted + 300,
        "rebootRequired": False,
        "tags": ["rack-b" if index else "rack-a"],
        "version": "8.3.0",
        "productBrand": "XCP-ng",
        "hvmCapable": True,
        "certificates": [{"fingerprint": ":".join(f"{n:02X}" for n in range(32)), "notAfter": 2051222400}],
        "PIFs": mine("pifs"),
        "$PIFs": mine("pifs"),
        "PCIs": mine("pcis"),
        "$PCIs": mine("pcis"),
        "PGPUs": mine("pgpus"),
        "$PGPUs": mine("pgpus"),
        "$PBDs": mine("pbds", "host"),
    }


def _pool(site: Infrastructure) -> Record:
    return {
        **site.maker.base("pool", POOL),
        "auto_poweron": True,
        "crashDumpSr": site.shared,
        "current_operations": {},
        "default_SR": site.shared,
        "HA_enabled": False,
        "haRebootVmOnInternalShutdown": True,
        "haSrs": [],
        "master": site.hosts[0],
        "tags": ["lab"],
        "name_description": "two hosts by the water",
        "name_label": POOL,
        "migrationCompression": False,
        "otherConfig": {"auto_poweron": "true", "memory-ratio-hvm": "0.25"},
        "cpus": {"cores": 64, "sockets": 4},
        "suspendSr": site.shared,
        "zstdSupported": True,
        "vtpmSupported": True,
        "platform_version": "3.4.0",
    }


def _totals(store: Store, site: Infrastructure) -> None:
    """What hosts and storage sum up of the machines and disks on them."""
    running: dict[str, list[Record]] = {host: [] for host in site.hosts}
    for vm in (*store.every("vm-controllers"), *store.every("vms")):
        if vm["$container"] in running:
            running[vm["$container"]].append(vm)
    hosts = [
        host | {"residentVms": [vm["id"] for vm in vms], "memory": {"usage": _memory(vms), "size": 256 * GIB}}
        for host, vms in ((store.actual("hosts", name) or {}, vms) for name, vms in running.items())
    ]
    store.seed("hosts", hosts)
    disks = [*store.every("vdis"), *store.every("vdi-snapshots")]
    for sr in store.every("srs"):
        mine = [disk for disk in disks if disk["$SR"] == sr["id"]]
        used, virtual = sum(disk["usage"] for disk in mine), sum(disk["size"] for disk in mine)
        ids = [disk["id"] for disk in mine]
        store.seed("srs", [sr | {"VDIs": ids, "physical_usage": used, "usage": virtual}])


def _memory(vms: list[Record]) -> int:
    return min(200 * GIB, sum(int(vm["memory"]["size"]) for vm in vms))


def _own_records(xo: "Xo", site: Infrastructure, people: People) -> None:
    """What XO itself keeps: the connection to the pool, a proxy, one finished task, the audit log."""
    identity, now = xo.identity, site.now
    server = identity.uuid("server", POOL)
    proxy = identity.uuid("proxy", "remote site")
    address = {"name": "remote-site", "address": "192.0.2.40", "url": "https://192.0.2.40/", "version": "0.29.60"}
    done = {
        "id": identity.task(now - 3_600_000),
        "properties": {
            "objectType": "server",
            "name": "REST API: connect server",
            "objectId": server,
            "userId": people.admin,
            "type": "xo:rest-api:action",
        },
        "start": now - 3_600_000,
        "status": "success",
        "updatedAt": now - 3_599_800,
        "end": now - 3_599_800,
    }
    connection = {
        "allowUnauthorized": True,
        "enabled": True,
        "host": "192.0.2.1",
        "label": POOL,
        "username": "root",
        "poolNameDescription": "two hosts by the water",
        "poolNameLabel": POOL,
        "poolMembersAddresses": ["192.0.2.1", "192.0.2.2"],
        "readOnly": False,
        "id": server,
        "status": "connected",
        "poolId": site.pool,
        "master": site.hosts[0],
    }
    xo.store.seed("servers", [connection])
    xo.store.seed("proxies", [{"id": proxy, "vmUuid": identity.uuid("VM", "proxy"), **address}])
    xo.store.seed("tasks", [done])
    xo.store.seed("audit", [_audit(identity.uuid("audit", n), people.admin, now - n * 60_000) for n in range(12)])


def _audit(record_id: str, user: str, time: int) -> Record:
    return {
        "id": record_id,
        "previousId": "nullId",
        "event": "apiCall",
        "subject": {"userId": user, "userIp": "192.0.2.77", "userName": "admin@example.org"},
        "data": {"method": "vm.start", "duration": 310, "timestamp": time},
        "time": time,
    }
