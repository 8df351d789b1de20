"""Tools of XO's tag reports: Questions over the whole fleet - unprotected VMs, storage, health, load, duplicates.

Generated: change overrides/ or templates/ instead.
"""

from typing import Literal

from xo_mcp.answer import Answer
from xo_mcp.types import OMIT, Omit
from xo_mcp.xo import Xo


async def find_unprotected_vms(
    xo: Xo, *, max_age_days: float = 7, tag: str | Omit = OMIT, limit: int = 20, format: str = "json"
) -> Answer:
    """VMs that no enabled backup job covers, or whose last good backup is missing or older than max_age_days, and
    why.

    A tool of this server, without an XO operation; needs backup-archive:read, backup-job:read, backup-log:read,
    schedule:read, vm:read; since XO 5.111.
    """
    return await xo.report(
        "find_unprotected_vms", {"max_age_days": max_age_days, "tag": tag}, limit=limit, format=format
    )


async def rank_vms(
    xo: Xo,
    *,
    by: Literal["cpu", "memory", "iops", "disk_throughput", "network"],
    span: Literal["hour", "day", "week"] = "day",
    tag: str | Omit = OMIT,
    host: str | Omit = OMIT,
    limit: int = 10,
    format: str = "json",
) -> Answer:
    """Running VMs that use most cpu (percent of their vCPUs), memory (bytes in use), iops, disk_throughput or
    network (bytes/s): average and maximum over span, with the host.

    A tool of this server, without an XO operation; needs host:read, vm:read; since XO 5.110.
    """
    return await xo.report("rank_vms", {"by": by, "span": span, "tag": tag, "host": host}, limit=limit, format=format)


async def rank_hosts(
    xo: Xo,
    *,
    by: Literal["cpu", "memory", "iops", "disk_throughput", "network"],
    span: Literal["hour", "day", "week"] = "day",
    limit: int = 10,
    format: str = "json",
) -> Answer:
    """Hosts by cpu (percent), memory (bytes in use), iops, disk_throughput or network (bytes/s), average and maximum
    over span, with the running VMs on each.

    A tool of this server, without an XO operation; needs host:read, vm:read; since XO 5.110.
    """
    return await xo.report("rank_hosts", {"by": by, "span": span}, limit=limit, format=format)


async def review_storage(xo: Xo, *, warn_percent: float = 80, limit: int = 10, format: str = "json") -> Answer:
    """Storage repositories: used, promised to disks (overcommit), free, what orphaned disks and snapshots take,
    hosts that are not connected, biggest disks; those above warn_percent first.

    A tool of this server, without an XO operation; needs host:read, pbd:read, sr:read, vbd:read,
    vdi-snapshot:read, vdi:read, vm:read; since XO 5.112.
    """
    return await xo.report("review_storage", {"warn_percent": warn_percent}, limit=limit, format=format)


async def find_orphaned_disks(xo: Xo, *, pool: str | Omit = OMIT, limit: int = 20, format: str = "json") -> Answer:
    """Disks attached to nothing, with their size and storage; ISOs, snapshots and disks of XO or the pool itself are
    left out.

    A tool of this server, without an XO operation; needs pbd:read, pool:read, sr:read, vdi:read; since XO 5.110.
    """
    return await xo.report("find_orphaned_disks", {"pool": pool}, limit=limit, format=format)


async def find_old_snapshots(
    xo: Xo, *, days: float = 30, include_backups: bool = False, limit: int = 20, format: str = "json"
) -> Answer:
    """Snapshots of VMs older than days: VM, age, size; also VMs with more than three snapshots and snapshots whose
    VM no longer exists.

    A tool of this server, without an XO operation; needs vbd:read, vdi-snapshot:read, vm-snapshot:read,
    vm-template:read, vm:read; since XO 5.110.
    """
    return await xo.report(
        "find_old_snapshots", {"days": days, "include_backups": include_backups}, limit=limit, format=format
    )


async def check_host_failure(xo: Xo, *, host: str | Omit = OMIT, limit: int = 20, format: str = "json") -> Answer:
    """Whether the VMs of each host (or one) would fit on the other hosts of its pool: memory to place and free
    elsewhere in GiB, VMs that cannot move (local disks, PCI devices, vGPUs), and whether HA is on.

    A tool of this server, without an XO operation; needs host:read, pool:read, sr:read, vbd:read, vdi:read,
    vm:read; since XO 5.110.
    """
    return await xo.report("check_host_failure", {"host": host}, limit=limit, format=format)


async def check_patch_readiness(xo: Xo, *, pool: str | Omit = OMIT, limit: int = 20, format: str = "json") -> Answer:
    """Before a rolling update or reboot: missing patches and needed reboots by host, VMs that block it, running
    backups and tasks, and whether each host can be emptied.

    A tool of this server, without an XO operation; needs backup-log:read, host:read, pool:read, sr:read,
    task:read, vbd:read, vdi:read, vm:read; since XO 5.111.
    """
    return await xo.report("check_patch_readiness", {"pool": pool}, limit=limit, format=format)


