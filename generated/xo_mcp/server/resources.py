"""MCP resources: guides to read, and objects of XO by address, `xo://vms/<id>`."""

import re
from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from mcp.server.lowlevel.helper_types import ReadResourceContents
from mcp.server.mcpserver.exceptions import ResourceError, ResourceNotFoundError
from mcp.types import Resource, ResourceTemplate

from xo_mcp.definitions import Entry, load_records
from xo_mcp.errors import ArgumentError, NotFound, XoMcpError
from xo_mcp.inventory import guide
from xo_mcp.logs import REDACTOR, explained
from xo_mcp.safety.policy import Offer
from xo_mcp.server import guides, icons
from xo_mcp.server.handlers import handler_of
from xo_mcp.server.presentation import presented
from xo_mcp.server.results import UNTRUSTED
from xo_mcp.text import as_sent

if TYPE_CHECKING:
    from xo_mcp.api.client import Client
    from xo_mcp.server.app import App
    from xo_mcp.session import Session

SCHEME: Final = "xo://"
GUIDES: Final = f"{SCHEME}guides/"
FIELDS: Final = f"{GUIDES}fields"
QUESTIONS: Final = f"{GUIDES}reports"
MARKDOWN: Final = "text/markdown"
JSON: Final = "application/json"
ONE_OBJECT: Final = re.compile(r"/([a-z0-9-]+)/\{id\}")
ADDRESS: Final = re.compile(r"xo://([a-z0-9-]+)/([^/?#]+)")
TEMPLATE: Final = re.compile(r"xo://([a-z0-9-]+)/\{id\}")

TEXTS: Final[Mapping[str, tuple[str, str, str]]] = {
    "filters": ("Filter syntax", "How to write the filter argument of list tools.", guides.FILTERS),
    "sql": ("The inventory in SQL", "Tables, joins and ten statements for query_inventory.", guide.GUIDE),
    "reports": ("Questions with a name", "What each report answers, in one call.", ""),
    "tasks": ("Tasks and waiting", "How long work is started, followed and stopped.", guides.TASKS),
    "confirmation": ("Confirmation", "How a person agrees to a change.", guides.CONFIRMING),
}


