"""Methods of what VMs have: PCI, GPU, USB and TPM devices, disks, drives; and moving a VM as a whole."""

from typing import Any

from fake_xo.jsonrpc.call import RpcCall, method
from fake_xo.jsonrpc.errors import PEER, RpcError, bad_state, no_such, slip
from fake_xo.store import Record

STEPS = 4
"""Parts of an import."""
ESXI = "192.0.2.66"
"""Where a VMware host answers; nothing does anywhere else."""


def _halted(vm: Record) -> None:
    if vm["power_state"] != "Halted":
        raise bad_state(vm["id"], vm["power_state"], "halted")


def _kept(call: RpcCall, name: str) -> dict[str, Any]:
    found: dict[str, Any] = call.xo.rpc.settings.setdefault(name, {})
    return found


@method("vm.attachPcis")
async def attach_pcis(call: RpcCall) -> None:
    """Ids in, addresses kept."""
    vm = call.objects["id"]
    found = [call.find("pcis", name, "PCI")["pci_id"] for name in call.params["pcis"]]
    call.store.update("vms", vm["id"], attachedPcis=[*vm.get("attachedPcis", []), *found])


@method("vm.detachPcis")
async def detach_pcis(call: RpcCall) -> None:
    """Addresses in; an id detaches nothing, without a word."""
    vm = call.objects["id"]
    if "attachedPcis" not in vm:
        raise slip("Cannot read properties of undefined (reading 'filter')")
    left = [name for name in vm["attachedPcis"] if name not in call.params["pciIds"]]
    call.store.update("vms", vm["id"], attachedPcis=left)


@method("vm.createVgpu")
async def create_vgpu(call: RpcCall) -> None:
    """Answered with `true` alone."""
    vm = call.objects["vm"]
    fresh = call.xo.identity.fresh("vgpu")
    call.store.update("vms", vm["id"], VGPUs=[*vm["VGPUs"], fresh])


@method("vm.deleteVgpu")
async def delete_vgpu(call: RpcCall) -> None:
    """Of whichever VM has it."""
    name = call.params["vgpu"]
    for vm in call.store.every("vms"):
        if name in vm["VGPUs"]:
            call.store.update("vms", vm["id"], VGPUs=[each for each in vm["VGPUs"] if each != name])
            return
    raise no_such(name, "vgpu")


@method("vtpm.create")
async def create_vtpm(call: RpcCall) -> str:
    """One for a halted VM."""
    vm = call.objects["id"]
    _halted(vm)
    fresh = call.xo.identity.fresh("VTPM")
    call.store.update("vms", vm["id"], VTPMs=[*vm["VTPMs"], fresh])
    return fresh


@method("vtpm.destroy")
async def destroy_vtpm(call: RpcCall) -> None:
    """Of whichever VM has it."""
    name = call.params["id"]
    for vm in call.store.every("vms"):
        if name in vm["VTPMs"]:
            call.store.update("vms", vm["id"], VTPMs=[each for each in vm["VTPMs"] if each != name])
            return
    raise no_such(name, "VTPM")


@method("pci.getDom0AccessStatus")
async def dom0_access(call: RpcCall) -> str:
    """Hidden ones were hidden here."""
    return str(_kept(call, "dom0 access").get(call.params["id"], "enabled"))


@method("pci.disableDom0Access")
async def set_dom0_access(call: RpcCall) -> None:
    """The host reboots at once."""
    for name in call.params["pcis"]:
        device = call.find("pcis", name, "PCI")
        _kept(call, "dom0 access")[name] = "disabled" if call.params["disable"] else "enabled"
        call.store.update("hosts", device["$host"], startTime=call.xo.clock.seconds())


@method("pusb.set")
async def set_usb(call: RpcCall) -> None:
    """Any device is there."""
    _kept(call, "usb")[call.params["id"]] = call.params.get("enabled")


@method("vusb.create")
async def attach_usb(call: RpcCall) -> str:
    """To a halted VM."""
    fresh = call.xo.identity.fresh("VUSB")
    _kept(call, "vusbs")[fresh] = call.params["vm"]
    return fresh


@method("vusb.destroy")
async def detach_usb(call: RpcCall) -> None:
    """What was attached."""
    if _kept(call, "vusbs").pop(call.params["id"], None) is None:
        raise no_such(call.params["id"], "VUSB")


