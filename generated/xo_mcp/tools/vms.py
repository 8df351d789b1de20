"""Tools of XO's tag vms: Virtual machines - power, snapshots, templates, migration, copies, import and export, metrics.

Generated: change overrides/ or templates/ instead.
"""

from typing import Literal

from xo_mcp.answer import Answer
from xo_mcp.types import OMIT, Call, Json, Omit
from xo_mcp.xo import Xo


async def create_vm(
    xo: Xo,
    *,
    id: str,
    name_label: str,
    template: str,
    affinity: str | Omit = OMIT,
    autoPoweron: bool | Omit = OMIT,
    boot: bool | Omit = OMIT,
    clone: bool | Omit = OMIT,
    cloud_config: str | Omit = OMIT,
    copyHostBiosStrings: bool | Omit = OMIT,
    cpus: float | Omit = OMIT,
    createVtpm: bool | Omit = OMIT,
    destroy_cloud_config_vdi: bool | Omit = OMIT,
    gpuGroup: str | Omit = OMIT,
    high_availability: Literal["", "best-effort", "restart"] | Omit = OMIT,
    hvmBootFirmware: Literal["uefi", "bios"] | Omit = OMIT,
    install: dict[str, Json] | Omit = OMIT,
    memory: float | Omit = OMIT,
    name_description: str | Omit = OMIT,
    network_config: str | Omit = OMIT,
    secureBoot: bool | Omit = OMIT,
    vdis: list[dict[str, Json]] | Omit = OMIT,
    vgpuType: str | Omit = OMIT,
    vifs: list[dict[str, Json]] | Omit = OMIT,
    timeout: float = 60,
    tags: list[str] | Omit = OMIT,
) -> Answer:
    """Creates a VM in a pool from a template and, with boot, starts it; returns id, disks, NICs.

    POST /pools/{id}/actions/create_vm; needs pool:create:vm, vm-template:instantiate, vdi:create?, vdi:boot?,
    vif:create?, host:allow-vm?; since XO 5.110 (cpus 6.3; createVtpm 6.1.2; high_availability 6.7;
    hvmBootFirmware 5.112; secureBoot 6.1.2).
    """
    return await xo.action(
        Call(
            "POST",
            "/pools/{id}/actions/create_vm",
            path={"id": id},
            body={
                "affinity": affinity,
                "autoPoweron": autoPoweron,
                "boot": boot,
                "clone": clone,
                "cloud_config": cloud_config,
                "copyHostBiosStrings": copyHostBiosStrings,
                "cpus": cpus,
                "createVtpm": createVtpm,
                "destroy_cloud_config_vdi": destroy_cloud_config_vdi,
                "gpuGroup": gpuGroup,
                "high_availability": high_availability,
                "hvmBootFirmware": hvmBootFirmware,
                "install": install,
                "memory": memory,
                "name_description": name_description,
                "name_label": name_label,
                "network_config": network_config,
                "secureBoot": secureBoot,
                "template": template,
                "vdis": vdis,
                "vgpuType": vgpuType,
                "vifs": vifs,
            },
            body_required=True,
        ),
        timeout=timeout,
        after={"tags": tags},
        reads="/pools/{id}",
        creates="/vms/{id}",
    )


async def import_vm_xva(xo: Xo, *, id: str, file: str, sr: str | Omit = OMIT, name_label: str | Omit = OMIT) -> Answer:
    """Creates a VM in a pool from an XVA file in the upload folder, as written by export_vm_xva; returns id, CPUs,
    memory, disks, NICs.

    POST /pools/{id}/vms; needs sr:import:vm; since XO 5.110.
    """
    return await xo.upload(
        Call("POST", "/pools/{id}/vms", path={"id": id}, query={"sr": sr}),
        file=file,
        after={"name_label": name_label},
        creates="/vms/{id}",
    )


async def list_vm_controllers(
    xo: Xo,
    *,
    filter: str | Omit = OMIT,
    fields: str = "name_label,power_state,CPUs,memory,tags,$container,$pool",
    limit: int = 50,
    format: str = "json",
) -> Answer:
    """Lists control domains (dom0), the privileged VM of each host ($container), with vCPUs and memory in bytes.

    GET /vm-controllers; needs vm-controller:read; since XO 5.110.
    """
    return await xo.list(
        Call("GET", "/vm-controllers"),
        record="XoVmController",
        filter=filter,
        fields=fields,
        limit=limit,
        format=format,
    )


async def get_vm_controller(xo: Xo, *, id: str, fields: str | Omit = OMIT) -> Answer:
    """Shows one control domain (dom0) in full: memory, vCPUs, start time, VBDs.

    GET /vm-controllers/{id}; needs vm-controller:read; since XO 5.110.
    """
    return await xo.get(Call("GET", "/vm-controllers/{id}", path={"id": id}), record="XoVmController", fields=fields)


