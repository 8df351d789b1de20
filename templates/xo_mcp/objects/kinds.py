"""The kinds of objects that arguments name, as data (`kinds.json`): collections of the REST API."""

import json
import re
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_LONGEST_NAME: Final = 255
SELF: Final = "me"
"""Stands for the id of the user who calls."""


@dataclass(frozen=True)
class Kind:
    """A kind of object.

    Attributes:
        collection: Its collection, as in paths.
        noun: What one of them is called.
        label: The property that is its name; empty where it has none that can be asked for.
        traits: Properties that may distinguish two of one name.
        lister: The tool that lists them, if there is one.
    """

    collection: str
    noun: str
    label: str = ""
    traits: tuple[str, ...] = ()
    lister: str = ""

    @property
    def route(self) -> str:
        """Of the list of them."""
        return f"/{self.collection}"


@cache
def kinds() -> dict[str, Kind]:
    """Collection -> kind."""
    file = resources.files("xo_mcp.objects") / "kinds.json"
    data = json.loads(file.read_bytes()) if file.is_file() else {}
    return {
        name: Kind(
            name,
            entry.get("noun", name),
            entry.get("label", ""),
            tuple(entry.get("traits", ())),
            entry.get("lister", ""),
        )
        for name, entry in data.items()
    }


def kind(collection: str) -> Kind:
    """The kind of the objects of a collection; the build checks every literal against XO's API.

    A package for another API has no such objects, and nothing there that asks for them.
    """
    return kinds().get(collection) or Kind(collection, collection)


def looks_like_id(text: str) -> bool:
    """Whether a text is taken for an id, and never looked up as a name; so is what no object can be called."""
    return (
        _UUID.match(text) is not None or text == SELF or not can_be_asked_for(text) or not any(map(str.isalnum, text))
    )


def can_be_asked_for(text: str) -> bool:
    """Whether a text is short and plain enough to be the id or the name of an object."""
    return len(text) <= _LONGEST_NAME and text.isprintable()