class Resources:
    """The resources of one configuration: objects can be read where their tool is offered, and nowhere else.

    Args:
        offer: What is offered.
    """

    def __init__(self, offer: Offer) -> None:
        self._collections = _collections(offer.entries)
        self._reports = [entry for entry in offer.entries if entry.facts.kind == "report"]
        self._tools: dict[str, list[str]] = {}
        for entry in offer.entries:
            if entry.facts.record:
                self._tools.setdefault(entry.facts.record, []).append(entry.name)

    @property
    def collections(self) -> Collection[str]:
        """Those whose objects have addresses."""
        return self._collections.keys()

    def resources(self) -> list[Resource]:
        """Every guide."""
        found = [(GUIDES + name, name, title, description) for name, (title, description, _) in TEXTS.items()]
        found.append((FIELDS, "fields", "Fields", "Kinds of object, and where the table of each one's fields is."))
        return [
            Resource(uri=uri, name=name, title=title, description=about, mime_type=MARKDOWN, icons=icons.GUIDE)
            for uri, name, title, about in found
        ]

    def templates(self) -> list[ResourceTemplate]:
        """One template per collection, and the field tables."""
        found = [
            ResourceTemplate(
                uri_template=f"{SCHEME}{collection}/{{id}}",
                name=collection,
                title=entry.title,
                description=f"What {entry.name} answers, as JSON.",
                mime_type=JSON,
            )
            for collection, entry in self._collections.items()
        ]
        about = "Fields of one kind of object with their types."
        fields = ResourceTemplate(
            uri_template=f"{FIELDS}/{{record}}",
            name="fields_of",
            title="Fields of a kind of object",
            description=about,
            mime_type=MARKDOWN,
        )
        return [*found, fields]

    async def read(self, uri: str, app: "App | None") -> Iterable[ReadResourceContents]:
        """Read one resource.

        Args:
            uri: Its address.
            app: Talks to XO; guides need none.

        Raises:
            ResourceNotFoundError: There is nothing at this address.
            ResourceError: XO refused, or could not be reached.
        """
        text = self._guide(uri)
        if text is not None:
            return [ReadResourceContents(content=text, mime_type=MARKDOWN)]
        if app is None:
            raise _not_found(uri)
        _, _, content = await self._object(uri, app)
        return [ReadResourceContents(content, JSON, UNTRUSTED)]

    async def found(self, uri: str, app: "App") -> tuple[str, str]:
        """The collection and the id of an object that can be read; two empty texts for a guide.

        Raises:
            ResourceNotFoundError: There is nothing at this address.
            ResourceError: XO refused, or could not be reached.
        """
        if self._guide(uri) is not None:
            return "", ""
        collection, identifier, _ = await self._object(uri, app)
        return collection, identifier

    async def _object(self, uri: str, app: "App") -> tuple[str, str, str]:
        """The collection and the id of the object at an address, and what can be read there."""
        address = ADDRESS.fullmatch(uri)
        entry = self._collections.get(address[1]) if address else None
        if address is None or entry is None:
            raise _not_found(uri)
        try:
            session = await app.session()
            identifier = await _id_of(session.client, address[1], unquote(address[2]))
            return address[1], identifier, await _content(entry, identifier, session)
        except (NotFound, ArgumentError) as error:
            raise ResourceNotFoundError(explained(error)) from error
        except XoMcpError as error:
            raise ResourceError(explained(error)) from error

    def _guide(self, uri: str) -> str | None:
        if uri == FIELDS:
            return guides.fields_index(load_records(), f"{FIELDS}/")
        if uri == QUESTIONS:
            return guides.reports_guide({each.name: each.tool.description or "" for each in self._reports})
        if uri.startswith(f"{FIELDS}/"):
            record = uri.removeprefix(f"{FIELDS}/")
            fields = load_records().get(record)
            return guides.fields_guide(record, fields, self._tools.get(record, [])) if fields else None
        known = TEXTS.get(uri.removeprefix(GUIDES)) if uri.startswith(GUIDES) else None
        return known[2] if known else None


def _not_found(uri: str) -> ResourceNotFoundError:
    return ResourceNotFoundError(f"There is no resource {as_sent(REDACTOR.redact(uri))}")


async def _content(entry: Entry, identifier: str, session: "Session") -> str:
    from xo_mcp.xo import Xo  # listing what can be read does without

    answer = await handler_of(entry)(Xo(session), id=identifier)
    return (await presented(answer, session.config.output_budget, session.client.redact)).json


async def _id_of(client: "Client", collection: str, identifier: str) -> str:
    """The id of the one object with this name; what was given when that looks like an id.

    Raises:
        ArgumentError: No object has the name, or several have.
    """
    from xo_mcp.objects.finding import ambiguous, by_id_or_name, missing  # listing what can be read does without
    from xo_mcp.objects.kinds import kinds, looks_like_id

    kind = kinds().get(collection)
    if kind is None or not kind.label or looks_like_id(identifier):
        return identifier
    found = await by_id_or_name(client, kind, identifier)
    if len(found) > 1:
        raise ambiguous(kind, identifier, found)
    if not found:
        raise missing([kind], [identifier])
    return str(found[0]["id"])


def _collections(entries: Iterable[Entry]) -> dict[str, Entry]:
    """Collection to the tool that shows one of its objects, by name."""
    found: dict[str, Entry] = {}
    for entry in entries:
        match = ONE_OBJECT.fullmatch(entry.facts.route)
        only_id = entry.schema.get("required", []) == ["id"]
        if match and entry.facts.method == "GET" and entry.facts.kind in {"get", "get_task"} and only_id:
            found.setdefault(match[1], entry)
    return dict(sorted(found.items()))
