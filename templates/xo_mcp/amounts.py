"""Amounts of bytes as people write them: `4GiB`, `10 GB`, `1.5 TiB`.

`GiB` counts in 1024s and `GB` in 1000s (IEC 80000-13), which is also how XO reads them. A bare `4G` can be either and
is never guessed.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

_SIZE: Final = re.compile(r"\s*(\d{1,15}(?:\.\d{1,9})?)\s*+(?:([KMGTP])(I?)(B?)|B|BYTES?)?\s*", re.IGNORECASE)
_PREFIXES: Final = "KMGTP"
_STEP: Final = {True: 1024, False: 1000}


@dataclass(frozen=True)
class Size:
    """An amount of bytes somebody wrote.

    Attributes:
        number: In the unit.
        prefix: `G` of `GiB`, empty for plain bytes.
        binary: Counted in 1024s.
        unclear: Written so that it could be counted either way (`4G`).
    """

    number: Decimal
    prefix: str = ""
    binary: bool = False
    unclear: bool = False

    @property
    def bytes(self) -> int:
        """How many bytes that is, to the whole byte below."""
        return int(self._exactly)

    @property
    def is_whole(self) -> bool:
        """Whether it is a whole number of bytes."""
        return self._exactly == int(self._exactly)

    @property
    def _exactly(self) -> Decimal:
        power = _PREFIXES.index(self.prefix) + 1 if self.prefix else 0
        return self.number * Decimal(_STEP[self.binary] ** power)

    @property
    def other_reading(self) -> "Size | None":
        """The same counted in 1024s, for what is counted in 1000s though many mean the other."""
        return Size(self.number, self.prefix, binary=True) if self.prefix and not self.binary else None

    def __str__(self) -> str:
        unit = f"{self.prefix}{'i' if self.binary else ''}B" if self.prefix else "bytes"
        return f"{self.number:g} {unit}"


def parse_size(text: str) -> Size | None:
    """Read an amount of bytes; `None` when it is not one."""
    match = _SIZE.fullmatch(text)
    if match is None:
        return None
    prefix = (match[2] or "").upper()
    return Size(Decimal(match[1]), prefix, binary=bool(match[3]), unclear=bool(prefix) and not (match[3] or match[4]))
