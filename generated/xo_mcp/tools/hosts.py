"""Tools of XO's tag hosts: Physical hosts - inventory, load, logs, sensors, patches, maintenance and power.

Generated: change overrides/ or templates/ instead.
"""

from typing import Literal

from xo_mcp.answer import Answer
from xo_mcp.types import OMIT, Call, Omit
from xo_mcp.xo import Xo


async def list_hosts(
    xo: Xo,
    *,
    filter: str | Omit = OMIT,
    fields: str = "name_label,power_state,enabled,address,version,productBrand,cpus,memory,rebootRequired,$pool",
    limit: int = 50,
    format: str = "json",
) -> Answer:
    """Lists physical hosts (hypervisors) with power state, enabled (false: maintenance), version, CPUs, memory,
    pending reboot.

    GET /hosts; needs host:read; since XO 5.110.
    """
    return await xo.list(
        Call("GET", "/hosts"), record="XoHost", filter=filter, fields=fields, limit=limit, format=format
    )


async def get_host(xo: Xo, *, id: str, fields: str | Omit = OMIT) -> Answer:
    """Shows one host: CPUs, memory, running VMs (residentVms), NICs, version, BIOS, license, certificates.

    GET /hosts/{id}; needs host:read; since XO 5.110.
    """
    return await xo.get(Call("GET", "/hosts/{id}", path={"id": id}), record="XoHost", fields=fields)


async def clean_reboot_host(
    xo: Xo,
    *,
    id: str,
    bypassBackupCheck: bool | Omit = OMIT,
    bypassVersionCheck: bool | Omit = OMIT,
    force: bool | Omit = OMIT,
    timeout: float = 60,
) -> Answer:
    """Migrates the VMs of a host away, then reboots it, after checks of backups and versions.

    POST /hosts/{id}/actions/clean_reboot; needs host:reboot:clean; since XO 6.6.
    """
    return await xo.action(
        Call(
            "POST",
            "/hosts/{id}/actions/clean_reboot",
            path={"id": id},
            body={"bypassBackupCheck": bypassBackupCheck, "bypassVersionCheck": bypassVersionCheck, "force": force},
        ),
        timeout=timeout,
        reads="/hosts/{id}",
    )


async def clean_shutdown_host(
    xo: Xo, *, id: str, bypassBackupCheck: bool | Omit = OMIT, bypassEvacuate: bool | Omit = OMIT, timeout: float = 60
) -> Answer:
    """Migrates the VMs of a host away, then powers it off.

    POST /hosts/{id}/actions/clean_shutdown; needs host:shutdown:clean; since XO 6.6.
    """
    return await xo.action(
        Call(
            "POST",
            "/hosts/{id}/actions/clean_shutdown",
            path={"id": id},
            body={"bypassBackupCheck": bypassBackupCheck, "bypassEvacuate": bypassEvacuate},
        ),
        timeout=timeout,
        reads="/hosts/{id}",
    )


async def detach_host(xo: Xo, *, id: str, timeout: float = 60) -> Answer:
    """Ejects a live host from its pool.

    POST /hosts/{id}/actions/detach; needs host:detach; since XO 6.6.
    """
    return await xo.action(
        Call("POST", "/hosts/{id}/actions/detach", path={"id": id}), timeout=timeout, reads="/hosts/{id}"
    )


async def disable_host(
    xo: Xo,
    *,
    id: str,
    autoEnable: bool | Omit = OMIT,
    evacuate: bool | Omit = OMIT,
    force: bool | Omit = OMIT,
    vmIdsToForceMigrate: list[str] | Omit = OMIT,
    timeout: float = 60,
) -> Answer:
    """Puts a host into maintenance: no VM starts on it; with evacuate its running VMs migrate away.

    POST /hosts/{id}/actions/disable; needs host:disable, host:evacuate?; since XO 6.3 (autoEnable 6.7).
    """
    return await xo.action(
        Call(
            "POST",
            "/hosts/{id}/actions/disable",
            path={"id": id},
            body={
                "autoEnable": autoEnable,
                "evacuate": evacuate,
                "force": force,
                "vmIdsToForceMigrate": vmIdsToForceMigrate,
            },
        ),
        timeout=timeout,
        reads="/hosts/{id}",
    )


