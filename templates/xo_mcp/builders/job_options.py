"""Settings that hold for a whole backup job, from a tool's arguments to XO's names.

XO stores settings that it does not know without a word, so that only known ones are sent.
"""

from collections.abc import Mapping
from typing import Any, Final

from xo_mcp.builders.crons import check_timezone
from xo_mcp.errors import ArgumentError

NAMES: Final = {
    "concurrency": "concurrency",
    "report_when": "reportWhen",
    "offline_backup": "offlineBackup",
    "offline_snapshot": "offlineSnapshot",
    "checkpoint_snapshot": "checkpointSnapshot",
    "max_export_rate": "maxExportRate",
    "retries": "nRetriesVmBackupFailures",
    "prefer_nbd": "preferNbd",
    "nbd_concurrency": "nbdConcurrency",
    "merge_synchronously": "mergeBackupsSynchronously",
}
"""Argument -> XO's setting."""
MILLISECONDS: Final = 1000
NO_COMPRESSION: Final = "none"
"""What the arguments call XO's empty text."""


def whole_settings(given: Mapping[str, Any], before: Mapping[str, Any], timezone: str | None = None) -> dict[str, Any]:
    """The settings of the whole job after what is given was put into those before.

    Args:
        given: The tool's arguments.
        before: The settings so far.
        timezone: In which days begin for `long_term_retention`, where no schedule says otherwise.

    Raises:
        ArgumentError: The timezone is unknown.
    """
    settings = dict(before)
    settings |= {NAMES[name]: given[name] for name in NAMES if given.get(name) is not None}
    if given.get("time_limit") is not None:
        settings["timeout"] = round(given["time_limit"] * MILLISECONDS)
    if "long_term_retention" in given:
        kept = given["long_term_retention"] or {}
        settings.pop("longTermRetention", None)
        if kept:
            # Without a timezone beside it, XO can't tell when a day begins.
            zone = timezone or settings.get("timezone") or "UTC"
            check_timezone(zone)
            settings["timezone"] = zone
            settings["longTermRetention"] = {period: {"retention": count} for period, count in kept.items()}
    return settings


def compression_of(given: Mapping[str, Any], mode: str) -> dict[str, str]:
    """XO's `compression`, if it is given.

    Raises:
        ArgumentError: The job is no full one.
    """
    wanted = given.get("compression")
    if wanted is None:
        return {}
    if mode != "full":
        raise ArgumentError("`compression` is for mode full: deltas are not compressed. Leave it out.")
    return {"compression": "" if wanted == NO_COMPRESSION else wanted}
