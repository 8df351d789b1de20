"""The totals XO's start pages show."""

from collections import Counter
from typing import Any

from fake_xo.patterns import selects
from fake_xo.store import Record, Store

TOP = 5
PATCHES = [
    {
        "name": name,
        "version": version,
        "release": f"{number}.xcpng8.3",
        "size": 1_200_000 + number,
        "description": "fixes",
        "license": "GPL",
        "url": "https://updates.example.org/none",
        "changelog": None,
    }
    for number, (name, version) in enumerate((("xapi-core", "25.40.2"), ("xen-hypervisor", "4.19.5")), 1)
]


def _states(records: list[Record]) -> Counter[str]:
    return Counter(record["power_state"].lower() for record in records)


def _percent(part: float, whole: float) -> float:
    return 100 * part / whole if whole else 0


def _top(entries: list[Record]) -> list[Record]:
    return sorted(entries, key=lambda entry: -entry["percent"])[:TOP]


def xo_dashboard(store: Store) -> Record:
    """Everything XO manages, in figures."""
    vms, hosts, srs = store.read_all("vms"), store.read_all("hosts"), store.read_all("srs")
    states, pools = _states(vms), store.read_all("pools")
    servers = Counter(server["status"] for server in store.read_all("servers"))
    used, size = sum(sr["physical_usage"] for sr in srs), sum(sr["size"] for sr in srs)
    return {
        "nPools": len(pools),
        "nHosts": len(hosts),
        "backupRepositories": {"isEmpty": True},
        "resourcesOverview": {
            "nCpus": sum(host["cpus"]["cores"] for host in hosts),
            "memorySize": sum(host["memory"]["size"] for host in hosts),
            "srSize": size,
        },
        "poolsStatus": {
            "connected": servers["connected"],
            "disconnected": servers["disconnected"],
            "unreachable": 0,
            "unknown": 0,
            "total": sum(servers.values()),
        },
        "missingPatches": {
            "hasAuthorization": True,
            "nHosts": len(hosts),
            "nHostsFailed": 0,
            "nHostsWithMissingPatches": len(hosts),
            "nHostsEol": {"isEmpty": True},
            "nPools": len(pools),
            "nPoolsWithMissingPatches": len(pools),
        },
        "storageRepositories": {
            "size": {"available": size - used, "other": used, "replicated": 0, "total": size, "used": used}
        },
        "backups": {"isEmpty": True},
        "hostsStatus": _host_states(hosts) | {"unknown": 0},
        "vmsStatus": {
            "active": states["running"] + states["paused"],
            "inactive": states["halted"] + states["suspended"],
            "running": states["running"],
            "halted": states["halted"],
            "paused": states["paused"],
            "suspended": states["suspended"],
            "unknown": 0,
            "total": len(vms),
        },
    }


def _host_states(hosts: list[Record]) -> Record:
    states = _states(hosts)
    disabled = sum(not host["enabled"] for host in hosts)
    return {"disabled": disabled, "running": states["running"], "halted": states["halted"], "total": len(hosts)}


def pool_dashboard(store: Store, pool: Record) -> Record:
    """One pool, in figures."""
    hosts, vms, srs = store.read_all("hosts"), store.read_all("vms"), store.read_all("srs")
    states = _states(vms)
    running = [vm for vm in vms if vm["power_state"] == "Running"]
    assigned, total = sum(vm["CPUs"]["number"] for vm in running), pool["cpus"]["cores"]
    return {
        "hosts": {
            "status": _host_states(hosts),
            "topFiveUsage": {"ram": _top([_ram(host) for host in hosts]), "cpu": _top([_cpu(host) for host in hosts])},
            "missingPatches": {"hasAuthorization": True, "missingPatches": PATCHES},
        },
        "vms": {
            "status": {key: states[key] for key in ("running", "halted", "paused", "suspended")} | {"total": len(vms)},
            "topFiveUsage": {
                "ram": _top([_vm_ram(vm) for vm in running]),
                "cpu": _top([_cpu(vm) for vm in running]),
            },
        },
        "srs": {"topFiveUsage": _top([_storage(sr) for sr in srs if sr["content_type"] != "iso"])},
        "alarms": [alarm["id"] for alarm in store.read_all("alarms")],
        "cpuProvisioning": {"total": total, "assigned": assigned, "percent": _percent(assigned, total)},
    }


def _with_label(record: Record) -> Record:
    return {"id": record["id"], "name_label": record["name_label"]}


def _ram(host: Record) -> Record:
    size, usage = host["memory"]["size"], host["memory"]["usage"]
    return _with_label(host) | {"size": size, "usage": usage, "percent": _percent(usage, size)}


def _vm_ram(vm: Record) -> Record:
    size = vm["memory"]["size"]
    return _with_label(vm) | {"memory": size, "memoryFree": size // 2, "percent": 50}


def _cpu(record: Record) -> Record:
    return _with_label(record) | {"percent": 5 + int(record["id"][:2], 16) / 8}


def _storage(sr: Record) -> Record:
    used, size = sr["physical_usage"], sr["size"]
    return _with_label(sr) | {"physical_usage": used, "size": size, "percent": _percent(used, size)}


def vm_dashboard(store: Store, vm: Record) -> Record:
    """One VM, in short."""
    copied = ("id", "power_state", "uuid", "name_description", "$pool", "virtualizationMode", "tags")
    optional = ("mainIpAddress", "pvDriversVersion", "pvDriversUpToDate")
    quick: dict[str, Any] = {name: vm[name] for name in copied} | {name: vm[name] for name in optional if name in vm}
    quick |= {
        "CPUs": {"number": vm["CPUs"]["number"]},
        "memory": {"size": vm["memory"]["size"]},
        "os_version": {"name": vm["os_version"]["name"]} if vm["os_version"] else {},
        "creation": vm.get("creation", {}),
        "pvDriversDetected": vm.get("pvDriversDetected", False),
        "startTime": vm["startTime"],
    }
    if vm["$container"] != vm["$pool"]:
        quick["host"] = vm["$container"]
    jobs = [job for job in store.read_all("backup-jobs") if selects(job.get("vms"), vm)]
    archives = [each for each in store.read_all("backup-archives") if each["vm"]["uuid"] == vm["uuid"]]
    short = ("id", "timestamp", "backupRepository", "size")
    logs = [log for log in store.read_all("backup-logs") if vm["id"] in str(log.get("tasks"))]
    return {
        "quickInfo": quick,
        "alarms": [each["id"] for each in store.read_all("alarms") if each["object"]["uuid"] == vm["uuid"]],
        "backupsInfo": {
            "lastRuns": [_run(log) for log in logs],
            "vmProtection": "protected" if jobs else "not-in-active-job",
            "replication": {},
            "backupArchives": [{name: each[name] for name in short} for each in archives],
        },
    }


def _run(log: Record) -> Record:
    return {"backupJobId": log["jobId"], "timestamp": log["start"], "status": log["status"]}
