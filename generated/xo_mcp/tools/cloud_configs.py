"""Tools of XO's tag cloud-configs: Cloud configs - kept cloud-init templates for new VMs, user data and network data.

Generated: change overrides/ or templates/ instead.
"""

from xo_mcp.answer import Answer
from xo_mcp.types import OMIT, Omit
from xo_mcp.xo import Xo


async def create_cloud_config(xo: Xo, *, name: str, template: str) -> Answer:
    """Keeps a cloud-init template for user data in XO; {name} and {index} in it become the VM's name and number.

    CALL cloudConfig.create; needs an XO administrator.
    """
    return await xo.call("cloudConfig.create", {"name": name, "template": template}, effect="write")


async def create_network_config(xo: Xo, *, name: str, template: str) -> Answer:
    """Keeps a cloud-init template for network data in XO.

    CALL cloudConfig.createNetworkConfig; needs an XO administrator.
    """
    return await xo.call("cloudConfig.createNetworkConfig", {"name": name, "template": template}, effect="write")


async def delete_cloud_config(xo: Xo, *, id: str) -> Answer:
    """Deletes a kept cloud-init template, of user data or network data.

    CALL cloudConfig.delete; needs an XO administrator.
    """
    return await xo.call("cloudConfig.delete", {"id": id}, effect="destructive", builder="cloud_configs")


async def list_cloud_configs(xo: Xo) -> Answer:
    """Lists the cloud-init templates for user data that XO keeps, with their text; values that look like passwords
    or keys are hidden.

    CALL cloudConfig.getAll.
    """
    return await xo.call("cloudConfig.getAll", builder="cloud_configs")


async def list_network_configs(xo: Xo) -> Answer:
    """Lists the cloud-init templates for network data that XO keeps, with their text.

    CALL cloudConfig.getAllNetworkConfigs.
    """
    return await xo.call("cloudConfig.getAllNetworkConfigs", builder="cloud_configs")


async def update_cloud_config(xo: Xo, *, id: str, name: str | Omit = OMIT, template: str | Omit = OMIT) -> Answer:
    """Changes the name or text of a kept cloud-init template, of user data or network data.

    CALL cloudConfig.update; needs an XO administrator.
    """
    return await xo.call("cloudConfig.update", {"id": id, "name": name, "template": template}, effect="write")
