"""A drive with cloud-init data: XO would make it on an ISO library as well (XO 6.7.1), where no VM can use it."""

from dataclasses import replace

from xo_mcp.answer import Answer
from xo_mcp.builders.collections import SRS
from xo_mcp.errors import ArgumentError
from xo_mcp.objects.finding import read
from xo_mcp.rpc.calls import Work


async def run(work: Work) -> Answer:
    """Make the drive.

    Raises:
        ArgumentError: There is no such SR, or it is an ISO library.
        CallError: XO refused or did not answer.
    """
    given = work.arguments
    storage = await read(work.client, SRS, given["sr"], "content_type", "name_label")
    if storage.get("content_type") == "iso":
        raise ArgumentError(
            f"Nothing was done: {storage.get('name_label')} is an ISO library; give an SR for disks (list_srs)."
        )
    sent = {"vm": given["vm"], "sr": given["sr"], "config": given["cloud_config"]}
    if "network_config" in given:
        sent["networkConfig"] = given["network_config"]
    return await replace(work, arguments=sent).run()