async def add_vm_controller_tag(xo: Xo, *, id: str, tag: str) -> Answer:
    """Puts one tag on a host's control domain (dom0).

    PUT /vm-controllers/{id}/tags/{tag}; needs vm-controller:update:tags; since XO 5.112.
    """
    return await xo.write(
        Call("PUT", "/vm-controllers/{id}/tags/{tag}", path={"id": id, "tag": tag}), reads="/vm-controllers/{id}"
    )


async def remove_vm_controller_tag(xo: Xo, *, id: str, tag: str) -> Answer:
    """Takes one tag off a host's control domain (dom0).

    DELETE /vm-controllers/{id}/tags/{tag}; needs vm-controller:update:tags; since XO 5.112.
    """
    return await xo.write(
        Call("DELETE", "/vm-controllers/{id}/tags/{tag}", path={"id": id, "tag": tag}), reads="/vm-controllers/{id}"
    )


async def list_vm_snapshots(
    xo: Xo,
    *,
    filter: str | Omit = OMIT,
    fields: str = "name_label,name_description,snapshot_time,$snapshot_of,tags",
    limit: int = 50,
    format: str = "json",
) -> Answer:
    """Lists snapshots of whole VMs with time (seconds) and VM ($snapshot_of); one VM's: filter $snapshot_of:VM_ID.

    GET /vm-snapshots; needs vm-snapshot:read; since XO 5.110.
    """
    return await xo.list(
        Call("GET", "/vm-snapshots"), record="XoVmSnapshot", filter=filter, fields=fields, limit=limit, format=format
    )


async def get_vm_snapshot(xo: Xo, *, id: str, fields: str | Omit = OMIT) -> Answer:
    """Shows one VM snapshot in full: its VM, when it was taken, and the settings, VBDs and VIFs the VM had then.

    GET /vm-snapshots/{id}; needs vm-snapshot:read; since XO 5.110.
    """
    return await xo.get(Call("GET", "/vm-snapshots/{id}", path={"id": id}), record="XoVmSnapshot", fields=fields)


async def delete_vm_snapshot(xo: Xo, *, id: str) -> Answer:
    """Deletes one VM snapshot with its disk snapshots for good; the VM keeps its present state.

    DELETE /vm-snapshots/{id}; needs vm-snapshot:delete; since XO 5.111.
    """
    return await xo.write(Call("DELETE", "/vm-snapshots/{id}", path={"id": id}), reads="/vm-snapshots/{id}")


async def export_vm_snapshot(
    xo: Xo,
    *,
    id: str,
    format: Literal["xva", "ova"],
    compress: Literal["gzip", "zstd"] | Omit = OMIT,
    filename: str | Omit = OMIT,
) -> Answer:
    """Saves a VM as it was at a snapshot as an XVA or OVA file in the download folder.

    GET /vm-snapshots/{id}.{format}; needs vm-snapshot:export; since XO 5.111.
    """
    return await xo.download(
        Call("GET", "/vm-snapshots/{id}.{format}", path={"id": id, "format": format}, query={"compress": compress}),
        filename=filename,
    )


async def add_vm_snapshot_tag(xo: Xo, *, id: str, tag: str) -> Answer:
    """Puts one tag on a VM snapshot; the VM it was taken of is tagged with add_vm_tag.

    PUT /vm-snapshots/{id}/tags/{tag}; needs vm-snapshot:update:tags; since XO 5.112.
    """
    return await xo.write(
        Call("PUT", "/vm-snapshots/{id}/tags/{tag}", path={"id": id, "tag": tag}), reads="/vm-snapshots/{id}"
    )


async def remove_vm_snapshot_tag(xo: Xo, *, id: str, tag: str) -> Answer:
    """Takes one tag off a VM snapshot; the snapshot and its VM's own tags stay.

    DELETE /vm-snapshots/{id}/tags/{tag}; needs vm-snapshot:update:tags; since XO 5.112.
    """
    return await xo.write(
        Call("DELETE", "/vm-snapshots/{id}/tags/{tag}", path={"id": id, "tag": tag}), reads="/vm-snapshots/{id}"
    )


async def list_vm_templates(
    xo: Xo,
    *,
    filter: str | Omit = OMIT,
    fields: str = "name_label,uuid,name_description,isDefaultTemplate,CPUs,memory,tags,$pool",
    limit: int = 50,
    format: str = "json",
) -> Answer:
    """Lists VM templates; create_vm takes their uuid.

    GET /vm-templates; needs vm-template:read; since XO 5.110.
    """
    return await xo.list(
        Call("GET", "/vm-templates"), record="XoVmTemplate", filter=filter, fields=fields, limit=limit, format=format
    )


