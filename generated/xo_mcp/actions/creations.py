"""Finds the object that a call created although its answer was lost, among those that are new.

XO goes on with what it was asked although its answer is lost (XO 6.7.1). Repeating a creation then makes two.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
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
_PLAIN: Final = re.compile(r'[^"\\\x00-\x1f]+')  # can be quoted in a filter without escapes
_LONGEST: Final = 80  # characters of a name
_NAMED: Final = 5  # objects named in a message


@dataclass(frozen=True)
class Creation:
    """A call that makes an object, and what there was before it.

    Attributes:
        client: Where to look.
        where: The list in which the new object will be, `/users`.
        path: The list's parameters.
        sent: What was sent, by name.
        before: The ids of the objects that might be taken for it.
    """

    client: "Client"
    where: str
    path: Arguments
    sent: Arguments
    before: frozenset[str]

    @classmethod
    async def noted(
        cls, client: "Client", creates: str | None, sent: object, listing: Call | None = None
    ) -> "Creation | None":
        """Note what there is before the call.

        Args:
            client: Where to look.
            creates: The route of the GET of what is made, `/users/{id}`.
            sent: The body, or the parameters.
            listing: The call that lists what is made, where that has no GET.

        Returns:
            `None` when what is new can't be recognised later.
        """
        given = sent if isinstance(sent, Mapping) else {}
        if listing is None:
            match = _COLLECTION.fullmatch(creates or "")
            if match is None or not given:
                return None
            listing = Call("GET", f"/{match[1]}")
        noted = cls(client, listing.route, listing.path, given, frozenset())
        try:
            return replace(noted, before=frozenset(str(each["id"]) for each in await noted.list("id")))
        except CallError:
            return None

    @property
    def name(self) -> str | None:
        """The name that was sent for the new object: `name_label`, or `nameLabel` as some bodies have it."""
        texts = {snake_case(name): value for name, value in self.sent.items() if isinstance(value, str) and value}
        return next((texts[name] for name in CONVENTIONS.names if name in texts), None)

    async def list(self, fields: str) -> list[Mapping[str, Json]]:
        """What there is now, of that name.

        Raises:
            CallError: XO does not say.
        """
        name = self.name
        by_name = f'"{name}"' if name and _PLAIN.fullmatch(name) else OMIT
        query: Arguments = {"fields": fields, "filter": by_name}
        found = (await self.client.request(Call("GET", self.where, path=self.path, query=query))).data
        return [each for each in objects_in(found) if isinstance(each.get("id"), str)]

    async def found(self, error: CallError, patience: float) -> tuple[Mapping[str, Json], str]:
        """Look for what was made.

        Args:
            error: Why there is no answer.
            patience: Seconds to look.

        Returns:
            The one new object that fits what was sent, and a note.

        Raises:
            Unreachable: There is none, or several; says so.
        """

        async def fitting() -> list[Mapping[str, Json]]:
            try:
                there = await self.list("*")
            except CallError:
                raise error from None
            return [each for each in there if each["id"] not in self.before and self._fits(each)]

        new = await eventually(fitting, patience) or []
        what = self.where.rpartition("/")[2].replace("_", " ")
        what += f" called `{as_sent(self.name, _LONGEST)}`" if self.name else ""
        if len(new) == 1:
            return new[0], f"XO did not answer, but made it: among the {what}, this one is new."
        if new:
            ids = (
                ", ".join(as_sent(str(each["id"]), _LONGEST) for each in new[:_NAMED])
                if not self.path
                else "look at them"
            )
            raise Unreachable(f"{error} Just now, {len(new)} of the {what} are new, one of which may be it: {ids}.")
        raise still_working(error, f"show no new one among the {what}")

    def _fits(self, record: Mapping[str, Json]) -> bool:
        """Whether it has the name that was sent; without one, anything that was, or is in a list below an object."""
        shown = {value for value in record.values() if isinstance(value, str) and value}
        if self.name:
            return self.name in shown
        texts = (value for value in self.sent.values() if isinstance(value, str) and value)
        return bool(self.path) or any(value in shown for value in texts)
