"""Checks crons and time zones: XO stores those it can't read, and one of them stops other schedules (XO 6.7.1).

A bad cron in an enabled schedule ends the start of the schedules after it at XO's next restart.
"""

import re
import zoneinfo
from datetime import UTC, datetime
from typing import Final

from cronsim import CronSim, CronSimError

from xo_mcp.errors import ArgumentError
from xo_mcp.text import one_line
from xo_mcp.types import Json

FIELDS: Final = (5, 6)
"""Of a cron that XO's scheduler reads; the sixth, of seconds, comes first."""
_LONGEST: Final = 200
_VALUE: Final = r"(\d{1,2}|[A-Za-z]{3})"
_RANGE: Final = rf"(\*(/\d+)?|{_VALUE}(-{_VALUE}(/\d+)?)?)"
_NO_ZONES: Final = frozenset({"Factory", "localtime", "leapseconds", "posixrules"})
"""Files among the timezones of a system that XO's list has not."""
_FIELD: Final = re.compile(rf"{_RANGE}(,{_RANGE})*")
"""What every scheduler reads; `L`, `#` and `W`, which only some know, would stop XO's."""


def check_cron(cron: Json) -> None:
    """Refuse a cron that a scheduler can't read, or that never comes.

    Raises:
        ArgumentError: Says what is wrong with it.
    """
    if cron is None:
        return
    text = str(cron)
    fields = text.split()
    example = "Write minute, hour, day, month and weekday, such as `0 3 * * *` for 03:00 every day."
    if len(text) > _LONGEST or len(fields) not in FIELDS:
        raise ArgumentError(f"The cron `{one_line(text, 80)}` has {len(fields)} fields, not 5. {example}")
    if text != " ".join(fields):
        raise ArgumentError(
            f"XO's scheduler takes one space between the fields of a cron, and nothing around them. {example}"
        )
    strange = next((field for field in fields if not _FIELD.fullmatch(field)), None)
    if strange is not None:
        raise ArgumentError(f"XO's scheduler can't read `{one_line(strange, 40)}` in the cron. {example}")
    try:
        next(CronSim(text, datetime.now(tz=UTC)), None)
    except CronSimError as error:
        raise ArgumentError(f"The cron `{one_line(text, 80)}` can't be read: {error}. {example}") from error


def check_timezone(name: Json) -> None:
    """Refuse a timezone that is unknown, where this system knows timezones.

    Raises:
        ArgumentError: It is not in the list of timezones.
    """
    known = zoneinfo.available_timezones() - _NO_ZONES
    if name is not None and known and name not in known:
        raise ArgumentError(f"There is no timezone `{one_line(str(name), 60)}`: give a name such as `Europe/Paris`.")
