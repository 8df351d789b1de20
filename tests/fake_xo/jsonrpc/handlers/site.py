"""Methods of XO itself: its configuration, connections, proxies, tokens, messages, tags and custom fields."""

from fake_xo.jsonrpc.call import COLLECTIONS, RpcCall, method
from fake_xo.jsonrpc.errors import no_such
from fake_xo.jsonrpc.files import Ready
from fake_xo.store import Record

FIELD = "XenCenter.CustomFields."


@method("xo.exportConfig")
async def export_config(call: RpcCall) -> Record:
    """Password hashes and all; without a passphrase, in the clear."""
    ending = ".json.gz.enc" if call.params.get("passphrase") else ".json.gz"
    call.xo.rpc.settings["exports"] = [*call.xo.rpc.settings.get("exports", ()), call.params]
    return {"$getFrom": call.xo.rpc.files.offer(Ready(b"configuration of XO"), f"XO-config{ending}")}


@method("xo.importConfig")
async def import_config(call: RpcCall) -> Record:
    """An address to send the file to."""
    return {"$sendTo": call.xo.rpc.files.expect()}


@method("server.set")
async def update_server(call: RpcCall) -> None:
    """A connection to a pool; the password is kept to itself."""
    server = call.find("servers", call.params["id"], "xenServer")
    changes = {
        name: ... if value is None else value for name, value in call.params.items() if name not in {"id", "password"}
    }
    call.store.update("servers", server["id"], **changes)


@method("proxy.register")
async def register_proxy(call: RpcCall) -> str:
    """Its token is in the address that XO shows."""
    fresh = call.xo.identity.fresh("proxy")
    address = call.params.get("address", "192.0.2.88")
    token = call.params.get("authenticationToken", "")
    record = {"id": fresh, "name": call.params.get("name", "proxy"), "address": address, "version": "0.29.1",
              "url": f"https://{token}@{address}", "vmUuid": call.params.get("vm", "")}  # fmt: skip
    call.store.add("proxies", record)
    return fresh


@method("proxy.unregister")
async def unregister_proxy(call: RpcCall) -> None:
    """XO forgets it."""
    call.find("proxies", call.params["id"], "proxy")
    call.store.remove("proxies", call.params["id"])


@method("proxy.checkHealth")
async def check_proxy(call: RpcCall) -> Record:
    """What is wrong with it is no error."""
    call.find("proxies", call.params["id"], "proxy")
    return {"success": False, "error": {"message": "fetch failed"}}


@method("token.delete", "token.deleteOwn")
async def delete_tokens(call: RpcCall) -> None:
    """An empty pattern deletes every token of everybody."""
    pattern, named = call.params.get("pattern"), call.params.get("tokens", ())
    for token in call.store.every("tokens"):
        matches = pattern is not None and all(token.get(name) == value for name, value in pattern.items())
        own = call.method == "token.delete" or token["user_id"] == call.user["id"]
        if own and (matches or token["id"] in named):
            call.store.remove("tokens", token["id"])


@method("message.delete")
async def delete_message(call: RpcCall) -> None:
    """For good."""
    call.store.remove("messages", call.params["id"])


@method("tag.set")
async def set_tag(call: RpcCall) -> None:
    """Only its colour; any tag is there."""
    call.xo.rpc.settings.setdefault("tags", {})[call.params["id"]] = call.params.get("color")


@method("customField.set", "customField.remove")
async def custom_field(call: RpcCall) -> None:
    """On any object, in `other` of VMs and `other_config` of the rest."""
    name = call.params["id"]
    for collection in COLLECTIONS.values():
        record = call.store.actual(collection, name)
        if record is None:
            continue
        property_name = next((each for each in ("other", "otherConfig", "other_config") if each in record), "other")
        fields = {
            key: value for key, value in record.get(property_name, {}).items() if key != FIELD + call.params["name"]
        }
        if call.method == "customField.set":
            fields[FIELD + call.params["name"]] = call.params["value"]
        call.store.update(collection, name, **{property_name: fields})
        return
    raise no_such(name, "any")