async def get_vm_template(xo: Xo, *, id: str, fields: str | Omit = OMIT) -> Answer:
    """Shows one VM template in full: vCPUs, memory, firmware, VBDs, and in template_info the disks and installation
    methods of a built-in one.

    GET /vm-templates/{id}; needs vm-template:read; since XO 5.110.
    """
    return await xo.get(Call("GET", "/vm-templates/{id}", path={"id": id}), record="XoVmTemplate", fields=fields)


async def delete_vm_template(xo: Xo, *, id: str) -> Answer:
    """Deletes a custom VM template with its disks for good; VMs made from it stay.

    DELETE /vm-templates/{id}; needs vm-template:delete; since XO 5.111.
    """
    return await xo.write(Call("DELETE", "/vm-templates/{id}", path={"id": id}), reads="/vm-templates/{id}")


async def export_vm_template(
    xo: Xo,
    *,
    id: str,
    format: Literal["xva", "ova"],
    compress: Literal["gzip", "zstd"] | Omit = OMIT,
    filename: str | Omit = OMIT,
) -> Answer:
    """Saves a VM template as an XVA or OVA file in the download folder, e.g.

    GET /vm-templates/{id}.{format}; needs vm-template:export; since XO 5.111.
    """
    return await xo.download(
        Call("GET", "/vm-templates/{id}.{format}", path={"id": id, "format": format}, query={"compress": compress}),
        filename=filename,
    )


async def add_vm_template_tag(xo: Xo, *, id: str, tag: str) -> Answer:
    """Puts one tag on a VM template; VMs made from it earlier are not changed.

    PUT /vm-templates/{id}/tags/{tag}; needs vm-template:update:tags; since XO 5.112.
    """
    return await xo.write(
        Call("PUT", "/vm-templates/{id}/tags/{tag}", path={"id": id, "tag": tag}), reads="/vm-templates/{id}"
    )


async def remove_vm_template_tag(xo: Xo, *, id: str, tag: str) -> Answer:
    """Takes one tag off a VM template; the template and VMs made from it stay.

    DELETE /vm-templates/{id}/tags/{tag}; needs vm-template:update:tags; since XO 5.112.
    """
    return await xo.write(
        Call("DELETE", "/vm-templates/{id}/tags/{tag}", path={"id": id, "tag": tag}), reads="/vm-templates/{id}"
    )


async def list_vms(
    xo: Xo,
    *,
    filter: str | Omit = OMIT,
    fields: str = "name_label,power_state,CPUs,memory,mainIpAddress,tags,$container",
    limit: int = 50,
    format: str = "json",
) -> Answer:
    """Lists virtual machines with power state, vCPUs, memory (bytes), IP, tags and $container (host, of a running VM
    or of its local disks; else pool).

    GET /vms; needs vm:read; since XO 5.110.
    """
    return await xo.list(Call("GET", "/vms"), record="XoVm", filter=filter, fields=fields, limit=limit, format=format)


async def get_vm(xo: Xo, *, id: str, fields: str | Omit = OMIT) -> Answer:
    """Shows one VM in full: hardware, guest OS, IPs, guest tools, VBD, VIF and snapshot ids, HA, blocked operations.

    GET /vms/{id}; needs vm:read; since XO 5.110.
    """
    return await xo.get(Call("GET", "/vms/{id}", path={"id": id}), record="XoVm", fields=fields)