async def emergency_shutdown_host(xo: Xo, *, id: str, timeout: float = 60) -> Answer:
    """Suspends the VMs of a host in place, ignoring failures, and powers it off without checks, as in a power
    failure.

    POST /hosts/{id}/actions/emergency_shutdown; needs host:shutdown:emergency; since XO 6.6.
    """
    return await xo.action(
        Call("POST", "/hosts/{id}/actions/emergency_shutdown", path={"id": id}), timeout=timeout, reads="/hosts/{id}"
    )


async def enable_host(xo: Xo, *, id: str, timeout: float = 60) -> Answer:
    """Ends maintenance of a host after disable_host: VMs can start on it again.

    POST /hosts/{id}/actions/enable; needs host:enable; since XO 6.3.
    """
    return await xo.action(
        Call("POST", "/hosts/{id}/actions/enable", path={"id": id}), timeout=timeout, reads="/hosts/{id}"
    )


async def forget_host(xo: Xo, *, id: str, timeout: float = 60) -> Answer:
    """Drops a halted host from its pool's records for good, when its hardware will not come back.

    POST /hosts/{id}/actions/forget; needs host:forget; since XO 6.6.
    """
    return await xo.action(
        Call("POST", "/hosts/{id}/actions/forget", path={"id": id}), timeout=timeout, reads="/hosts/{id}"
    )


async def management_reconfigure_host(xo: Xo, *, id: str, pif: str, timeout: float = 60) -> Answer:
    """Moves the management interface of one host to a PIF that has an IP address already.

    POST /hosts/{id}/actions/management_reconfigure; needs pif:update:management; since XO 6.1.2.
    """
    return await xo.action(
        Call(
            "POST", "/hosts/{id}/actions/management_reconfigure", path={"id": id}, body={"pif": pif}, body_required=True
        ),
        timeout=timeout,
        reads="/hosts/{id}",
    )


async def restart_host_toolstack(
    xo: Xo, *, id: str, bypassBackupCheck: bool | Omit = OMIT, timeout: float = 60
) -> Answer:
    """Restarts the management services (XAPI) of a host; its VMs keep running, its tasks in progress are lost.

    POST /hosts/{id}/actions/restart_toolstack; needs host:restart-toolstack; since XO 6.6.
    """
    return await xo.action(
        Call(
            "POST",
            "/hosts/{id}/actions/restart_toolstack",
            path={"id": id},
            body={"bypassBackupCheck": bypassBackupCheck},
        ),
        timeout=timeout,
        reads="/hosts/{id}",
    )


async def smart_reboot_host(
    xo: Xo,
    *,
    id: str,
    bypassBackupCheck: bool | Omit = OMIT,
    bypassBlockedSuspend: bool | Omit = OMIT,
    bypassCurrentVmCheck: bool | Omit = OMIT,
    bypassVersionCheck: bool | Omit = OMIT,
    timeout: float = 60,
) -> Answer:
    """Suspends the VMs of a host in place, reboots it and resumes them, for lone hosts or local storage.

    POST /hosts/{id}/actions/smart_reboot; needs host:reboot:smart; since XO 6.6.
    """
    return await xo.action(
        Call(
            "POST",
            "/hosts/{id}/actions/smart_reboot",
            path={"id": id},
            body={
                "bypassBackupCheck": bypassBackupCheck,
                "bypassBlockedSuspend": bypassBlockedSuspend,
                "bypassCurrentVmCheck": bypassCurrentVmCheck,
                "bypassVersionCheck": bypassVersionCheck,
            },
        ),
        timeout=timeout,
        reads="/hosts/{id}",
    )


async def start_host(xo: Xo, *, id: str, timeout: float = 60) -> Answer:
    """Powers on a halted host.

    POST /hosts/{id}/actions/start; needs host:start; since XO 6.6.
    """
    return await xo.action(
        Call("POST", "/hosts/{id}/actions/start", path={"id": id}), timeout=timeout, reads="/hosts/{id}"
    )


