"""Tools of XO's tag plugins: Plugins of XO - sign-in, transport of reports, load balancing, audit and their configuration.

Generated: change overrides/ or templates/ instead.
"""

from xo_mcp.answer import Answer
from xo_mcp.types import OMIT, Json, Omit
from xo_mcp.xo import Xo


async def configure_plugin(xo: Xo, *, configuration: dict[str, Json], id: str, timeout: float = 60) -> Answer:
    """Changes the configuration of a plugin: what is given is merged into what is there, null removes, and secrets
    not given stay.

    CALL plugin.configure; needs an XO administrator.
    """
    return await xo.call(
        "plugin.configure",
        {"configuration": configuration, "id": id},
        timeout=timeout,
        effect="grants_access",
        builder="plugins",
    )


async def disable_plugin_autoload(xo: Xo, *, id: str) -> Answer:
    """Lets XO start without a plugin; it stays loaded until then (unload_plugin).

    CALL plugin.disableAutoload; needs an XO administrator.
    """
    return await xo.call("plugin.disableAutoload", {"id": id}, effect="write")


async def enable_plugin_autoload(xo: Xo, *, id: str) -> Answer:
    """Lets XO load a plugin at each start; it is not loaded now (load_plugin).

    CALL plugin.enableAutoload; needs an XO administrator.
    """
    return await xo.call("plugin.enableAutoload", {"id": id}, effect="grants_access")


async def list_plugins(xo: Xo, *, id: str | Omit = OMIT) -> Answer:
    """Lists the plugins of XO: loaded, loaded at start (autoload), version, configured or not.

    CALL plugin.get; needs an XO administrator.
    """
    return await xo.call("plugin.get", {"id": id}, builder="plugins")


async def load_plugin(xo: Xo, *, id: str, timeout: float = 60) -> Answer:
    """Starts a plugin that is installed and configured, until XO restarts; for longer: enable_plugin_autoload.

    CALL plugin.load; needs an XO administrator.
    """
    return await xo.call("plugin.load", {"id": id}, timeout=timeout, effect="grants_access")


async def try_plugin(xo: Xo, *, id: str, data: dict[str, Json] | Omit = OMIT, timeout: float = 60) -> Answer:
    """Lets a plugin try what it does: sends a real mail or message, or signs somebody in, as its testSchema
    (list_plugins with id) says.

    CALL plugin.test; needs an XO administrator.
    """
    return await xo.call("plugin.test", {"data": data, "id": id}, timeout=timeout, effect="write")


async def unload_plugin(xo: Xo, *, id: str, timeout: float = 60) -> Answer:
    """Stops a plugin until XO restarts: no one can sign in through it, and it sends no reports.

    CALL plugin.unload; needs an XO administrator.
    """
    return await xo.call("plugin.unload", {"id": id}, timeout=timeout, effect="destructive")
