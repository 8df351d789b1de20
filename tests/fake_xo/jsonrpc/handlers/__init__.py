"""What the methods do."""

from fake_xo.jsonrpc.handlers import archives, schedules, storage, vms

__all__ = ["archives", "schedules", "storage", "vms"]
