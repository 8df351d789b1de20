"""Our decisions about XO's API as data: `overrides/`, rendered into `decisions.json`."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from types import MappingProxyType
from typing import Any, Final

from xo_mcp.types import Json

_EMPTY: Final[Mapping[str, Any]] = MappingProxyType({})


@dataclass(frozen=True)
class Decision:
    """About one operation.

    Attributes:
        prepare: Mechanism of `api.preflight` -> its parameters, for what happens before a request goes out.
        effect_check: What to look at before and after, because XO calls it a success when nothing changed.
        expects: Which formats of a file it takes, by its arguments.
        made: What to report of what it creates, and to compare with the request.
        afterwards: Arguments of ours that are sent once it is made.
        left_out: What its list keeps silent about: records of owners in some state.
        selects: Which property of its records is a pattern, of which objects.
        admins_only: Only administrators of XO may use it, whatever privileges others have.
        shows_in: Where the GET of the object shows what an argument changes, with dots for parts.
        listed_in: The list of what it makes, where that has no GET.
        hint_after: What a caller must know about a call that succeeded.
        answers_secret: Its answer is a secret that the caller asked for.
        secret_ids: The ids of its records are secrets.
    """

    prepare: Mapping[str, Mapping[str, Json]] = field(default_factory=lambda: _EMPTY)
    effect_check: Mapping[str, Json] = field(default_factory=lambda: _EMPTY)
    expects: Sequence[Mapping[str, Any]] = ()
    made: Mapping[str, Any] = field(default_factory=lambda: _EMPTY)
    afterwards: Mapping[str, Mapping[str, Any]] = field(default_factory=lambda: _EMPTY)
    left_out: Mapping[str, Json] = field(default_factory=lambda: _EMPTY)
    selects: Mapping[str, Json] = field(default_factory=lambda: _EMPTY)
    admins_only: bool = False
    shows_in: Mapping[str, str] = field(default_factory=lambda: _EMPTY)
    listed_in: str | None = None
    hint_after: str | None = None
    answers_secret: bool = False
    secret_ids: bool = False


@dataclass(frozen=True)
class Units:
    """Property names by what their numbers mean; `series`: unit by the first name of a series of statistics."""

    seconds: frozenset[str]
    milliseconds: frozenset[str]
    either: frozenset[str]
    bytes: frozenset[str]
    bytes_beside_used: frozenset[str]
    series: Mapping[str, str]


@dataclass(frozen=True)
class Conventions:
    """How the whole API speaks; overrides/schema.json says what each means."""

    free_text: frozenset[str]
    slashed: tuple[str, ...]
    own_collections: frozenset[str]
    task_collections: frozenset[str]
    fields_everywhere: frozenset[str]
    internal: frozenset[str]
    names_beside: Mapping[str, Mapping[str, Mapping[str, Any]]]
    mistakes: tuple[Mapping[str, str], ...]
    stats_spans: Mapping[str, int]
    wishes: tuple[Mapping[str, Any], ...]
    names: tuple[str, ...]
    states: tuple[str, ...]
    own_vm: str
    units: Units


def _conventions(data: Mapping[str, Any]) -> Conventions:
    units = data["units"]
    sets = {name: frozenset(entries) for name, entries in units.items() if name != "series"}
    return Conventions(
        free_text=frozenset(data["free_text"]),
        slashed=tuple(data["slashed"]),
        own_collections=frozenset(data["own_collections"]),
        task_collections=frozenset(data["task_collections"]),
        fields_everywhere=frozenset(data["fields_everywhere"]),
        mistakes=tuple(data["mistakes"]),
        wishes=tuple(data["wishes"]),
        stats_spans=dict(sorted(data["stats_spans"].items(), key=lambda item: int(item[1]))),
        internal=frozenset(data["internal"]),
        names_beside=data["names_beside"],
        names=tuple(data["names"]),
        states=tuple(data["states"]),
        own_vm=data["own_vm"],
        units=Units(**sets, series=units["series"]),
    )


_DATA: Final = json.loads((resources.files("xo_mcp") / "decisions.json").read_bytes())
_NOTHING: Final = Decision()
_OPERATIONS: Final = {key: Decision(**entry) for key, entry in _DATA["operations"].items()}
CONVENTIONS: Final = _conventions(_DATA["conventions"])
"""How the API speaks that this package was generated for."""


def decision(operation: str) -> Decision:
    """What was decided about `METHOD /path`; nothing, for most."""
    return _OPERATIONS.get(operation, _NOTHING)