async def update_vm(
    xo: Xo,
    *,
    id: str,
    PV_args: str | Omit = OMIT,
    affinityHost: str | Omit | None = OMIT,
    autoPoweron: bool | Omit = OMIT,
    blockedOperations: dict[str, Json] | Omit = OMIT,
    coresPerSocket: float | Omit | None = OMIT,
    cpuCap: float | Omit | None = OMIT,
    cpuMask: list[float] | Omit = OMIT,
    cpuWeight: float | Omit | None = OMIT,
    cpus: float | Omit = OMIT,
    cpusStaticMax: float | Omit = OMIT,
    creation: dict[str, Json] | Omit = OMIT,
    expNestedHvm: bool | Omit = OMIT,
    hasVendorDevice: bool | Omit = OMIT,
    highAvailability: Literal["best-effort", "restart", ""] | Omit = OMIT,
    hvmBootFirmware: str | Omit | None = OMIT,
    memory: float | Omit = OMIT,
    memoryMax: float | Omit = OMIT,
    memoryMin: float | Omit = OMIT,
    memoryStaticMax: float | Omit = OMIT,
    nameDescription: str | Omit = OMIT,
    nameLabel: str | Omit = OMIT,
    nestedVirt: bool | Omit = OMIT,
    nicType: str | Omit | None = OMIT,
    notes: str | Omit | None = OMIT,
    resourceSet: str | Omit | None = OMIT,
    secureBoot: bool | Omit = OMIT,
    share: bool | Omit = OMIT,
    startDelay: float | Omit = OMIT,
    suspendSr: str | Omit | None = OMIT,
    tags: list[str] | Omit = OMIT,
    uefiMode: Literal["setup", "user"] | Omit = OMIT,
    vga: Literal["std", "cirrus"] | Omit = OMIT,
    videoram: float | Omit = OMIT,
    viridian: bool | Omit = OMIT,
    virtualizationMode: Literal["pv", "hvm"] | Omit = OMIT,
    xenStoreData: dict[str, Json] | Omit = OMIT,
) -> Answer:
    """Changes settings of a VM: name, vCPUs, memory, firmware, HA, autostart, protection.

    PATCH /vms/{id}; needs vm:update:<field>; since XO 6.5.
    """
    return await xo.write(
        Call(
            "PATCH",
            "/vms/{id}",
            path={"id": id},
            body={
                "PV_args": PV_args,
                "affinityHost": affinityHost,
                "autoPoweron": autoPoweron,
                "blockedOperations": blockedOperations,
                "coresPerSocket": coresPerSocket,
                "cpuCap": cpuCap,
                "cpuMask": cpuMask,
                "cpuWeight": cpuWeight,
                "cpus": cpus,
                "cpusStaticMax": cpusStaticMax,
                "creation": creation,
                "expNestedHvm": expNestedHvm,
                "hasVendorDevice": hasVendorDevice,
                "highAvailability": highAvailability,
                "hvmBootFirmware": hvmBootFirmware,
                "memory": memory,
                "memoryMax": memoryMax,
                "memoryMin": memoryMin,
                "memoryStaticMax": memoryStaticMax,
                "nameDescription": nameDescription,
                "nameLabel": nameLabel,
                "nestedVirt": nestedVirt,
                "nicType": nicType,
                "notes": notes,
                "resourceSet": resourceSet,
                "secureBoot": secureBoot,
                "share": share,
                "startDelay": startDelay,
                "suspendSr": suspendSr,
                "tags": tags,
                "uefiMode": uefiMode,
                "vga": vga,
                "videoram": videoram,
                "viridian": viridian,
                "virtualizationMode": virtualizationMode,
                "xenStoreData": xenStoreData,
            },
            body_required=True,
        ),
        reads="/vms/{id}",
    )


async def delete_vm(xo: Xo, *, id: str) -> Answer:
    """Deletes a VM for good with its snapshots and every disk no other VM uses; a running one is powered off hard
    first.

    DELETE /vms/{id}; needs vm:delete; since XO 5.111.
    """
    return await xo.write(Call("DELETE", "/vms/{id}", path={"id": id}), reads="/vms/{id}")


async def export_vm_xva(
    xo: Xo, *, id: str, compress: Literal["gzip", "zstd"] | Omit = OMIT, filename: str | Omit = OMIT
) -> Answer:
    """Saves a VM with its disks as an XVA file in the download folder, for import_vm_xva on XCP-ng or XenServer; a
    running VM goes through a temporary snapshot.

    GET /vms/{id}.{format}; needs vm:export; since XO 5.111.
    """
    return await xo.download(
        Call("GET", "/vms/{id}.{format}", path={"id": id, "format": "xva"}, query={"compress": compress}),
        filename=filename,
        extension="xva",
    )


async def export_vm_ova(xo: Xo, *, id: str, filename: str | Omit = OMIT) -> Answer:
    """Saves a VM as an OVA file in the download folder, for other hypervisors such as VMware or VirtualBox.

    GET /vms/{id}.{format}; needs vm:export; since XO 5.111.
    """
    return await xo.download(
        Call("GET", "/vms/{id}.{format}", path={"id": id, "format": "ova"}), filename=filename, extension="ova"
    )


async def clean_reboot_vm(xo: Xo, *, id: str, timeout: float = 60) -> Answer:
    """Restarts a running VM through its guest OS; needs guest tools, else hard_reboot_vm.

    POST /vms/{id}/actions/clean_reboot; needs vm:reboot:clean; since XO 5.110.
    """
    return await xo.action(
        Call("POST", "/vms/{id}/actions/clean_reboot", path={"id": id}), timeout=timeout, reads="/vms/{id}"
    )


async def clean_shutdown_vm(xo: Xo, *, id: str, timeout: float = 60) -> Answer:
    """Asks the guest OS to shut down and waits until the VM is halted; needs guest tools, else hard_shutdown_vm.

    POST /vms/{id}/actions/clean_shutdown; needs vm:shutdown:clean; since XO 5.110.
    """
    return await xo.action(
        Call("POST", "/vms/{id}/actions/clean_shutdown", path={"id": id}),
        timeout=timeout,
        reads="/vms/{id}",
        final_state={"power_state": "Halted"},
    )


