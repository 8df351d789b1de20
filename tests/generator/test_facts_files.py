"""Files of facts: written whole or not at all, valid, and what an import writes."""

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from newest import EPOCHS, Release
from pets import document, places
from wordy import wordy

from generator.errors import GeneratorError
from generator.facts.document import read_document
from generator.facts.facts import extract_facts, import_document, serialize, write_facts

ROOT = Path(__file__).resolve().parents[2]


COMMITTED = sorted((ROOT / "specs").glob("xo-*.json")) + sorted((ROOT / "specs" / "plugins").glob("*.json"))


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, entry in value.items():
            yield key
            yield from strings(entry)
    elif isinstance(value, list):
        for entry in value:
            yield from strings(entry)
    elif isinstance(value, str):
        yield value


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = tmp_path / "new" / "facts.json"
    facts = extract_facts(document())
    write_facts(facts, path)
    assert path.read_bytes() == serialize(facts)
    assert read_document(path) == facts
    assert path.read_bytes().endswith(b"}\n")

    def broken(_path: Path, _target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", broken)
    with pytest.raises(OSError, match="No space"):
        write_facts({}, path)
    assert path.read_bytes() == serialize(facts)
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("release", EPOCHS, ids=lambda release: release.name)
def test_a_document_full_of_words_becomes_the_facts_without_a_sentence(release: Release):
    raw = wordy(release.facts)
    assert [text for text in strings(raw) if re.search(r"\s", text)]
    facts, _ = import_document(raw, release.name, release=release.name)
    assert facts == release.facts
    assert not [text for text in strings(facts) if re.search(r"\s", text)]


@pytest.mark.parametrize("path", COMMITTED, ids=lambda path: path.stem)
def test_committed_files_are_what_an_import_writes(path: Path):
    facts = read_document(path)
    again, repairs = import_document(facts, path.name)
    assert repairs == []
    assert path.read_bytes() == serialize(again)
    assert not [text for text in strings(facts) if re.search(r"\s", text)]


def test_the_plugin_routes_are_those_that_xo_omits():
    found = {
        facts["x-xo-plugin"]: [f"{method} {path}" for path, item in facts["paths"].items() for method in item]
        for facts in map(read_document, (ROOT / "specs" / "plugins").glob("*.json"))
    }
    rules = "post /plugins/sdn-controller/{}/{{id}}/actions/{}_traffic_rule"
    assert found == {
        "audit": ["get /plugins/audit/records", "get /plugins/audit/records/{id}"],
        "ipmi-sensors": ["get /plugins/ipmi-sensors/hosts/{id}/ipmi"],
        "sdn-controller": [
            rules.format(kind, verb) for kind in ("networks", "vifs") for verb in ("add", "delete", "update")
        ],
    }


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-5, 5), st.text(max_size=5), st.just("#/components/schemas/Pet")),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(
                ["$ref", "type", "properties", "items", "required", "allOf", "get", "200", "schema", "/a", ""]
            ),
            inner,
            max_size=3,
        ),
    ),
    max_leaves=8,
)


PLACES = list(places(document()))


@given(st.lists(st.tuples(st.sampled_from(PLACES), JSON), min_size=1, max_size=4))
@example([(("paths", "/pets/{id}", "get", "tags"), [None])])
@settings(deadline=None, max_examples=400)
def test_a_document_with_anything_anywhere_is_an_error_or_inert(changes: list[tuple[tuple[Any, ...], Any]]):
    wrong: Any = document()
    for path, value in changes:
        node = wrong
        with contextlib.suppress(KeyError, IndexError, TypeError):
            for part in path[:-1]:
                node = node[part]
            node[path[-1]] = value
    try:
        facts, _ = import_document(wrong, "spec.json")
    except GeneratorError:
        return
    assert serialize(extract_facts(facts)) == serialize(facts)
