"""Imports XO's configuration from a file: XO answers a one-time address, to which the file is uploaded."""

import re
from dataclasses import replace
from typing import Final

import anyio.to_thread

from xo_mcp.answer import Answer
from xo_mcp.errors import TransferError
from xo_mcp.rpc.calls import Work
from xo_mcp.transfer.folders import open_upload
from xo_mcp.transfer.upload import FileBody

KEY: Final = "$sendTo"
_ADDRESS: Final = re.compile(r"/api/[\w-]{20,}")
AFTER: Final = "Users, tokens and servers are those of the file now: this server may have to be given another token."


async def run(work: Work) -> Answer:
    """Send the file.

    Raises:
        ArgumentError: There is no upload folder, or no such file in it.
        XoError: XO refused, the passphrase for one; Unreachable: nobody knows what XO did.
        TransferError: XO's answer holds no address.
    """
    given = {name: value for name, value in work.arguments.items() if name != "file"}
    source = await anyio.to_thread.run_sync(open_upload, work.config.upload_dir, str(work.arguments["file"]))
    with source:
        result = await replace(work, arguments=given).call()
        address = result.get(KEY) if isinstance(result, dict) else None
        if not isinstance(address, str) or not _ADDRESS.fullmatch(address):
            raise TransferError("XO did not say where to send the file. Nothing was changed.")
        said = await work.client.send_file(address, FileBody(source).chunks(), source.size)
    if "imported" not in said:
        raise TransferError("XO has not said that it took the file. Look at list_users before sending it again.")
    return Answer({"status": "done", "file": source.name, "size": source.size}, (AFTER,))
