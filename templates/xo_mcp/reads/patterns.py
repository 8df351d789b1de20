"""XO's patterns of objects, as smart backup jobs have them.

Objects match by their properties, lists when each entry fits some member, `__or`, `__and` and `__not` as they read, and
anything else by equality (XO 6.7.1). So `{"tags": {"__or": [["web"], ["db"]]}}` selects what has either tag,
`{"tags": ["web", "db"]}` what has both, and `{"tags": [["web"]]}` or `{"tags": "web"}` selects nothing.
"""

from collections.abc import Mapping
from typing import Final

from xo_mcp.types import Json

_OR: Final = "__or"
_AND: Final = "__and"
_NOT: Final = "__not"
_DEEPEST: Final = 32


def matches(pattern: Json, value: Json, depth: int = 0) -> bool:
    """Whether a value fits a pattern; one nested without end fits nothing."""
    if depth > _DEEPEST:
        return False
    if isinstance(pattern, dict):
        return _matches_object(pattern, value, depth + 1)
    if isinstance(pattern, list):
        members = value if isinstance(value, list) else None
        return members is not None and all(any(matches(each, one, depth + 1) for one in members) for each in pattern)
    # JSON's true is no 1.
    return type(pattern) is type(value) and pattern == value


def _matches_object(pattern: Mapping[str, Json], value: Json, depth: int) -> bool:
    if len(pattern) == 1:
        name, inner = next(iter(pattern.items()))
        if name in (_OR, _AND) and isinstance(inner, list):
            found = (matches(each, value, depth) for each in inner)
            return any(found) if name == _OR else all(found)
        if name == _NOT:
            return not matches(inner, value, depth)
    if not isinstance(value, dict):
        return False
    return all(name in value and matches(each, value[name], depth) for name, each in pattern.items())


def properties_of(pattern: Json, depth: int = 0) -> set[str]:
    """The properties of an object that decide whether it fits."""
    if not isinstance(pattern, dict) or depth > _DEEPEST:
        return set()
    found: set[str] = set()
    for name, inner in pattern.items():
        if name in (_OR, _AND, _NOT):
            for each in inner if isinstance(inner, list) else [inner]:
                found |= properties_of(each, depth + 1)
        else:
            found.add(name)
    return found
