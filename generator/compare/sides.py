"""One side of a comparison: a release we have, a file, or a live XO."""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from generator.api.combining import Schema
from generator.api.methods import is_call, methods_document
from generator.errors import DocumentError, GeneratorError, SourceError
from generator.facts.document import parse_document
from generator.facts.facts import import_document
from generator.facts.paths import keys_of
from generator.history.history import History
from generator.history.tracing import trace_methods
from generator.importing.importer import FILE_NAME
from generator.importing.methods import fetch_methods, holds_methods, with_objects
from generator.importing.sources import Source, fetch
from generator.model.builder import build_model
from generator.model.methods import MethodSource, known_methods
from generator.model.model import Model
from generator.model.overrides import Overrides
from generator.model.tool import Tool
from generator.specs.methods import load_methods, method_files
from generator.specs.plugins import Routes, plugin_routes, without_plugins
from generator.specs.releases import is_release, order
from generator.specs.specs import load_plugins, release_files

OURS = 0.5
"""A document that shares so much of its operations with the history is XO's."""


@dataclass(frozen=True)
class Side:
    """A release with the tools today's decisions make of it.

    Attributes:
        name: How it was asked for: a release, a file name or a URL.
        document: Its facts, routes of plugins left out.
        overrides: Decisions that apply to it.
        history: Of the API, for decisions about other releases.
        methods: Its JSON-RPC methods, where they are known of just this release.
        known_methods: Those of the newest release before it that are known, for a release whose own are not.
        plugins: What the document reports of XO's plugins: plugin -> path -> path item.
        known_plugins: What we know of them, for a side that says nothing.
    """

    name: str
    document: Schema = field(repr=False)
    overrides: Overrides = field(default_factory=Overrides, repr=False)
    history: History = field(default_factory=History, repr=False)
    methods: MethodSource | None = field(default=None, repr=False)
    plugins: Routes = field(default_factory=dict, repr=False)
    known_plugins: Sequence[Schema] = field(default=(), repr=False)
    known_methods: MethodSource | None = field(default=None, repr=False)

    def beside(self, other: "Side") -> "Side":
        """This side with the methods, and the routes of plugins, that the other one is compared with.

        A document from npm says nothing of plugins, and a live XO those of the plugins it runs: where one side says
        nothing, what we know of the other side's plugins is used.
        """
        methods = self.known_methods if self.methods is None and other.methods is not None else self.methods
        items = [item for routes in self.plugins.values() for item in routes.items()]
        if items or not other.plugins:
            return replace(self, document=_with_paths(self.document, dict(items), {}), methods=methods)
        document = self.document
        for known in self.known_plugins:
            if str(known.get("x-xo-plugin")) in other.plugins:
                document = _with_paths(document, known["paths"], known.get("components", {}))
        return replace(self, document=document, methods=methods)

    def whole(self, *, methods: bool) -> Schema:
        """Its facts, with or without its JSON-RPC methods as operations."""
        if self.methods is None or not methods:
            return self.document
        return {**self.document, "paths": {**self.document["paths"], **methods_document(self.methods.facts)["paths"]}}

    @property
    def release(self) -> str:
        """The XO release, as far as the document says it."""
        return str(self.document.get("x-xo-release") or "")

    @property
    def rest_api(self) -> str:
        """Version of the document."""
        return str(self.document.get("info", {}).get("version", ""))

    @property
    def base_urls(self) -> list[str]:
        """Below which its routes are."""
        return [server["url"] for server in self.document.get("servers", ())]

    @property
    def title(self) -> str:
        """For headings."""
        return f"XO {self.release}" if self.release else self.name

    @property
    def _decided(self) -> Overrides:
        """The decisions about operations that some release or this document has."""
        keys = {*keys_of(self.document), *self.history.operations}
        decided = {key: decision for key, decision in self.overrides.operations.items() if key in keys or is_call(key)}
        files = {key: file for key, file in self.overrides.files.items() if key in decided}
        return Overrides(self.overrides.shared, decided, files)

    @cached_property
    def _model(self) -> Model | None:
        try:
            return build_model([self.document], self._decided, self.history, methods=self.methods)
        except GeneratorError:
            return None

    @cached_property
    def _by_key(self) -> dict[str, list[Tool]] | None:
        if self._model is None:
            return None
        found = defaultdict(list)
        for tool in self._model.tools:
            found[tool.key].append(tool)
        return found

    def reason(self, key: str) -> str:
        """Why an operation that had a tool has none: it was dropped, or nobody decided about the method yet."""
        drops = self._model.drops if self._model else ()
        return next((drop.reason for drop in drops if drop.key == key), "nobody decided about it")

    def undecided(self, key: str) -> tuple[str, ...]:
        """Of a route that is split: the values that have no tool, and for which nobody decided against one."""
        splits = self._model.splits if self._model else ()
        return next((split.undecided for split in splits if split.key == key), ())

    @property
    def has_tools(self) -> bool:
        """Whether tools can be made of it at all; a document that can't be built is compared as API only."""
        return self._by_key is not None

    @cached_property
    def names(self) -> frozenset[str]:
        """Every name a tool answers to."""
        tools = [tool for found in (self._by_key or {}).values() for tool in found]
        return frozenset(name for tool in tools for name in (str(tool.name), *tool.aliases))

    def tools(self, key: str) -> Sequence[Tool]:
        """The tools of one operation, none when it is dropped or there is no such operation."""
        return (self._by_key or {}).get(key, ())

    def as_dict(self) -> dict[str, Any]:
        """As JSON data."""
        return {"name": self.name, "release": self.release or None, "rest_api": self.rest_api}


