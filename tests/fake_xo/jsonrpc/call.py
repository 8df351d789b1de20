"""One JSON-RPC call on its way to an answer, and the table of methods."""

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
