"""What the methods do."""

from fake_xo.jsonrpc.handlers import archives, schedules, vms

__all__ = ["archives", "schedules", "vms"]