def load_side(
    text: str,
    specs: Path,
    overrides: Overrides,
    history: History,
    *,
    insecure: bool = False,
    ca_file: Path | None = None,
) -> Side:
    """Take one side from what the user typed.

    Args:
        text: `6.7`, a file raw or imported, or the `https://` address of a live XO.
        specs: The folder of the releases.
        overrides: Our decisions; used where the document is XO's.
        history: Of XO.
        insecure: For a live XO: accept any TLS certificate.
        ca_file: For a live XO: trust this authority.

    Raises:
        DocumentError: There is no such release or file, or it can't be read.
        SpecError: It is wrong at a named place.
    """
    methods = _methods(text, specs, insecure=insecure, ca_file=ca_file)
    if methods is not None and Path(text).is_file():
        calls = {key: decision for key, decision in overrides.operations.items() if is_call(key)}
        files = {key: overrides.files[key] for key in calls}
        nothing: Schema = {"paths": {}, "x-xo-release": methods.release}
        return Side(text, nothing, Overrides(overrides.shared, calls, files), history, methods)
    document = _document(text, specs, insecure=insecure, ca_file=ca_file)
    known = load_plugins(specs)
    keys = set(keys_of(document))
    is_ours = len(keys & history.operations.keys()) > OURS * len(keys)
    if not is_ours:
        return Side(text, document)
    own = without_plugins(document)
    return Side(
        text, own, overrides, history, methods, plugin_routes(document, known), known, _earlier_methods(text, specs)
    )


def _methods(text: str, specs: Path, *, insecure: bool, ca_file: Path | None) -> MethodSource | None:
    """The JSON-RPC methods of just this side: of a release, of a file that holds nothing else, of a live XO."""
    if is_release(text):
        known = [release for release in method_files(specs) if order(release) == order(text)]
        return known_methods(specs, known[0]) if known else None
    if not text.startswith(("http://", "https://")) and not holds_methods(Path(text)):
        return None
    try:
        found, _ = fetch_methods(text, insecure=insecure, ca_file=ca_file)
    except SourceError:
        return None  # its REST API is compared all the same
    known_objects = load_methods(specs, found.release)
    facts = with_objects(found.facts, known_objects.facts if known_objects else {})
    return MethodSource(found.release, found.server, facts, trace_methods(specs))


def _earlier_methods(text: str, specs: Path) -> MethodSource | None:
    """The methods of the newest release up to this one whose methods are known."""
    is_known = is_release(text) and any(order(release) <= order(text) for release in method_files(specs))
    return known_methods(specs, text) if is_known else None


def _with_paths(document: Schema, paths: Schema, components: Schema) -> Schema:
    """A document with more paths, and the components they need."""
    if not paths:
        return document
    own = document.get("components", {})
    merged = {section: {**components.get(section, {}), **own.get(section, {})} for section in {**components, **own}}
    return {**document, "paths": {**document["paths"], **paths}, "components": merged}


def _document(text: str, specs: Path, *, insecure: bool, ca_file: Path | None) -> Schema:
    if text.startswith(("http://", "https://")):
        data, origin = fetch(Source(url=text, insecure=insecure, ca_file=ca_file))
        return import_document(parse_document(data, origin), origin)[0]
    path = Path(text)
    if path.is_file():
        data, origin = fetch(Source(file=path))
        match = FILE_NAME.fullmatch(path.name)
        return import_document(parse_document(data, origin), origin, release=match[1] if match else None)[0]
    files = release_files(specs)
    if is_release(text):
        known = [release for release in files if order(release) == order(text)]
        if known:
            document: Schema = json.loads(files[known[0]].read_bytes())
            return document
    raise DocumentError("is not a release we have, a file or a URL", place=text, hint=f"Releases: {', '.join(files)}.")