async def clone_vm(
    xo: Xo,
    *,
    id: str,
    fast: bool | Omit = OMIT,
    name_label: str | Omit = OMIT,
    compress: Literal["gzip", "zstd"] | Omit = OMIT,
    srId: str | Omit = OMIT,
    timeout: float = 60,
) -> Answer:
    """Makes a second VM from a VM as it is now: a fast clone sharing its storage (default, VM halted), a full copy
    (fast false), or a copy on another SR or pool (srId).

    POST /vms/{id}/actions/clone; needs vm:clone; since XO 6.3.
    """
    return await xo.action(
        Call(
            "POST",
            "/vms/{id}/actions/clone",
            path={"id": id},
            body={"fast": fast, "name_label": name_label, "compress": compress, "srId": srId},
        ),
        timeout=timeout,
        creates="/vms/{id}",
    )


async def hard_reboot_vm(xo: Xo, *, id: str, timeout: float = 60) -> Answer:
    """Resets a running VM at once, without asking the guest OS; unsaved data is lost.

    POST /vms/{id}/actions/hard_reboot; needs vm:reboot:hard; since XO 5.110.
    """
    return await xo.action(
        Call("POST", "/vms/{id}/actions/hard_reboot", path={"id": id}), timeout=timeout, reads="/vms/{id}"
    )


async def hard_shutdown_vm(xo: Xo, *, id: str, timeout: float = 60) -> Answer:
    """Cuts a VM's power at once, also of a paused or suspended one; unsaved data is lost.

    POST /vms/{id}/actions/hard_shutdown; needs vm:shutdown:hard; since XO 5.110.
    """
    return await xo.action(
        Call("POST", "/vms/{id}/actions/hard_shutdown", path={"id": id}),
        timeout=timeout,
        reads="/vms/{id}",
        final_state={"power_state": "Halted"},
    )


async def migrate_vm(
    xo: Xo,
    *,
    id: str,
    hostId: str,
    migrationNetworkId: str | Omit = OMIT,
    networkIdByVifId: dict[str, Json] | Omit = OMIT,
    srId: str | Omit = OMIT,
    srIdByVdiId: dict[str, Json] | Omit = OMIT,
    timeout: float = 60,
) -> Answer:
    """Moves a VM to another host of its pool or of another, live when it runs.

    POST /vms/{id}/actions/migrate; needs vm:migrate-send, host:migrate-receive; since XO 6.2.
    """
    return await xo.action(
        Call(
            "POST",
            "/vms/{id}/actions/migrate",
            path={"id": id},
            body={
                "hostId": hostId,
                "migrationNetworkId": migrationNetworkId,
                "networkIdByVifId": networkIdByVifId,
                "srId": srId,
                "srIdByVdiId": srIdByVdiId,
            },
            body_required=True,
        ),
        timeout=timeout,
        reads="/vms/{id}",
    )


async def pause_vm(xo: Xo, *, id: str, timeout: float = 60) -> Answer:
    """Freezes a running VM in its host's memory for a while; unpause_vm continues it.

    POST /vms/{id}/actions/pause; needs vm:pause; since XO 5.110.
    """
    return await xo.action(
        Call("POST", "/vms/{id}/actions/pause", path={"id": id}),
        timeout=timeout,
        reads="/vms/{id}",
        final_state={"power_state": "Paused"},
    )


async def resume_vm(xo: Xo, *, id: str, timeout: float = 60) -> Answer:
    """Brings a suspended VM back to where it was.

    POST /vms/{id}/actions/resume; needs vm:resume; since XO 5.110.
    """
    return await xo.action(
        Call("POST", "/vms/{id}/actions/resume", path={"id": id}),
        timeout=timeout,
        reads="/vms/{id}",
        final_state={"power_state": "Running"},
    )


async def revert_vm_to_snapshot(
    xo: Xo, *, id: str, snapshotId: str, snapshotBefore: bool | Omit = OMIT, timeout: float = 60
) -> Answer:
    """Sets a VM back to one of its own snapshots; later changes of its disks and settings are lost, unless
    snapshotBefore keeps them in a new one.

    POST /vms/{id}/actions/revert_snapshot; needs vm:revert-snapshot, vm:snapshot?; since XO 6.5.
    """
    return await xo.action(
        Call(
            "POST",
            "/vms/{id}/actions/revert_snapshot",
            path={"id": id},
            body={"snapshotBefore": snapshotBefore, "snapshotId": snapshotId},
            body_required=True,
        ),
        timeout=timeout,
        reads="/vms/{id}",
    )


