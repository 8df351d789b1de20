"""One JSON-RPC call on its way to an answer, and the table of methods."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fake_xo.jsonrpc.errors import no_such
from fake_xo.store import Record, Store

if TYPE_CHECKING:
    from fake_xo.app import Xo

COLLECTIONS = {
    "VM": "vms", "VM-snapshot": "vm-snapshots", "VM-template": "vm-templates", "host": "hosts", "SR": "srs",
    "pool": "pools", "network": "networks", "VDI": "vdis", "VDI-snapshot": "vdi-snapshots", "VIF": "vifs",
    "VBD": "vbds", "PIF": "pifs", "PBD": "pbds", "PCI": "pcis", "message": "messages", "task": "tasks",
}  # fmt: skip
"""Type of XO's objects -> collection."""
LOG = re.compile(r"GET /(tasks|backup-logs|restore-logs)\b")
LOOKS = 4  # reads until a follower has found what it looks for, and read it
PATIENCE = 10  # seconds until work goes on that nobody follows


@dataclass
class RpcCall:
    """What a method works with.

    Attributes:
        objects: Parameter to the object it named, for those that the facts say XO looks up.
    """

    xo: "Xo"
    method: str
    params: dict[str, Any]
    user: Record
    objects: dict[str, Record]

    @property
    def store(self) -> Store:
        """The records."""
        return self.xo.store

    def find(self, collection: str, object_id: str, kind: str) -> Record:
        """An object that a method looks up by itself.

        Raises:
            RpcError: There is none.
        """
        found = self.store.actual(collection, object_id)
        if found is None:
            raise no_such(object_id, kind)
        return found

    async def step(self) -> None:
        """Let the time of a step pass; with `followed`, until somebody has seen it."""
        await asyncio.sleep(self.xo.options.task_seconds)
        begun = len(self.xo.requests)
        for _ in range(PATIENCE * 100 if self.xo.options.followed else 0):
            looks = [seen for seen in self.xo.requests[begun:] if seen.status and LOG.match(seen.route)]
            if len(looks) >= LOOKS:
                return
            await asyncio.sleep(0.01)


Method = Callable[[RpcCall], Awaitable[Any]]
METHODS: dict[str, Method] = {}
"""Name to what answers it."""


def method(*names: str) -> Callable[[Method], Method]:
    """Register what answers methods; it answers `True` where a method returns nothing."""

    def register(work: Method) -> Method:
        for name in names:
            METHODS[name] = work
        return work

    return register
