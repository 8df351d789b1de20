"""Methods of hosts: settings, and what their hardware tells."""

from typing import Any

from fake_xo.jsonrpc.call import RpcCall, method
from fake_xo.jsonrpc.errors import RpcError
from fake_xo.jsonrpc.files import Ready
from fake_xo.store import Record


@method("host.set")
async def update(call: RpcCall) -> None:
    """Multipathing plugs storage out and in, which running VMs prevent."""
    host = call.objects["id"]
    changes = {name: value for name, value in call.params.items() if name != "id"}
    if "multipathing" in changes and host["residentVms"]:
        disk = call.store.every("vdis")[0]["id"]
        raise RpcError(17, "VDI in use", {"objectId": disk, "operation": "unplug"})
    call.store.update("hosts", host["id"], **changes)


@method("host.getSmartctlHealth")
async def smart_health(_: RpcCall) -> Record:
    """By device."""
    return {"/dev/sda:scsi": "PASSED", "/dev/sdb:scsi": "FAILED"}


@method("host.getSmartctlInformation")
async def smart_information(call: RpcCall) -> Record:
    """By device."""
    known = {"/dev/sda": {"model_name": "FAKE SSD", "smart_status": {"passed": True}}}
    wanted = call.params.get("deviceNames", known)
    return {name: reported for name, reported in known.items() if name in wanted}


@method("host.getMdadmHealth")
async def raid_health(_: RpcCall) -> Record:
    """Kept for ten minutes by XO."""
    return {"raid": {"State": "clean", "Raid Level": "raid1"}, "volumes": []}


@method("host.getBlockdevices")
async def block_devices(_: RpcCall) -> Record:
    """Everything is text."""
    disk = {"name": "sda", "kname": "sda", "pkname": "", "size": "1000204886016", "type": "disk", "ro": "0"}
    return {"blockdevices": [disk | {"mountpoint": ""}]}


@method("host.getBiosInfo", "host.isHostServerTimeConsistent")
async def is_so(_: RpcCall) -> bool:
    """`true`; of the BIOS, that says that nothing is known."""
    return True


@method("host.isPubKeyTooShort")
async def is_not_so(_: RpcCall) -> bool:
    """`false`."""
    return False


@method("host.setRemoteSyslogHost")
async def set_syslog(call: RpcCall) -> None:
    """Null switches it off."""
    target = call.params["syslogDestination"]
    logging: dict[str, Any] = {} if target is None else {"syslog_destination": target}
    call.store.update("hosts", call.params["id"], logging=logging)


@method("host.installCertificate")
async def install_certificate(call: RpcCall) -> None:
    """Taken as it is."""
    call.xo.rpc.settings[f"certificate {call.params['id']}"] = call.params["certificate"]


@method("host.getSystemStatus")
async def system_status(call: RpcCall) -> Record:
    """An address for one use."""
    return {"$getFrom": call.xo.rpc.files.offer(Ready(b"report of a host"), "host-system-status.tar.bz2")}