@method("vbd.setBootable")
async def set_bootable(call: RpcCall) -> None:
    """Whether the VM may boot from it."""
    call.store.update("vbds", call.params["vbd"], bootable=call.params["bootable"])


@method("vbd.set")
async def set_position(call: RpcCall) -> None:
    """Its position among the disks of the VM."""
    if "position" in call.params:
        call.store.update("vbds", call.params["id"], position=str(call.params["position"]))


@method("vdi.set")
async def set_disk(call: RpcCall) -> None:
    """Changed block tracking; the rest is REST's."""
    if "cbt" in call.params:
        collection = "vdis" if call.store.actual("vdis", call.params["id"]) else "vdi-snapshots"
        call.store.update(collection, call.params["id"], cbt_enabled=call.params["cbt"])


@method("vm.coalesceLeaf")
async def coalesce(call: RpcCall) -> None:
    """A running VM is suspended and resumed meanwhile."""
    call.find("vms", call.params["id"], "VM")


@method("vm.createCloudInitConfigDrive")
async def cloud_init(call: RpcCall) -> None:
    """On any SR, an ISO library too; another drive each time."""
    _kept(call, "drives").setdefault(call.params["vm"], []).append(call.params)


@method("vm.warmMigration")
async def warm_migrate(call: RpcCall) -> str:
    """The copy has a name of its own; the source is shut down, and stays unless it is to be deleted."""
    params = call.params
    source, target = call.find("vms", params["vm"], "VM"), call.find("srs", params["sr"], "SR")
    fresh = call.xo.identity.fresh("VM")
    state = "Running" if params["startDestinationVm"] else "Halted"
    name = f"[XO warm migration Warm migration] {source['name_label']}"
    copy = {"id": fresh, "uuid": fresh, "name_label": name, "power_state": state, "$pool": target["$pool"]}
    call.store.add("vms", source | copy | {"$VBDs": [], "VIFs": []})
    if params["deleteSourceVm"]:
        call.store.remove("vms", source["id"])
    else:
        call.store.update("vms", source["id"], power_state="Halted")
    return fresh


@method("vm.getSecurebootReadiness")
async def secure_boot(_: RpcCall) -> str:
    """With BIOS, there is none."""
    return "not_supported"


@method("esxi.checkInstall")
async def esxi_tools(_: RpcCall) -> Record:
    """Nothing is installed on XO's machine."""
    missing = {"status": "error", "error": "exit code 127"}
    return {name: dict(missing) for name in ("nbdinfo", "nbdkit", "nbdkitPluginVddk", "vddk")}


@method("esxi.listVms")
async def esxi_vms(call: RpcCall) -> list[Record]:
    """One machine, if a VMware host answers there."""
    _reach(call)
    return [{"id": "1", "nameLabel": "old", "memory": 2 << 30, "nCpus": 2, "powerState": "Halted"}]


@method("vm.importFromEsxi")
async def esxi_import(call: RpcCall) -> str:
    """A new machine; a task of its own says how much is done, and stays."""
    _reach(call)
    now = call.xo.clock.ms()
    task: str = call.xo.identity.task(now)
    reported: dict[str, Any] = {"name": f"importing vms {call.params['vm']}", "total": STEPS, "done": 0}
    kept = {"id": task, "start": now, "status": "pending", "updatedAt": now, "properties": reported}
    call.store.add("tasks", kept)
    for done in range(1, STEPS + 1):
        await call.step()
        call.store.update("tasks", task, properties={**reported, "done": done}, updatedAt=call.xo.clock.ms())
    fresh = call.xo.identity.fresh("VM")
    machine = call.store.every("vms")[0]
    own = {"id": fresh, "uuid": fresh, "name_label": "old", "power_state": "Halted", "$VBDs": [], "VIFs": []}
    call.store.add("vms", machine | own)
    call.store.update("tasks", task, status="success", end=call.xo.clock.ms())
    return fresh


def _reach(call: RpcCall) -> None:
    if call.params["host"] != ESXI:
        data = {"name": "VmwareError", "stack": "VmwareError\n    at x"}
        raise RpcError(PEER, f"connect ECONNREFUSED {call.params['host'][:60]}:443", data)
