"""What frequent XenServer/XCP-ng error codes mean, and what to do about them.

XO hands these through as text, `VM_BAD_POWER_STATE(OpaqueRef:..., halted, running)`, and as `code` and `params` in a
failed task. The codes and the names of their parameters are XAPI's (its data model lists them); the words are ours.
"""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from xo_mcp.bounds import LOOKED_AT, look
from xo_mcp.privacy.redaction import without_internals
from xo_mcp.text import one_line
from xo_mcp.units import readable_size


class Meaning(NamedTuple):
    """One code.

    Attributes:
        params: XAPI's names of its parameters, in order, separated by spaces.
        what: What happened, a whole sentence.
        advice: What to do next, whole sentences; may be empty.
    """

    params: str
    what: str
    advice: str = ""


_WAIT: Final = "Wait for it to end (list_tasks shows what runs), then try again."
_STORAGE: Final = "Look at the storage itself (get_sr, its host's logs); scan_sr once it is back."
_TOOLS: Final = "Install or start the guest tools in the VM."

MEANINGS: Final[dict[str, Meaning]] = {
    # Power and guest
    "VM_BAD_POWER_STATE": Meaning(
        "vm expected actual",
        "The VM is in the wrong power state for this.",
        "Read its `power_state` (get_vm) and bring it into the expected one first.",
    ),
    "VM_MISSING_PV_DRIVERS": Meaning(
        "vm", "The guest tools do not run in this VM.", f"{_TOOLS} Hard actions need none."
    ),
    "VM_OLD_PV_DRIVERS": Meaning(
        "vm major minor", "The guest tools in this VM are too old.", "Update them in the guest."
    ),
    "VM_LACKS_FEATURE": Meaning("vm feature", "The guest does not support this.", _TOOLS),
    "VM_LACKS_FEATURE_SHUTDOWN": Meaning(
        "vm", "The guest can't be asked to shut down.", f"{_TOOLS} hard_shutdown_vm needs none, but cuts the power."
    ),
    "VM_LACKS_FEATURE_SUSPEND": Meaning("vm", "The guest can't be suspended.", _TOOLS),
    "VM_LACKS_FEATURE_VCPU_HOTPLUG": Meaning("vm", "The guest can't change CPUs while it runs.", "Shut it down first."),
    "VM_FAILED_SHUTDOWN_ACK": Meaning(
        "vm", "The guest did not react to the shutdown.", "Try again, or hard_shutdown_vm."
    ),
    "VM_SHUTDOWN_TIMEOUT": Meaning("vm timeout", "The guest took too long to shut down.", "Look at its console."),
    "VM_CRASHED": Meaning("vm", "The VM crashed.", "Look at its console and its host's logs."),
    "VM_HALTED": Meaning("vm", "The VM halted unexpectedly."),
    "VM_REBOOTED": Meaning("vm", "The VM rebooted unexpectedly."),
    "VM_IS_TEMPLATE": Meaning(
        "vm", "This is a template, not a VM.", "Create a VM from it (create_vm) and act on that."
    ),
    "VM_CANNOT_DELETE_DEFAULT_TEMPLATE": Meaning("vm", "Templates that come with the pool can't be deleted."),
    "VM_IS_PROTECTED": Meaning("vm", "High availability protects this VM.", "Change its HA setting first."),
    "OPERATION_BLOCKED": Meaning(
        "ref code",
        "Somebody blocked this operation on this object.",
        "Its `blockedOperations` says why; unblock it (update_vm) only if the user agrees.",
    ),
    "BOOTLOADER_FAILED": Meaning(
        "vm message", "The VM's boot loader failed.", "Check its boot disk and boot settings."
    ),
    "FAILED_TO_START_EMULATOR": Meaning("vm name message", "The host could not start the VM's device model.", ""),
    "VM_NO_VCPUS": Meaning("vm", "The VM has no CPU."),
    "VM_TOOMANY_VCPUS": Meaning("vm", "The VM has more CPUs than the host allows."),
    # Hosts and placement
    "NO_HOSTS_AVAILABLE": Meaning(
        "",
        "No host of the pool can do this.",
        "Check that hosts are enabled and have memory (list_hosts), and where the VM's disks are (list_vm_vdis).",
    ),
    "HOST_NOT_ENOUGH_FREE_MEMORY": Meaning(
        "needed available",
        "The host has not enough free memory.",
        "Choose another host, give the VM less memory, or free some (list_hosts with memory).",
    ),
    "HOST_NOT_ENOUGH_PCPUS": Meaning("vcpus pcpus", "The host has fewer CPUs than the VM wants."),
    "HOST_OFFLINE": Meaning("host", "The host can't be contacted.", "Check that it runs and its network."),
    "HOST_NOT_LIVE": Meaning("", "The host is not live.", "Check that it runs and its network."),
    "HOST_DISABLED": Meaning("host", "The host is disabled (maintenance).", "enable_host, or choose another host."),
    "HOST_NOT_DISABLED": Meaning("", "The host must be disabled first.", "disable_host, then try again."),
    "HOST_IN_USE": Meaning("host type ref", "The host is in use."),
    "HOST_STILL_BOOTING": Meaning("", "The host is still starting.", "Wait a minute, then try again."),
    "HOST_HAS_RESIDENT_VMS": Meaning("host", "VMs still run on this host.", "Migrate or halt them first."),
    "HOST_IS_SLAVE": Meaning("master", "This host is no pool master.", "Connect XO to the master (add_server)."),
    "CANNOT_CONTACT_HOST": Meaning("host", "The pool can't contact that host.", "Check that it runs and its network."),
    "CANNOT_EVACUATE_HOST": Meaning("errors", "The host's VMs can't all be moved away.", "Look at each VM named."),
    "HA_OPERATION_WOULD_BREAK_FAILOVER_PLAN": Meaning(
        "", "High availability could no longer restart its protected VMs.", "Protect fewer VMs or add capacity first."
    ),
    "VM_REQUIRES_SR": Meaning(
        "vm sr", "The host can't see a storage the VM needs.", "Use a host where it is attached."
    ),
    "VM_REQUIRES_NETWORK": Meaning("vm network", "The host lacks a network the VM needs."),
    "VM_REQUIRES_NET": Meaning("vm network", "The host lacks a network the VM needs."),
    "VM_REQUIRES_VDI": Meaning("vm vdi", "A disk of the VM can't be attached.", "Check its storage (list_vm_vdis)."),
    "VM_REQUIRES_GPU": Meaning("vm group", "The host has no free GPU of the kind the VM needs."),
    "VM_INCOMPATIBLE_WITH_THIS_HOST": Meaning(
        "vm host reason", "The host's CPU can't run this VM.", "Use another host."
    ),
    "VM_HOST_INCOMPATIBLE_VERSION": Meaning("host vm", "The host runs an older version.", "Use an updated host."),
    "VM_HOST_INCOMPATIBLE_VERSION_MIGRATE": Meaning("host vm", "A VM can't migrate to an older version."),
    "VM_HAS_PCI_ATTACHED": Meaning(
        "vm", "A PCI device is passed through to the VM.", "Halt the VM first, or detach it."
    ),
    "VM_HAS_VGPU": Meaning("vm", "The VM has a virtual GPU.", "Halt the VM first."),
    "VM_MIGRATE_FAILED": Meaning("vm source destination message", "The migration failed."),
    "VM_HAS_TOO_MANY_SNAPSHOTS": Meaning("vm", "The VM has too many snapshots to migrate.", "Delete some first."),
    "VM_HAS_CHECKPOINT": Meaning("vm", "The VM has a snapshot with memory, so it can't migrate its disks."),
    "TOO_MANY_STORAGE_MIGRATES": Meaning("number", "Too many storage migrations run already.", _WAIT),
    # Disks and storage
    "VDI_IN_USE": Meaning(
        "vdi operation",
        "The disk is in use.",
        "See what holds it (list_vbds with its id, list_tasks); detach it or wait.",
    ),
    "VDI_NOT_AVAILABLE": Meaning("vdi", "The disk can't be attached, something else holds it.", _STORAGE),
    "VDI_MISSING": Meaning("sr vdi", "The disk is missing from its storage.", _STORAGE),
    "VDI_READONLY": Meaning("vdi", "The disk is read-only."),
    "VDI_TOO_SMALL": Meaning("vdi minimum", "The disk is too small."),
    "VDI_TOO_LARGE": Meaning("vdi maximum", "The disk is too large for this storage."),
    "VDI_NOT_MANAGED": Meaning("vdi", "The pool does not manage this disk (a base copy, for example)."),
    "VDI_CBT_ENABLED": Meaning("vdi", "Changed block tracking is on for this disk, which forbids this."),
    "VBD_IS_EMPTY": Meaning("vbd", "The drive is empty.", "insert_vm_cd puts a disc in."),
    "VBD_NOT_EMPTY": Meaning("vbd", "A disc is in the drive.", "eject_vm_cd takes it out."),
    "VDI_IS_NOT_ISO": Meaning("vdi type", "That is a disk, not a disc.", "Choose one of an ISO library (list_vdis)."),
    "SR_FULL": Meaning("requested maximum", "The storage is full.", "Free space, or choose another (list_srs)."),
    "SR_SOURCE_SPACE_INSUFFICIENT": Meaning("sr", "The source storage lacks room for temporary data."),
    "SR_NOT_ATTACHED": Meaning("sr", "The storage is not attached to a host.", "plug_pbd its connections (list_pbds)."),
    "SR_NO_PBDS": Meaning("sr", "No host is connected to the storage.", "plug_pbd its connections (list_pbds)."),
    "SR_ATTACH_FAILED": Meaning("sr", "The storage can't be attached.", _STORAGE),
    "SR_HAS_PBD": Meaning("sr", "The storage is still connected to a host.", "unplug_pbd its connections first."),
    "SR_NOT_EMPTY": Meaning("", "The storage still holds disks.", "Move or delete them first."),
    "SR_DEVICE_IN_USE": Meaning("", "The device below the storage is in use."),
    "SR_OPERATION_NOT_SUPPORTED": Meaning("sr", "This kind of storage can't do that."),
    "SR_BACKEND_FAILURE": Meaning("status output message", "The storage's driver failed.", _STORAGE),
    "DEVICE_ALREADY_ATTACHED": Meaning("device", "The device is attached already."),
    "DEVICE_ALREADY_DETACHED": Meaning("device", "The device is detached already."),
    "DEVICE_ALREADY_EXISTS": Meaning("device", "The VM has a device there already.", "Choose another position."),
    "DEVICE_DETACH_REJECTED": Meaning(
        "type ref message", "The guest refused to give the device up.", "Unmount it there."
    ),
    "DEVICE_DETACH_TIMEOUT": Meaning("type ref", "The guest did not give the device up.", "Unmount it there."),
    # Networks
    "NETWORK_CONTAINS_VIF": Meaning("vifs", "VMs are still connected to this network.", "Remove their VIFs first."),
    "NETWORK_CONTAINS_PIF": Meaning("pifs", "A host's interface still uses this network."),
    "VIF_IN_USE": Meaning("network vif", "The network has active interfaces of VMs.", "Disconnect them first."),
    "MAC_INVALID": Meaning("mac", "That is no MAC address.", "Give one like 02:16:3e:12:34:56."),
    "VLAN_TAG_INVALID": Meaning("vlan", "That is no VLAN number.", "Give 0 to 4094."),
    "PIF_VLAN_EXISTS": Meaning("pif", "That VLAN exists on this interface already."),
    # Anything
    "OTHER_OPERATION_IN_PROGRESS": Meaning("class object", "Something else is being done to this object.", _WAIT),
    "OPERATION_NOT_ALLOWED": Meaning("reason", "The pool does not allow this now.", ""),
    "HANDLE_INVALID": Meaning(
        "class ref", "The object no longer exists.", "It may just have been deleted: list again."
    ),
    "UUID_INVALID": Meaning("type uuid", "The pool has no object of that uuid.", "List again."),
    "MAP_DUPLICATE_KEY": Meaning(
        "type field ref key", "It is set already.", "Read the object: what was asked for may be done."
    ),
    "MESSAGE_METHOD_UNKNOWN": Meaning("method", "The host's version can't do that.", "Update the host, if it can be."),
    "XENAPI_MISSING_PLUGIN": Meaning("plugin", "The host lacks a plug-in that this needs.", "Install it on the host."),
    "MEMORY_CONSTRAINT_VIOLATION": Meaning("constraint", "The memory limits contradict each other."),
    "LICENCE_RESTRICTION": Meaning("feature", "The host's licence lacks this feature."),
    "LICENSE_RESTRICTION": Meaning("feature", "The host's licence lacks this feature."),
    "RBAC_PERMISSION_DENIED": Meaning("permission message", "XO's login on the pool may not do this."),
    "SESSION_AUTHENTICATION_FAILED": Meaning(
        "user message", "The pool did not accept XO's login.", "Check user and password of the server (list_servers)."
    ),
    "SESSION_INVALID": Meaning("handle", "XO lost its session with the pool.", "Try again in a few seconds."),
    "TASK_CANCELLED": Meaning("task", "The task was cancelled."),
    "TOO_MANY_PENDING_TASKS": Meaning("", "The pool has too many pending tasks.", _WAIT),
    "TOO_BUSY": Meaning("", "The pool is too busy.", "Try again in a minute."),
    "INTERNAL_ERROR": Meaning("message", "The pool's toolstack failed."),
    "IMPORT_ERROR_PREMATURE_EOF": Meaning("", "The imported file ends too early.", "Check that it is complete."),
    "IMPORT_ERROR_SOME_CHECKSUMS_FAILED": Meaning("", "The imported file is damaged.", "Check it, or export it again."),
    "XENAPI_PLUGIN_FAILURE": Meaning("status output message", "A plug-in on the host failed.", "See the host's logs."),
}