async def check_health(xo: Xo, *, pool: str | Omit = OMIT, limit: int = 30, format: str = "json") -> Answer:
    """What is wrong, worst first: full storage, unplugged or disconnected parts, hosts off or waiting for a reboot,
    alarms, failed tasks of a day, orphaned disks, old snapshots, duplicate MACs, missing guest tools.

    A tool of this server, without an XO operation; needs alarm:read, host:read, pbd:read, pool:read, server:read,
    sr:read, task:read, vbd:read, vdi:read, vif:read, vm-controller:read, vm-snapshot:read, vm:read; since XO
    5.112.
    """
    return await xo.report("check_health", {"pool": pool}, limit=limit, format=format)


async def show_vm(xo: Xo, *, vm: str, limit: int = 10, format: str = "json") -> Answer:
    """All about one VM in one call: state, host, disks with storage and size, NICs with network and address,
    snapshots, backups, alarms, load of the last hour.

    A tool of this server, without an XO operation; needs alarm:read, backup-archive:read, backup-job:read,
    backup-repository:read, host:read, network:read, pool:read, sr:read, vbd:read, vdi:read, vif:read,
    vm-snapshot:read, vm:read; since XO 5.111.
    """
    return await xo.report("show_vm", {"vm": vm}, limit=limit, format=format)


async def show_host(xo: Xo, *, host: str, limit: int = 10, format: str = "json") -> Answer:
    """All about one host in one call: state, memory, running VMs, storage connections, NICs, alarms, missing
    patches, load of the last hour.

    A tool of this server, without an XO operation; needs alarm:read, host:read, network:read, pbd:read, pif:read,
    pool:read, sr:read, vm:read; since XO 5.112.
    """
    return await xo.report("show_host", {"host": host}, limit=limit, format=format)


async def show_sr(xo: Xo, *, sr: str, limit: int = 10, format: str = "json") -> Answer:
    """All about one storage repository in one call: type, used and free space, connections of hosts, biggest disks
    with their VMs, what orphans take.

    A tool of this server, without an XO operation; needs host:read, pbd:read, pool:read, sr:read, vbd:read,
    vdi:read, vm:read; since XO 5.112.
    """
    return await xo.report("show_sr", {"sr": sr}, limit=limit, format=format)


async def find_object(xo: Xo, *, text: str, limit: int = 20, format: str = "json") -> Answer:
    """Looks text up over all kinds of objects: part of a name, id or uuid, IP or MAC address, tag.

    A tool of this server, without an XO operation; needs acl-role:read, backup-job:read, backup-repository:read,
    group:read, host:read, network:read, pif:read, pool:read, proxy:read, schedule:read, server:read, sr:read,
    user:read, vdi-snapshot:read, vdi:read, vif:read, vm-controller:read, vm-snapshot:read, vm-template:read,
    vm:read; since XO 5.110.
    """
    return await xo.report("find_object", {"text": text}, limit=limit, format=format)


async def summarize_inventory(xo: Xo, *, limit: int = 20, format: str = "json") -> Answer:
    """The fleet in one answer: pools, hosts, VMs by state, vCPUs and memory promised and present, storage, alarms
    and failed tasks of the last day.

    A tool of this server, without an XO operation; needs alarm:read, host:read, pool:read, sr:read, task:read,
    vm-snapshot:read, vm-template:read, vm:read; since XO 5.110.
    """
    return await xo.report("summarize_inventory", {}, limit=limit, format=format)


async def recent_activity(
    xo: Xo, *, hours: float = 24, object: str | Omit = OMIT, limit: int = 15, format: str = "json"
) -> Answer:
    """What happened in the last hours, newest first: failed and other tasks, messages and alarms of pools, runs of
    backup jobs, and who called what where the audit plugin runs; of one object where its id is given.

    A tool of this server, without an XO operation; needs acl-role:read, alarm:read, backup-job:read,
    backup-log:read, backup-repository:read, group:read, host:read, message:read, network:read, pool:read,
    proxy:read, schedule:read, server:read, sr:read, task:read, user:read, vdi-snapshot:read, vdi:read,
    vm-controller:read, vm-snapshot:read, vm-template:read, vm:read; since XO 5.111.
    """
    return await xo.report("recent_activity", {"hours": hours, "object": object}, limit=limit, format=format)


async def list_duplicate_addresses(xo: Xo, *, limit: int = 20, format: str = "json") -> Answer:
    """MAC addresses and IP addresses that more than one VM uses, with VM and network.

    A tool of this server, without an XO operation; needs network:read, vif:read, vm:read; since XO 5.110.
    """
    return await xo.report("list_duplicate_addresses", {}, limit=limit, format=format)
