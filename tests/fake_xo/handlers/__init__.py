"""What answers each operation: the table in `fake_xo.call`, and rules for what every collection has."""

import re

from fake_xo.call import HANDLERS, Handler
from fake_xo.handlers import (  # noqa: F401 - importing registers the handlers
    backups,
    collections,
    disks,
    hosts,
    networks,
    people,
    plugins,
    pools,
    roles,
    storage,
    system,
    tasks,
    transfers,
    vms,
)
from fake_xo.handlers.collections import GENERIC
from fake_xo.handlers.undescribed import by_contract
from fake_xo.spec import Operation
from fake_xo.store import OWN_COLLECTIONS, XAPI_COLLECTIONS

KNOWN = frozenset({*XAPI_COLLECTIONS, *OWN_COLLECTIONS})
"""Collections that the fake keeps."""


def handler_of(operation: Operation) -> Handler:
    """The handler of an operation; one of a release that the fake has not met is answered by its contract."""
    if operation.known_as in HANDLERS:
        return HANDLERS[operation.known_as]
    is_known = operation.collection in KNOWN
    for pattern, handler in GENERIC if is_known else ():
        if re.fullmatch(pattern, operation.known_as):
            return handler
    return by_contract
