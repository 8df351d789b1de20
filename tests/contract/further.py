"""What calls of tools over JSON-RPC need besides what their schema tells: ids that only XO knows, texts that fit."""

from collections.abc import Mapping
from typing import Any

from fake_xo import FakeXo
from fake_xo.jsonrpc.handlers.storage import DEVICE, EXPORT, LUN, running_on

WORDS: Mapping[str, tuple[Any, ...]] = {
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


def aimed(fake: FakeXo, tool: str, object_id: str) -> Mapping[str, Any]:
    """Arguments with which a tool can succeed, where those that its schema suggests would not do."""
    find = fake.find
    arguments: Mapping[str, Mapping[str, Any]] = {
        "update_schedule": {"enabled": True},
        "update_sr": {"name_label": "renamed"},
        "update_pool": {"name_label": "renamed"},
        "enable_pool_ha": {"heartbeatSrs": [find("srs", shared=True)["id"]]},
        "install_pool_patches": {"pool": find("pools")["id"]},
        "update_host": {"name_label": "renamed"},
        "update_network": {"nbd": True},
        "reconfigure_pif_ip": {"mode": "DHCP"},
        "move_vif": {"network": find("networks")["id"]},
        "enable_sr_maintenance": {"vmsToShutdown": _running(fake, object_id)},
        "reattach_nfs_sr": {"serverPath": EXPORT, "srUuid": _forgotten(fake)},
        "reattach_smb_sr": {"srUuid": _forgotten(fake)},
        "reattach_iscsi_sr": {"scsiId": LUN, "srUuid": _forgotten(fake)},
        "reattach_hba_sr": {"scsiId": DEVICE, "srUuid": _forgotten(fake)},
    }
    host = {"host": find("hosts")["id"]} if tool.startswith(("reattach_", "probe_")) else {}
    return {**arguments.get(tool, {}), **host}


def prepare(fake: FakeXo, tool: str, object_id: str) -> None:
    """Bring an object into the state a tool needs."""
    if tool == "disable_sr_maintenance":
        fake.change("srs", object_id, inMaintenanceMode=True)
    if tool == "unplug_sr":
        for machine in _running(fake, object_id):
            fake.change("vms", machine, power_state="Halted")


def _running(fake: FakeXo, sr: str) -> list[str]:
    return running_on(fake.xo.store, sr)


def _forgotten(fake: FakeXo) -> str:
    return str(fake.xo.identity.uuid("SR", "forgotten"))