async def get_host_audit_log(xo: Xo, *, id: str, filename: str | Omit = OMIT) -> Answer:
    """Saves the XAPI audit log of a running host as a text file: the calls that reached the hypervisor.

    GET /hosts/{id}/audit.txt; needs host:export:logs; since XO 5.110.
    """
    return await xo.download(Call("GET", "/hosts/{id}/audit.txt", path={"id": id}), filename=filename, extension="txt")


async def get_host_logs(xo: Xo, *, id: str, filename: str | Omit = OMIT) -> Answer:
    """Saves all system logs of a running host as a .tgz archive, for troubleshooting or support.

    GET /hosts/{id}/logs.tgz; needs host:export:logs; since XO 5.110.
    """
    return await xo.download(Call("GET", "/hosts/{id}/logs.tgz", path={"id": id}), filename=filename, extension="tgz")


async def list_host_missing_patches(xo: Xo, *, id: str) -> Answer:
    """Lists updates not yet installed on one running host: name, version, size in bytes.

    GET /hosts/{id}/missing_patches; needs host:read; since XO 5.110.
    """
    return await xo.read(Call("GET", "/hosts/{id}/missing_patches", path={"id": id}))


async def get_host_smt(xo: Xo, *, id: str) -> Answer:
    """Shows whether simultaneous multithreading (Intel Hyper-Threading) is on in a host: enabled true or false.

    GET /hosts/{id}/smt; needs host:read; since XO 5.110.
    """
    return await xo.read(Call("GET", "/hosts/{id}/smt", path={"id": id}))


async def get_host_stats(
    xo: Xo,
    *,
    id: str,
    granularity: Literal["seconds", "minutes", "hours", "days"] | Omit = OMIT,
    series: str | Omit = OMIT,
    points: int | Omit = OMIT,
    chart: bool = False,
    last: str | Omit = OMIT,
) -> Answer:
    """Shows the load of a running host over time: CPUs, memory, NICs, disk traffic, latency, as min, avg, max and
    last per series.

    GET /hosts/{id}/stats; needs host:read; since XO 5.110.
    """
    return await xo.stats(
        Call("GET", "/hosts/{id}/stats", path={"id": id}, query={"granularity": granularity}),
        series=series,
        points=points,
        chart=chart,
        last=last,
    )


async def add_host_tag(xo: Xo, *, id: str, tag: str) -> Answer:
    """Adds one tag such as rack-a to a host and keeps its others.

    PUT /hosts/{id}/tags/{tag}; needs host:update:tags; since XO 5.112.
    """
    return await xo.write(Call("PUT", "/hosts/{id}/tags/{tag}", path={"id": id, "tag": tag}), reads="/hosts/{id}")


async def remove_host_tag(xo: Xo, *, id: str, tag: str) -> Answer:
    """Takes one tag off a host; its other tags stay.

    DELETE /hosts/{id}/tags/{tag}; needs host:update:tags; since XO 5.112.
    """
    return await xo.write(Call("DELETE", "/hosts/{id}/tags/{tag}", path={"id": id, "tag": tag}), reads="/hosts/{id}")


async def get_host_ipmi(xo: Xo, *, id: str) -> Answer:
    """Reads the hardware sensors of a host over IPMI (temperatures, fans, power) with their state.

    GET /plugins/ipmi-sensors/hosts/{id}/ipmi; needs host:read; plugin ipmi-sensors.
    """
    return await xo.read(Call("GET", "/plugins/ipmi-sensors/hosts/{id}/ipmi", path={"id": id}))


async def get_host_bios_info(xo: Xo, *, id: str) -> Answer:
    """Shows the BIOS or firmware version of a host and whether a newer one is known.

    CALL host.getBiosInfo.
    """
    return await xo.call("host.getBiosInfo", {"id": id}, builder="hardware")


