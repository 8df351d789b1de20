"""What the methods do."""

from fake_xo.jsonrpc.handlers import archives, hosts, networks, pools, schedules, storage, vms

__all__ = ["archives", "hosts", "networks", "pools", "schedules", "storage", "vms"]
