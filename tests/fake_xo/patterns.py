"""Which VMs a backup job's pattern selects: XO compares the pattern with the VM as its API shows it.

`{"tags": {"__or": [["web"], ["db"]]}}` selects VMs with either tag, `{"tags": ["web", "db"]}` those with both; a bare
`{"tags": "web"}` or `{"tags": {"__or": ["web"]}}` selects none, and so does `{"tags": [["web"]]}`.
"""

from typing import Any

from fake_xo.store import Record

SKIPPED = "xo:no-bak"


def selects(pattern: Any, vm: Record) -> bool:
    """Whether a backup job with this `vms` pattern backs the VM up."""
    return isinstance(pattern, dict) and bool(pattern) and SKIPPED not in vm["tags"] and matches(pattern, vm)


def matches(pattern: Any, value: Any) -> bool:
    """Whether a value fits a pattern: objects by property, lists by members, anything else by equality."""
    if isinstance(pattern, dict):
        if "__or" in pattern:
            return any(matches(each, value) for each in pattern["__or"])
        if "__and" in pattern:
            return all(matches(each, value) for each in pattern["__and"])
        if "__not" in pattern:
            return not matches(pattern["__not"], value)
        return isinstance(value, dict) and all(
            name in value and matches(each, value[name]) for name, each in pattern.items()
        )
    if isinstance(pattern, list):
        return isinstance(value, list) and all(any(matches(each, one) for one in value) for each in pattern)
    return bool(pattern == value)
