"""Matches a live XO, with the plugins it runs, to the nearest release, to build from it."""

from pathlib import Path

from generator.api.combining import Schema
from generator.facts.document import parse_document
from generator.facts.facts import import_document
from generator.facts.paths import keys_of
from generator.history.history import load_history
from generator.importing.sources import Source, fetch
from generator.library import library_module
from generator.names.counts import counted
from generator.specs.plugins import join_plugins, without_plugins
from generator.specs.releases import load_releases
from generator.specs.specs import load_plugins


def live_documents(source: Source, specs: Path) -> tuple[list[Schema], str]:
    """Take the facts of a live XO; nothing is written.

    Args:
        source: Where it is.
        specs: Our releases, to recognise which one it is, and what we know of plugins.

    Returns:
        The documents to build from, and in words which XO it is.

    Raises:
        DocumentError, SpecError: As for an import.
    """
    data, origin = fetch(source)
    facts, _ = import_document(parse_document(data, origin), origin)
    history = load_history(specs)
    keys = frozenset(keys_of(without_plugins(facts)))
    versions = {name: entry.rest_api for name, entry in load_releases(specs).items()}
    releases = {name: history.keys_of(name) for name in history.releases}
    detection = library_module("releases.release_detection")
    release = detection.nearest_release(keys, facts["info"]["version"], releases, versions)
    if release is None:
        return join_plugins(facts, load_plugins(specs)), f"{origin}: like no XO we know"
    known = history.keys_of(release)
    differs = ", ".join(
        counted(count, "operation", more=word)
        for count, word in ((len(keys - known), "more"), (len(known - keys), "fewer"))
        if count
    )
    facts["x-xo-release"] = release
    text = f"{origin}: XO {release}" + (f", with {differs}" if differs else "")
    return join_plugins(facts, load_plugins(specs)), text
