"""Tools of XO's tag xoa: XO itself - overview of everything, reachability, web interfaces.

Generated: change overrides/ or templates/ instead.
"""

from typing import Literal

from xo_mcp.answer import Answer
from xo_mcp.types import OMIT, Call, Omit
from xo_mcp.xo import Xo


async def get_dashboard(xo: Xo) -> Answer:
    """Summarizes all of XO: pools, hosts and VMs by state, CPUs, memory and storage in bytes, backup problems,
    missing patches.

    GET /dashboard; needs an XO administrator; since XO 5.110.
    """
    return await xo.read(Call("GET", "/dashboard"))


async def get_gui_routes(xo: Xo) -> Answer:
    """Shows the paths of the web interfaces of this XO (xo5, xo6), to build links that a person can open in a
    browser.

    GET /gui-routes; since XO 5.112.
    """
    return await xo.read(Call("GET", "/gui-routes"))


async def ping(xo: Xo) -> Answer:
    """Checks that XO answers and shows its clock in ms, without a login: it says nothing about rights or pools.

    GET /ping; since XO 5.112.
    """
    return await xo.read(Call("GET", "/ping"))


async def remove_custom_field(xo: Xo, *, id: str, name: str) -> Answer:
    """Removes a custom field from an object; its other fields stay.

    CALL customField.remove.
    """
    return await xo.call("customField.remove", {"id": id, "name": name}, effect="write")


async def set_custom_field(xo: Xo, *, id: str, name: str, value: str) -> Answer:
    """Sets a custom field of a VM, host, SR or other object, as XO and XenCenter show it; it is in `other` (or
    other_config) as XenCenter.CustomFields.NAME.

    CALL customField.set.
    """
    return await xo.call("customField.set", {"id": id, "name": name, "value": value}, effect="write")


async def delete_xo_logs(xo: Xo, *, id: list[str], namespace: Literal["api", "jobs"]) -> Answer:
    """Deletes records of XO's own logs for good.

    CALL log.delete; needs an XO administrator.
    """
    return await xo.call("log.delete", {"id": id, "namespace": namespace}, effect="destructive", builder="xo_logs")


async def list_xo_logs(
    xo: Xo, *, namespace: Literal["api", "jobs"], method: str | Omit = OMIT, limit: int = 30
) -> Answer:
    """Lists records of XO's own logs, the newest first: failed calls of its JSON-RPC API (api) with method, user,
    parameters and error, or jobs that call methods (jobs).

    CALL log.get; needs an XO administrator.
    """
    return await xo.call("log.get", {"namespace": namespace, "method": method, "limit": limit}, builder="xo_logs")


async def set_tag_color(xo: Xo, *, color: str, id: str) -> Answer:
    """Gives a tag a colour in XO's pages; what has the tag stays as it is.

    CALL tag.set; needs an XO administrator.
    """
    return await xo.call("tag.set", {"color": color, "id": id}, effect="write")


async def export_xo_config(
    xo: Xo, *, passphrase: str, entries: list[str] | Omit = OMIT, filename: str | Omit = OMIT
) -> Answer:
    """Saves the configuration of XO (users, jobs, servers, plugins) encrypted with a passphrase in the download
    folder.

    CALL xo.exportConfig; needs an XO administrator.
    """
    return await xo.call(
        "xo.exportConfig",
        {"entries": entries, "passphrase": passphrase},
        filename=filename,
        effect="grants_access",
        extension="gz.enc",
    )


async def import_xo_config(xo: Xo, *, file: str, passphrase: str | Omit = OMIT) -> Answer:
    """Replaces the configuration of XO (users, jobs, servers, plugins) by a file of the upload folder that
    export_xo_config or XO made.

    CALL xo.importConfig; needs an XO administrator.
    """
    return await xo.call(
        "xo.importConfig", {"passphrase": passphrase, "file": file}, effect="grants_access", builder="config_import"
    )
