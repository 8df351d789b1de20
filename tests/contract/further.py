"""What calls of tools over JSON-RPC need besides what their schema tells: ids that only XO knows, texts that fit."""

from collections.abc import Mapping
from typing import Any

from fake_xo import FakeXo
from fake_xo.jsonrpc.handlers.devices import ESXI
from fake_xo.jsonrpc.handlers.selfservice import FIRST
from fake_xo.jsonrpc.handlers.storage import DEVICE, EXPORT, LUN, running_on

SPARE = "A" * 36 + "spare99"
"""A token that nobody uses."""
DEVICE_ID = "00000000-0000-4000-8000-000000000001"
WORDS: Mapping[str, tuple[Any, ...]] = {
    "position": ("7",),
    "addresses": ("192.0.2.20", "192.0.2.20-192.0.2.24", "192.0.2.32/29"),
    "remove_addresses": ("192.0.2.10",),
    "endings": (SPARE[-6:],),
    "color": ("ff8800", "#00ff00"),
    "mac": ("02:00:00:00:00:09",),
    "ip": ("192.0.2.7",),
    "netmask": ("255.255.255.0",),
    "gateway": ("192.0.2.1",),
    "dns": ("192.0.2.53, 192.0.2.54",),
    "syslogDestination": ("192.0.2.9",),
    "server": ("192.0.2.1",),
    "serverPath": (EXPORT,),
    "target": ("192.0.2.2",),
    "scsiId": (LUN, DEVICE),
}
"""Argument to what people write there, for any call."""


ANYWHERE: Mapping[str, Mapping[str, Any]] = {
    "import_vdi_to_existing_raw": {"file": "disk.raw"},
    "update_schedule": {"enabled": True},
    "update_sr": {"name_label": "renamed"},
    "configure_plugin": {"id": "auth-ldap", "configuration": {"uri": "ldap://192.0.2.6"}},
    "load_plugin": {"id": "transport-slack"},
    "unload_plugin": {"id": "auth-ldap"},
    "try_plugin": {"id": "auth-ldap"},
    "enable_plugin_autoload": {"id": "audit"},
    "disable_plugin_autoload": {"id": "audit"},
    "update_resource_set": {"id": FIRST, "limits": {"cpus": 8}},
    "delete_resource_set": {"id": FIRST},
    "update_ip_pool": {"id": FIRST, "name": "renamed"},
    "delete_ip_pool": {"id": FIRST},
    "update_cloud_config": {"id": FIRST, "name": "renamed"},
    "delete_cloud_config": {"id": FIRST},
    "update_server": {"label": "renamed"},
    "delete_auth_tokens": {"tokens": [SPARE]},
    "delete_own_auth_tokens": {"endings": [SPARE[-6:]]},
    "export_xo_config": {"passphrase": "correct horse battery"},
    "set_tag_color": {"id": "prod", "color": "ff8800"},
    "delete_vm_vgpu": {"vgpu": DEVICE_ID},
    "delete_vm_vtpm": {"id": DEVICE_ID},
    "detach_vm_usb": {"id": DEVICE_ID},
    "set_vbd_position": {"position": "7"},
    "list_esxi_vms": {"host": ESXI},
    "update_pool": {"name_label": "renamed"},
    "update_host": {"name_label": "renamed"},
    "update_network": {"nbd": True},
    "reconfigure_pif_ip": {"mode": "DHCP"},
}
"""Tool to arguments with which it can succeed in any XO, where those that its schema suggests would not do."""


def aimed(fake: FakeXo, tool: str, object_id: str) -> Mapping[str, Any]:
    """Arguments with which a tool can succeed, where those that its schema suggests would not do."""
    find = fake.find
    here: Mapping[str, Mapping[str, Any]] = {
        "run_on_many": {"tool": "add_vm_tag", "targets": [find("vms")["id"]], "arguments": {"tag": "contract"}},
        "create_ip_pool": {"addresses": ["192.0.2.20"], "networks": [find("networks")["id"]]},
        "set_custom_field": {"id": find("vms")["id"], "name": "owner", "value": "dev"},
        "remove_custom_field": {"id": find("vms")["id"], "name": "owner"},
        "create_vm_cloud_init_drive": {"sr": find("srs", content_type="user")["id"], "cloud_config": "#cloud-config"},
        "warm_migrate_vm": {"vm": find("vms")["id"], "sr": find("srs", content_type="user")["id"]},
        "attach_vm_pcis": {"pcis": [find("pcis")["id"]]},
        "detach_vm_pcis": {"pciIds": [find("pcis")["id"]]},
        "set_pci_dom0_access": {"pcis": [find("pcis")["id"]]},
        "import_vm_from_esxi": {
            "host": ESXI,
            "sr": find("srs", content_type="user")["id"],
            "network": find("networks")["id"],
            "template": find("vm-templates")["id"],
        },
        "enable_pool_ha": {"heartbeatSrs": [find("srs", shared=True)["id"]]},
        "install_pool_patches": {"pool": find("pools")["id"]},
        "move_vif": {"network": find("networks")["id"]},
        "enable_sr_maintenance": {"vmsToShutdown": _running(fake, object_id)},
        "reattach_nfs_sr": {"serverPath": EXPORT, "srUuid": _forgotten(fake)},
        "reattach_smb_sr": {"srUuid": _forgotten(fake)},
        "reattach_iscsi_sr": {"scsiId": LUN, "srUuid": _forgotten(fake)},
        "reattach_hba_sr": {"scsiId": DEVICE, "srUuid": _forgotten(fake)},
    }
    host = {"host": find("hosts")["id"]} if tool.startswith(("reattach_", "probe_")) else {}
    return {**ANYWHERE.get(tool, {}), **here.get(tool, {}), **host}


def prepare(fake: FakeXo, tool: str, object_id: str) -> None:
    """Bring an object into the state a tool needs."""
    if tool == "disable_sr_maintenance":
        fake.change("srs", object_id, inMaintenanceMode=True)
    machine = find_halted(fake)
    if tool == "delete_own_auth_tokens":
        spare = fake.xo.store.every("tokens")[0] | {"id": SPARE, "user_id": fake.xo.people.admin}
        fake.call(fake.xo.store.seed, "tokens", [spare])
    if tool == "detach_vm_pcis":
        fake.call(fake.xo.store.seed, "vms", [_with(fake, object_id, attachedPcis=[fake.find("pcis")["pci_id"]])])
    if tool == "delete_vm_vgpu":
        fake.change("vms", machine, VGPUs=[DEVICE_ID])
    if tool == "delete_vm_vtpm":
        fake.change("vms", machine, VTPMs=[DEVICE_ID])
    if tool == "detach_vm_usb":
        fake.xo.rpc.settings["vusbs"] = {DEVICE_ID: machine}
    if tool == "unplug_sr":
        for machine in _running(fake, object_id):
            fake.change("vms", machine, power_state="Halted")


def find_halted(fake: FakeXo) -> str:
    """The id of a VM that does not run."""
    return str(fake.find("vms", power_state="Halted")["id"])


def _with(fake: FakeXo, machine: str, **changes: Any) -> dict[str, Any]:
    return {**(fake.record("vms", machine) or {}), **changes}


def _running(fake: FakeXo, sr: str) -> list[str]:
    return running_on(fake.xo.store, sr)


def _forgotten(fake: FakeXo) -> str:
    return str(fake.xo.identity.uuid("SR", "forgotten"))