async def list_host_block_devices(xo: Xo, *, id: str) -> Answer:
    """Lists the disks and partitions of a host, sizes in bytes and where they are mounted; one without mount point
    may be given to create_sr, which formats it.

    CALL host.getBlockdevices.
    """
    return await xo.call("host.getBlockdevices", {"id": id}, builder="hardware")


async def get_host_raid_health(xo: Xo, *, id: str) -> Answer:
    """Shows the state of a host's software RAID and of its members; XO asks every ten minutes at most.

    CALL host.getMdadmHealth.
    """
    return await xo.call("host.getMdadmHealth", {"id": id}, builder="hardware")


async def get_host_smart_health(xo: Xo, *, id: str) -> Answer:
    """Shows for each disk of a host whether SMART says PASSED or FAILED.

    CALL host.getSmartctlHealth.
    """
    return await xo.call("host.getSmartctlHealth", {"id": id}, builder="hardware")


async def get_host_smart_information(xo: Xo, *, id: str, deviceNames: list[str] | Omit = OMIT) -> Answer:
    """Shows what SMART knows about the disks of a host: model, temperature, wear, errors.

    CALL host.getSmartctlInformation.
    """
    return await xo.call("host.getSmartctlInformation", {"deviceNames": deviceNames, "id": id}, builder="hardware")


async def download_host_system_status(xo: Xo, *, id: str, filename: str | Omit = OMIT) -> Answer:
    """Saves the bug report of a host in the download folder, for support; it holds logs and configuration.

    CALL host.getSystemStatus.
    """
    return await xo.call("host.getSystemStatus", {"id": id}, filename=filename, extension="tar.bz2")


async def install_host_certificate(
    xo: Xo, *, certificate: str, id: str, privateKey: str, chain: str | Omit = OMIT
) -> Answer:
    """Installs a TLS certificate on a host, which restarts its management interface for a moment.

    CALL host.installCertificate.
    """
    return await xo.call(
        "host.installCertificate",
        {"certificate": certificate, "chain": chain, "id": id, "privateKey": privateKey},
        effect="write",
        reads="/hosts/{id}",
    )


async def check_host_time(xo: Xo, *, host: str) -> Answer:
    """Shows whether a host's clock agrees with that of XO; a wrong one breaks backups, certificates, statistics and
    HA.

    CALL host.isHostServerTimeConsistent.
    """
    return await xo.call("host.isHostServerTimeConsistent", {"host": host}, builder="hardware")


async def check_host_certificate_key(xo: Xo, *, id: str) -> Answer:
    """Shows whether the public key of a host's certificate is too short for today's TLS, so that newer XCP-ng
    versions refuse it.

    CALL host.isPubKeyTooShort.
    """
    return await xo.call("host.isPubKeyTooShort", {"id": id}, builder="hardware")


async def update_host(
    xo: Xo,
    *,
    id: str,
    iscsiIqn: str | Omit = OMIT,
    multipathing: bool | Omit = OMIT,
    name_description: str | Omit = OMIT,
    name_label: str | Omit = OMIT,
) -> Answer:
    """Changes the name, description, iSCSI name or multipathing of a host.

    CALL host.set.
    """
    return await xo.call(
        "host.set",
        {
            "id": id,
            "iscsiIqn": iscsiIqn,
            "multipathing": multipathing,
            "name_description": name_description,
            "name_label": name_label,
        },
        effect="write",
        reads="/hosts/{id}",
    )


async def set_host_remote_syslog(xo: Xo, *, id: str, syslogDestination: str | None) -> Answer:
    """Sends the logs of a host to a syslog server as well, or no longer (null).

    CALL host.setRemoteSyslogHost.
    """
    return await xo.call(
        "host.setRemoteSyslogHost",
        {"id": id, "syslogDestination": syslogDestination},
        effect="write",
        reads="/hosts/{id}",
    )


async def set_usb_passthrough(xo: Xo, *, enabled: bool, id: str) -> Answer:
    """Allows a USB device of a host to be passed through to VMs, or takes that back; then attach_vm_usb.

    CALL pusb.set.
    """
    return await xo.call("pusb.set", {"enabled": enabled, "id": id}, effect="write")