_CALL: Final = re.compile(r"([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)\((.*)\)\s*", re.DOTALL)
_BARE: Final = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+")
_NUMBERED: Final = re.compile(r"(SR_BACKEND_FAILURE)_\d+")
_LONGEST: Final = 100
"""Characters of a code; XAPI's longest has half of that."""
_MOST: Final = 20
"""Parameters that are looked at."""
_BYTES: Final = frozenset({"needed", "available", "requested", "maximum", "minimum"})


def parse(text: str) -> tuple[str, tuple[str, ...]] | None:
    """Read `CODE(first, second)` as XO writes XAPI's errors (XO 6.7.1).

    Returns:
        The code and its parameters, or `None` when the text is something else.
    """
    call = text.strip()
    if len(call) > LOOKED_AT and call.endswith(")"):
        call = f"{call[:LOOKED_AT]})"
    match = _CALL.fullmatch(call) if len(call) <= LOOKED_AT + 1 else None
    if match is None or not is_code(match[1]):
        return None
    return match[1], tuple(param.strip() for param in match[2].split(", ")) if match[2] else ()


def is_code(text: str) -> bool:
    """Whether `text` has the form of a code, such as `SR_FULL`."""
    return len(text) <= _LONGEST and _BARE.fullmatch(text) is not None


