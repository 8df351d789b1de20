"""An error of XO's JSON-RPC API, and what may be quoted from it.

`data` holds facts, but also stacks, calls and references, which nobody here is shown.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from xo_mcp.bounds import LOOKED_AT
from xo_mcp.parsing import object_in

MOST: Final = 12
"""Problems named in one message."""
_SERVER_PATH: Final = re.compile(r"'?(/[\w.@%+-]+){2,}'?")
_NOISE: Final = re.compile(r"Command failed: [^\n]*\n?|dmesg\(1\) may have more information[^\n]*")
"""What only who sits at XO's machine can use."""


def code_of(error: Any) -> int | None:
    """The number of an error of XO's, where there is one."""
    code = error.get("code") if isinstance(error, dict) else None
    return code if isinstance(code, int) else None


@dataclass(frozen=True)
class RpcError:
    """One error that XO answered, and how to quote from it.

    Attributes:
        method: That was called.
        code: XO's number, where there is one.
        message: XO's text, at most so much of it as anybody looks at.
        data: Details; may be anything.
        clean: Returns a text of XO on one line, without our credentials, stacks and references, and cut.
    """

    method: str
    code: int | None
    message: str
    data: Any
    clean: Callable[..., str]

    @classmethod
    def of(cls, method: str, error: Any, clean: Callable[..., str]) -> Self:
        """Read XO's `{code, message, data?}`.

        A proxy that answers instead of XO may say anything: only what looks like a code counts, and only
        the beginning of a text.
        """
        raw = object_in(error)
        message = raw.get("message")
        text = message[:LOOKED_AT] if isinstance(message, str) else ""
        return cls(method, code_of(raw), text, raw.get("data"), clean)

    @property
    def facts(self) -> Mapping[str, Any]:
        """The details, by name."""
        return object_in(self.data)

    @property
    def summary(self) -> str:
        """XO's own words, without paths and commands on its machine."""
        said = _SERVER_PATH.sub("a file of XO's", self.clean(_NOISE.sub("", self.message)))
        return f"XO refused {self.method}: {said}." if said else f"XO refused {self.method}."

    def value(self, name: str) -> str:
        """A fact as text: lists joined, cut."""
        found = self.facts.get(name)
        parts = found if isinstance(found, list) else [] if found is None else [found]
        more = f" and {len(parts) - MOST} more" if len(parts) > MOST else ""
        return ", ".join(self.short(part, 120) for part in parts[:MOST]) + more

    def short(self, value: Any, limit: int = 80) -> str:
        """A single value as text, cut; an object or a list is not written out."""
        return self.clean(_written(value), limit)


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "..." if isinstance(value, (dict, list)) else str(value)
