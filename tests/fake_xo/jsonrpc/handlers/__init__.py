"""What the methods do."""

from fake_xo.jsonrpc.handlers import (
    archives,
    hosts,
    jobs,
    logs,
    metadata,
    networks,
    pools,
    restores,
    runs,
    schedules,
    storage,
    vms,
)

__all__ = [
    "archives",
    "hosts",
    "jobs",
    "logs",
    "metadata",
    "networks",
    "pools",
    "restores",
    "runs",
    "schedules",
    "storage",
    "vms",
]
