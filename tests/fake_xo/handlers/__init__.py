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
from fake_xo.spec import Operation


def handler_of(operation: Operation) -> Handler:
    """The handler of an operation.

    Raises:
        LookupError: The contract has an operation the fake does not know.
    """
    if operation.key in HANDLERS:
        return HANDLERS[operation.key]
    for pattern, handler in GENERIC:
        if re.fullmatch(pattern, operation.key):
            return handler
    raise LookupError(f"the fake has no answer for {operation.key}")