async def snapshot_vm(xo: Xo, *, id: str, name_label: str | Omit = OMIT, timeout: float = 60) -> Answer:
    """Takes a snapshot of a VM, running or not: settings and disks except [NOSNAP] ones, no memory; returns its id.

    POST /vms/{id}/actions/snapshot; needs vm:snapshot; since XO 5.110 (name_label 6.4).
    """
    return await xo.action(
        Call("POST", "/vms/{id}/actions/snapshot", path={"id": id}, body={"name_label": name_label}),
        timeout=timeout,
        reads="/vms/{id}",
        creates="/vm-snapshots/{id}",
    )


async def start_vm(xo: Xo, *, id: str, hostId: str | Omit = OMIT, timeout: float = 60) -> Answer:
    """Powers on a halted VM; XO picks the host unless hostId names one.

    POST /vms/{id}/actions/start; needs vm:start, host:allow-vm?; since XO 5.110 (hostId 6.1).
    """
    return await xo.action(
        Call("POST", "/vms/{id}/actions/start", path={"id": id}, body={"hostId": hostId}),
        timeout=timeout,
        reads="/vms/{id}",
        final_state={"power_state": "Running"},
    )


async def suspend_vm(xo: Xo, *, id: str, timeout: float = 60) -> Answer:
    """Saves a running VM's memory to disk, freeing the host's; resume_vm brings it back.

    POST /vms/{id}/actions/suspend; needs vm:suspend; since XO 5.110.
    """
    return await xo.action(
        Call("POST", "/vms/{id}/actions/suspend", path={"id": id}),
        timeout=timeout,
        reads="/vms/{id}",
        final_state={"power_state": "Suspended"},
    )


async def unpause_vm(xo: Xo, *, id: str, timeout: float = 60) -> Answer:
    """Continues a VM that pause_vm froze.

    POST /vms/{id}/actions/unpause; needs vm:unpause; since XO 5.110.
    """
    return await xo.action(
        Call("POST", "/vms/{id}/actions/unpause", path={"id": id}),
        timeout=timeout,
        reads="/vms/{id}",
        final_state={"power_state": "Running"},
    )


async def get_vm_dashboard(xo: Xo, *, id: str) -> Answer:
    """Summarizes one VM: guest OS, IP, host, open alarms, whether it is backed up, last backup runs, archives,
    replica.

    GET /vms/{id}/dashboard; needs vm:read; since XO 5.113.
    """
    return await xo.read(Call("GET", "/vms/{id}/dashboard", path={"id": id}))


async def get_vm_stats(
    xo: Xo,
    *,
    id: str,
    granularity: Literal["seconds", "minutes", "hours", "days"] | Omit = OMIT,
    series: str | Omit = OMIT,
    points: int | Omit = OMIT,
    chart: bool = False,
    last: str | Omit = OMIT,
) -> Answer:
    """Shows the load of a running VM over time: CPUs, memory, disks, NICs, as min, avg, max and last per series.

    GET /vms/{id}/stats; needs vm:read; since XO 5.110.
    """
    return await xo.stats(
        Call("GET", "/vms/{id}/stats", path={"id": id}, query={"granularity": granularity}),
        series=series,
        points=points,
        chart=chart,
        last=last,
    )


async def add_vm_data_source(xo: Xo, *, id: str, data_source: str) -> Answer:
    """Starts recording one more performance metric of a running VM, such as disk latency, IOPS or run states; the
    basic ones are recorded anyway.

    PUT /vms/{id}/stats/data_source/{data_source}; needs vm:update:datasources; since XO 5.110.
    """
    return await xo.write(
        Call("PUT", "/vms/{id}/stats/data_source/{data_source}", path={"id": id, "data_source": data_source}),
        reads="/vms/{id}",
    )


async def delete_vm_data_source(xo: Xo, *, id: str, data_source: str) -> Answer:
    """Stops recording one performance metric of a running VM and drops what was recorded of it.

    DELETE /vms/{id}/stats/data_source/{data_source}; needs vm:update:datasources; since XO 5.110.
    """
    return await xo.write(
        Call("DELETE", "/vms/{id}/stats/data_source/{data_source}", path={"id": id, "data_source": data_source}),
        reads="/vms/{id}",
    )


async def add_vm_tag(xo: Xo, *, id: str, tag: str) -> Answer:
    """Puts one tag on a VM; its other tags stay.

    PUT /vms/{id}/tags/{tag}; needs vm:update:tags; since XO 5.112.
    """
    return await xo.write(Call("PUT", "/vms/{id}/tags/{tag}", path={"id": id, "tag": tag}), reads="/vms/{id}")


