"""Methods of plugins, whose configurations hold secrets and are replaced as a whole."""

from typing import Any

from jsonschema import Draft202012Validator

from fake_xo.jsonrpc.call import RpcCall, method
from fake_xo.jsonrpc.errors import RpcError, no_such
from fake_xo.store import Record

SECRET = "bind-password-of-ldap"
HOOK = "https://hooks.example/T000/secret-of-the-hook"
SEEDS: tuple[Record, ...] = (
    {
        "id": "auth-ldap", "name": "auth-ldap", "description": "LDAP", "loaded": True, "autoload": True,
        "unloadable": True, "version": "0.10.0", "testable": True,
        "configuration": {"uri": "ldap://192.0.2.5", "bind": {"dn": "cn=xo", "password": SECRET}, "startTls": False},
        "configurationSchema": {
            "type": "object",
            "properties": {"uri": {"type": "string"}, "bind": {"type": "object"}, "startTls": {"type": "boolean"}},
            "required": ["uri"],
        },
        "testSchema": {"type": "object"},
    },
    {
        "id": "transport-slack", "name": "transport-slack", "loaded": False, "autoload": False, "unloadable": True,
        "version": "0.1.0", "testable": True, "configuration": {"webhookUri": HOOK},
        "configurationSchema": {"type": "object", "properties": {"webhookUri": {"type": "string"}}},
    },
    {
        "id": "audit", "name": "audit", "loaded": True, "autoload": True, "unloadable": True, "version": "0.15.1",
        "testable": False,
    },
)  # fmt: skip


def plugins(call: RpcCall) -> dict[str, Record]:
    """By id; kept until the world is put back."""
    found: dict[str, Record] = call.xo.rpc.settings.setdefault("plugins", {seed["id"]: dict(seed) for seed in SEEDS})
    return found


def _plugin(call: RpcCall) -> Record:
    found = plugins(call).get(call.params["id"])
    if found is None:
        raise no_such(call.params["id"], "plugin")
    return found


@method("plugin.get")
async def every(call: RpcCall) -> list[Record]:
    """With their configurations, secrets and all."""
    return list(plugins(call).values())


@method("plugin.configure")
async def configure(call: RpcCall) -> None:
    """Checked by the plugin's own schema; nothing of the old one stays."""
    plugin = _plugin(call)
    given: Any = call.params["configuration"]
    errors = [
        {
            "instancePath": "".join(f"/{part}" for part in error.absolute_path),
            "keyword": error.validator,
            "params": {},
            "message": f"must fit {error.validator}",
        }
        for error in Draft202012Validator(plugin.get("configurationSchema", {})).iter_errors(given)
    ]
    if errors:
        raise RpcError(10, "invalid parameters", {"errors": errors})
    plugins(call)[plugin["id"]] = plugin | {"configuration": given}


@method("plugin.load", "plugin.unload")
async def load(call: RpcCall) -> None:
    """Loaded already is an error."""
    plugin, loads = _plugin(call), call.method == "plugin.load"
    if plugin["loaded"] is loads:
        raise RpcError(10, f"plugin already {'loaded' if loads else 'unloaded'}", {})
    plugins(call)[plugin["id"]] = plugin | {"loaded": loads}


@method("plugin.enableAutoload", "plugin.disableAutoload")
async def set_autoload(call: RpcCall) -> None:
    """For the next start."""
    plugins(call)[call.params["id"]] = _plugin(call) | {"autoload": call.method == "plugin.enableAutoload"}


@method("plugin.test")
async def test(call: RpcCall) -> None:
    """Not every plugin has a test."""
    if not _plugin(call)["testable"]:
        raise RpcError(10, "plugin not testable", {})
