"""What was made by a call whose answer never came: found among the objects that were not there before.

XO goes on with what it was asked although its answer is lost (XO 6.7.1). Repeating a creation then makes two.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from xo_mcp.actions.expectations import snake_case, still_working
from xo_mcp.actions.polling import eventually
from xo_mcp.decisions import CONVENTIONS
from xo_mcp.errors import CallError, Unreachable
from xo_mcp.parsing import objects_in
from xo_mcp.text import as_sent
from xo_mcp.types import OMIT, Arguments, Call, Json

if TYPE_CHECKING:
    from xo_mcp.api.client import Client

_COLLECTION: Final = re.compile(r"/([\w-]+)/\{id\}")
_PLAIN: Final = re.compile(r'[^"\\\x00-\x1f]+')  # what can stand between quotes in a filter as it is
_LONGEST: Final = 80  # characters of a name
_NAMED: Final = 5  # objects named in a message


@dataclass(frozen=True)
class Creation:
    """A call that makes an object, and what there was before it.

    Attributes:
        client: Where to look.
        collection: Where the new object will be listed, `users`.
        sent: What was sent, by name.
        before: The ids of the objects that might be taken for it.
    """

    client: "Client"
    collection: str
    sent: Arguments
    before: frozenset[str]

    @classmethod
    async def noted(cls, client: "Client", creates: str | None, sent: object) -> "Creation | None":
        """Note what there is before the call.

        Args:
            client: Where to look.
            creates: The route of the GET of what is made, `/users/{id}`.
            sent: The body, or the parameters.

        Returns:
            `None` when it can't be told later what is new.
        """
        match = _COLLECTION.fullmatch(creates or "")
        if match is None or not isinstance(sent, Mapping):
            return None
        try:
            there = await _list(client, match[1], _name_in(sent), "id")
        except CallError:
            return None
        return cls(client, match[1], sent, frozenset(str(each["id"]) for each in there))

    async def found(self, error: CallError, patience: float) -> tuple[str, str]:
        """Look for what was made.

        Args:
            error: Why there is no answer.
            patience: Seconds to look.

        Returns:
            The id of the one new object that fits what was sent, and a note.

        Raises:
            Unreachable: There is none, or several; says so.
        """
        name = _name_in(self.sent)

        async def fitting() -> list[Mapping[str, Json]]:
            try:
                there = await _list(self.client, self.collection, name, "*")
            except CallError:
                raise error from None
            return [each for each in there if each["id"] not in self.before and self._fits(each)]

        new = await eventually(fitting, patience) or []
        what = f"{self.collection} called `{as_sent(name, _LONGEST)}`" if name else self.collection
        if len(new) == 1:
            return str(new[0]["id"]), f"XO did not answer, but made it: among the {what}, this one is new."
        if new:
            ids = ", ".join(str(each["id"]) for each in new[:_NAMED])
            raise Unreachable(f"{error} Just now, {len(new)} of the {what} are new, one of which may be it: {ids}.")
        raise still_working(error, f"show no new one among the {what}")

    def _fits(self, record: Mapping[str, Json]) -> bool:
        """Whether it has the name that was sent or, without one, anything that was sent."""
        name = _name_in(self.sent)
        shown = {value for value in record.values() if isinstance(value, str) and value}
        return name in shown if name else any(value in shown for value in _texts(self.sent))


def _name_in(sent: Arguments) -> str | None:
    """The name that was sent for the new object: `name_label`, or `nameLabel` as some bodies have it."""
    texts = {snake_case(name): value for name, value in sent.items() if isinstance(value, str) and value}
    return next((texts[name] for name in CONVENTIONS.names if name in texts), None)


def _texts(sent: Arguments) -> Iterator[str]:
    return (value for value in sent.values() if isinstance(value, str) and value)


async def _list(client: "Client", collection: str, name: str | None, fields: str) -> list[Mapping[str, Json]]:
    by_name = f'"{name}"' if name and _PLAIN.fullmatch(name) else OMIT
    query: Arguments = {"fields": fields, "filter": by_name}
    found = (await client.request(Call("GET", f"/{collection}", query=query))).data
    return [each for each in objects_in(found) if isinstance(each.get("id"), str)]
