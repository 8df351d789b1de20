"""Files that XO hands over after a JSON-RPC call: an address to be used once, which is a secret by itself."""

import re
from typing import Final

from xo_mcp.answer import Answer
from xo_mcp.errors import TransferError
from xo_mcp.rpc.calls import Work
from xo_mcp.transfer.download import save_file
from xo_mcp.transfer.filenames import FileName, given_name
from xo_mcp.types import Json, Omit

KEY: Final = "$getFrom"
_ADDRESS: Final = re.compile(r"/api/[\w-]{20,}(/[\w.~%!$&'()*+,;=:@-]*)?")
_WAIT: Final = 600.0  # seconds until XO has a file ready: a report of a pool takes minutes


async def fetch(work: Work, *, filename: str | Omit, extension: str | None) -> Answer:
    """Call the tool's method and save the file that it answers.

    Args:
        work: The tool's.
        filename: What to call the file; by default after the method.
        extension: Of the file; an argument `format` of the tool goes before it.

    Raises:
        ArgumentError: There is no download folder.
        XoError: XO refused; Unreachable: no answer.
        TransferError: What came is not a file, or broke off; nothing was kept.
    """
    chosen = work.arguments.get("format")
    suffix = f".{chosen if isinstance(chosen, str) else extension or 'bin'}"
    stem = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", work.method.replace(".", "-")).lower()
    name = FileName(stem, suffix) if isinstance(filename, Omit) else given_name(filename, suffix)

    async def address() -> str:
        return address_in(await work.call(limit=_WAIT))

    return await save_file(
        work.client, work.config.download_dir, address, name=name, filename=filename, progress=work.progress
    )


def address_in(result: Json) -> str:
    """The address in an answer; it must not appear in any text.

    Raises:
        TransferError: There is none.
    """
    found = result.get(KEY) if isinstance(result, dict) else None
    if not isinstance(found, str) or not _ADDRESS.fullmatch(found):
        raise TransferError("XO did not say where the file is. See list_tasks for what it says about it.")
    return found