async def remove_vm_tag(xo: Xo, *, id: str, tag: str) -> Answer:
    """Takes one tag off a VM; its other tags and the VM itself stay.

    DELETE /vms/{id}/tags/{tag}; needs vm:update:tags; since XO 5.112.
    """
    return await xo.write(Call("DELETE", "/vms/{id}/tags/{tag}", path={"id": id, "tag": tag}), reads="/vms/{id}")


async def check_esxi_import_tools(xo: Xo) -> Answer:
    """Shows which programs for imports from VMware (nbdkit, VDDK) XO has on its own machine, and what is wrong with
    the others.

    CALL esxi.checkInstall; needs an XO administrator.
    """
    return await xo.call("esxi.checkInstall")


async def list_esxi_vms(xo: Xo, *, host: str, password: str, user: str, sslVerify: bool | Omit = OMIT) -> Answer:
    """Lists the VMs of a VMware ESXi host or vCenter, as XO sees them, for import_vm_from_esxi.

    CALL esxi.listVms; needs an XO administrator.
    """
    return await xo.call("esxi.listVms", {"host": host, "password": password, "sslVerify": sslVerify, "user": user})


async def attach_vm_pcis(xo: Xo, *, id: str, pcis: list[str]) -> Answer:
    """Passes PCI devices of a host through to a VM, from its next start on; it then runs on that host only.

    CALL vm.attachPcis.
    """
    return await xo.call("vm.attachPcis", {"id": id, "pcis": pcis}, effect="write", reads="/vms/{id}")


async def coalesce_vm_disks(xo: Xo, *, id: str, timeout: float = 60) -> Answer:
    """Merges the leaves of a VM's disk chains now instead of in the background.

    CALL vm.coalesceLeaf.
    """
    return await xo.call("vm.coalesceLeaf", {"id": id}, timeout=timeout, effect="write", reads="/vms/{id}")


async def convert_vm_to_template(xo: Xo, *, id: str) -> Answer:
    """Turns a halted VM into a template for good: it leaves list_vms, and there is no way back.

    CALL vm.convertToTemplate.
    """
    return await xo.call(
        "vm.convertToTemplate",
        {"id": id},
        effect="destructive",
        builder="templates",
        reads="/vms/{id}",
        creates="/vm-templates/{id}",
    )


async def create_template_from_snapshot(xo: Xo, *, id: str, timeout: float = 60) -> Answer:
    """Makes a new template from a snapshot of a VM, and leaves both as they are.

    CALL vm.copyToTemplate.
    """
    return await xo.call(
        "vm.copyToTemplate",
        {"id": id},
        timeout=timeout,
        effect="write",
        builder="templates",
        reads="/vm-snapshots/{id}",
        creates="/vm-templates/{id}",
    )


async def create_vm_cloud_init_drive(
    xo: Xo, *, sr: str, vm: str, cloud_config: str, network_config: str | Omit = OMIT
) -> Answer:
    """Makes a small disk with cloud-init user data, and network data if given, and attaches it to a VM.

    CALL vm.createCloudInitConfigDrive.
    """
    return await xo.call(
        "vm.createCloudInitConfigDrive",
        {"sr": sr, "vm": vm, "cloud_config": cloud_config, "network_config": network_config},
        effect="write",
        builder="cloud_init",
        reads="/srs/{sr}",
    )


async def create_vm_vgpu(xo: Xo, *, gpuGroup: str, vgpuType: str, vm: str) -> Answer:
    """Gives a halted VM a virtual GPU.

    CALL vm.createVgpu.
    """
    return await xo.call(
        "vm.createVgpu", {"gpuGroup": gpuGroup, "vgpuType": vgpuType, "vm": vm}, effect="write", reads="/vms/{vm}"
    )


async def delete_vm_vgpu(xo: Xo, *, vgpu: str) -> Answer:
    """Takes a virtual GPU away from a halted VM.

    CALL vm.deleteVgpu.
    """
    return await xo.call("vm.deleteVgpu", {"vgpu": vgpu}, effect="destructive")


async def detach_vm_pcis(xo: Xo, *, id: str, pciIds: list[str]) -> Answer:
    """Takes PCI devices that are passed through away from a VM, from its next start on; the host does not use them
    again until set_pci_dom0_access.

    CALL vm.detachPcis.
    """
    return await xo.call(
        "vm.detachPcis", {"id": id, "pciIds": pciIds}, effect="write", builder="pci_devices", reads="/vms/{id}"
    )


async def eject_vm_cd(xo: Xo, *, id: str) -> Answer:
    """Takes the disc out of a VM's CD drive; an empty drive is an error.

    CALL vm.ejectCd.
    """
    return await xo.call("vm.ejectCd", {"id": id}, effect="write", reads="/vms/{id}")