def explain(code: str, params: Sequence[str] = ()) -> tuple[str, str]:
    """Put a code into words, without any OpaqueRef.

    Args:
        code: Such as `SR_FULL`; an unknown one is shown as it is.
        params: Its parameters in XAPI's order; texts from XO, cut here.

    Returns:
        What happened, one or two sentences, and what to do next, which may be empty.
    """
    numbered = _NUMBERED.fullmatch(code)
    meaning = MEANINGS.get(numbered[1] if numbered else code)
    names = meaning.params.split() if meaning else []
    values = list(params[:_MOST])
    if names and len(values) > len(names):  # a parameter that held a comma was taken apart
        values[len(names) - 1 :] = [", ".join(values[len(names) - 1 :])]
    shown = [
        text
        for position, value in enumerate(values)
        if (text := _detail(names[position] if names[position:] else "", value))
    ]
    refusal = f"{code} ({', '.join(shown)})" if shown else code
    if meaning is None:
        return f"XenServer/XCP-ng refused: {refusal}.", ""
    return f"{meaning.what} XenServer/XCP-ng says {refusal}.", meaning.advice


def _detail(name: str, value: str) -> str:
    text = one_line(look(value, without_internals), 160)
    if not text:
        return ""
    if name in _BYTES and text.isdecimal():
        text = readable_size(int(text))
    return f"{name} {text}" if name else text
