"""Stored cloud-init templates: they often hold passwords, and XO answers `true` to deleting an unknown one."""

import re
from typing import Final

from xo_mcp.answer import Answer
from xo_mcp.bounds import TEXT, look
from xo_mcp.errors import ArgumentError
from xo_mcp.parsing import objects_in
from xo_mcp.privacy.secret_names import HIDDEN
from xo_mcp.reads.records import plain
from xo_mcp.rpc.calls import Work
from xo_mcp.text import one_line
from xo_mcp.types import Json

DELETE: Final = "cloudConfig.delete"
LISTS: Final = ("cloudConfig.getAll", "cloudConfig.getAllNetworkConfigs")
_SECRETS: Final = (
    # `password: ...` and the like; `root:secret` in the lists of chpasswd; private keys.
    re.compile(
        r"(?im)((?<![\w-])(?=[\w-]*?(?:passw|secret|token|credential|(?:private|api)[-_]?key))[\w-]++[\"']?\s*+[:=]).*\S"
    ),
    re.compile(r"(?m)^([ \t]*+(?:-[ \t]*+)?[\w.-]++:)[^\s/].*"),
    re.compile(r"(?s)(-----BEGIN [A-Z ]*PRIVATE KEY-----).*?(?=-----END|\Z)"),
)


async def run(work: Work) -> Answer:
    """List the templates, or delete one.

    Raises:
        ArgumentError: There is no such template.
        CallError: XO refused or did not answer.
    """
    if work.method != DELETE:
        found = await work.call()
        return plain([_readable(each) for each in found] if isinstance(found, list) else found)
    every = [each for method in LISTS for each in await _fetch(work, method)]
    if work.arguments["id"] not in [each.get("id") for each in every]:
        raise ArgumentError(
            f"Nothing was done: there is no cloud config {one_line(str(work.arguments['id']), 60)} "
            "(list_cloud_configs, list_network_configs)."
        )
    return await work.run()


def without_secrets(text: str) -> str:
    """A template in which values that look like secrets are hidden; of a very long one, the beginning."""

    def hidden(part: str) -> str:
        for pattern in _SECRETS:
            part = pattern.sub(rf"\1 {HIDDEN}", part)
        return part

    return look(text, hidden, TEXT)


def _readable(record: Json) -> Json:
    if not isinstance(record, dict) or not isinstance(record.get("template"), str):
        return record
    return {**record, "template": without_secrets(str(record["template"]))}


async def _fetch(work: Work, method: str) -> list[dict[str, Json]]:
    return objects_in(await work.ask(method))
