"""XO's own logs."""

from fake_xo.jsonrpc.call import RpcCall, method
from fake_xo.store import Record


@method("log.get")
async def get(call: RpcCall) -> dict[str, Record]:
    """All of a namespace at once; unknown ones are empty."""
    return {key: record for key, record in call.xo.rpc.log.items() if record["namespace"] == call.params["namespace"]}


@method("log.delete")
async def delete(call: RpcCall) -> None:
    """One or several."""
    wanted = call.params["id"]
    for key in [wanted] if isinstance(wanted, str) else wanted:
        call.xo.rpc.log.pop(key, None)