async def get_vm_secure_boot_readiness(xo: Xo, *, id: str, forceRefresh: bool | Omit = OMIT) -> Answer:
    """Shows whether a VM could start with Secure Boot: ready, not_supported (BIOS), disabled, or which certificates
    are missing.

    CALL vm.getSecurebootReadiness.
    """
    return await xo.call("vm.getSecurebootReadiness", {"forceRefresh": forceRefresh, "id": id})


async def import_vm_from_esxi(
    xo: Xo,
    *,
    host: str,
    network: str,
    password: str,
    sr: str,
    template: str,
    user: str,
    vm: str,
    sslVerify: bool | Omit = OMIT,
    stopSource: bool | Omit = OMIT,
    timeout: float = 60,
) -> Answer:
    """Copies a VM from VMware to an SR: disks, CPUs, memory, NICs.

    CALL vm.importFromEsxi.
    """
    return await xo.call(
        "vm.importFromEsxi",
        {
            "host": host,
            "network": network,
            "password": password,
            "sr": sr,
            "sslVerify": sslVerify,
            "stopSource": stopSource,
            "template": template,
            "user": user,
            "vm": vm,
        },
        timeout=timeout,
        effect="write",
        builder="esxi_import",
        creates="/vms/{id}",
    )


async def insert_vm_cd(xo: Xo, *, cd_id: str, id: str, force: bool | Omit = OMIT) -> Answer:
    """Inserts an ISO, by name or id, into a VM's CD drive in place of the disc that is in, and makes a drive if
    there is none.

    CALL vm.insertCd.
    """
    return await xo.call(
        "vm.insertCd", {"cd_id": cd_id, "force": force, "id": id}, effect="write", builder="discs", reads="/vms/{id}"
    )


async def start_vm_from_cd(xo: Xo, *, id: str, timeout: float = 60) -> Answer:
    """Starts a halted VM once from the disc in its drive, whatever its boot order says; the order is put back
    afterwards.

    CALL vm.recoveryStart.
    """
    return await xo.call("vm.recoveryStart", {"id": id}, timeout=timeout, effect="write", reads="/vms/{id}")


async def set_vm_boot_order(xo: Xo, *, order: str, vm: str) -> Answer:
    """Sets from which devices an HVM machine tries to boot, in order.

    CALL vm.setBootOrder.
    """
    return await xo.call("vm.setBootOrder", {"order": order, "vm": vm}, effect="write", reads="/vms/{vm}")


async def warm_migrate_vm(
    xo: Xo, *, sr: str, vm: str, deleteSourceVm: bool = False, startDestinationVm: bool = False, timeout: float = 60
) -> Answer:
    """Moves a VM to another SR, pool or CPU by backup and restore: copies it while it runs, shuts it down, copies
    the rest.

    CALL vm.warmMigration; needs an XO administrator.
    """
    return await xo.call(
        "vm.warmMigration",
        {"deleteSourceVm": deleteSourceVm, "sr": sr, "startDestinationVm": startDestinationVm, "vm": vm},
        timeout=timeout,
        effect="destructive",
        reads="/vms/{vm}",
        creates="/vms/{id}",
    )


async def create_vm_vtpm(xo: Xo, *, id: str) -> Answer:
    """Gives a halted UEFI VM a virtual TPM, which Windows 11 and BitLocker need; one VM has one at most.

    CALL vtpm.create.
    """
    return await xo.call("vtpm.create", {"id": id}, effect="write", reads="/vms/{id}")


async def delete_vm_vtpm(xo: Xo, *, id: str) -> Answer:
    """Deletes the virtual TPM of a halted VM with all keys in it.

    CALL vtpm.destroy.
    """
    return await xo.call("vtpm.destroy", {"id": id}, effect="destructive")


async def attach_vm_usb(xo: Xo, *, usbGroup: str, vm: str) -> Answer:
    """Passes a USB device of a host through to a halted VM, which then runs on that host only.

    CALL vusb.create.
    """
    return await xo.call("vusb.create", {"usbGroup": usbGroup, "vm": vm}, effect="write", reads="/vms/{vm}")


async def detach_vm_usb(xo: Xo, *, id: str) -> Answer:
    """Takes a USB device that is passed through away from a VM; its host can use it again.

    CALL vusb.destroy.
    """
    return await xo.call("vusb.destroy", {"id": id}, effect="destructive")


async def get_vm_screenshot(
    xo: Xo, *, id: str, wake: bool = True, format: Literal["image", "file"] = "image"
) -> Answer:
    """Shows the screen of a running VM as a picture: its boot, a login prompt, a crash.

    A tool of this server, without an XO operation.
    """
    return await xo.screenshot(id=id, wake=wake, format=format)
