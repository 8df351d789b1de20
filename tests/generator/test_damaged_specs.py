"""Files below `specs/` that somebody edited: refused by name, never with a traceback."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from generator.errors import DocumentError
from generator.freshness import Memory
from generator.history.history import FILE, History, load_history
from generator.history.tracing import read_folder, stale_records
from generator.layout import OVERRIDES, SPECS
from generator.model.overrides import load_overrides
from generator.review.derived import refresh_examples, refresh_history, stale_examples
from generator.specs.releases import load_releases
from generator.specs.specs import newest_spec

SMALL = "xo-6.7.json"


@pytest.mark.parametrize(
    ("file", "text", "read", "complaint"),
    [
        (SMALL, "{", read_folder, "not JSON"),
        (SMALL, "[]", read_folder, "is no facts file"),
        (SMALL, '{"openapi": "3.0.0"}', read_folder, "is no facts file"),
        ("history.json", "{", load_history, "is no history.*make regenerate` writes it anew"),
        ("history.json", '{"releases": []}', load_history, "is no history"),
        ("history.json", '{"releases": [], "operations": {"GET /a": 1}}', load_history, "is no history"),
        ("releases.toml", "[[release]\n", load_releases, "is no table of releases"),
        ("releases.toml", "[[release]]\ncolour = 'red'\n", load_releases, "is no table of releases"),
    ],
)
def test_is_refused_by_name(tmp_path: Path, file: str, text: str, read: Callable[[Path], Any], complaint: str):
    (tmp_path / file).write_text(text)
    with pytest.raises(DocumentError, match=complaint) as caught:
        read(tmp_path)
    assert str(caught.value).startswith(str(tmp_path / file))


def test_an_empty_folder_has_no_spec_and_no_history(tmp_path: Path):
    with pytest.raises(DocumentError, match=r"holds no xo-<release>\.json"):
        newest_spec(tmp_path)
    history = load_history(tmp_path)
    assert history == History()
    assert history.inputs_since("GET /vms", "query") == history.values_since("GET /vms", "query") == {}


def test_what_disagrees_with_the_facts_is_reported_line_by_line(tmp_path: Path):
    specs = tmp_path / "specs"
    specs.mkdir()
    for name in (SMALL, "xo-6.6.json", "releases.toml", "history.json"):
        shutil.copy(SPECS / name, specs)
    table = (specs / "releases.toml").read_text()
    table = table.replace('release = "6.6"', 'release = "6.6.99"').replace("operations = 270", "operations = 269")
    (specs / "releases.toml").write_text(table)
    text = "\n".join(stale_records(specs))
    assert "releases.toml does not name 6.6; " in text
    assert "releases.toml names 6.6.99, and there is no xo-6.6.99.json" in text
    cure = "`python -m generator import --file specs/xo-6.7.json --release 6.7` writes it anew"
    assert f"releases.toml: 6.7 has 270 operations and rest-api 0.37.0; {cure}" in text
    assert "history.json is not what the facts give; `make regenerate` writes it anew" in text


def test_a_build_writes_anew_what_follows_from_the_facts(tmp_path: Path):
    specs, overrides = tmp_path / "specs", load_overrides(OVERRIDES)
    specs.mkdir()
    for name in ("xo-6.6.json", SMALL):
        shutil.copy(SPECS / name, specs)
    shutil.copytree(SPECS / "jsonrpc", specs / "jsonrpc")
    refresh_history(specs, Memory(tmp_path, "first", "specs"))
    good, example = (specs / FILE).read_bytes(), specs / "diff-6.6-to-6.7.md"
    for path, text in ((specs / FILE, "<<<<<<< HEAD"), (example, "old words")):
        path.write_text(text)
    memory, other = Memory(tmp_path, "history", "specs"), Memory(tmp_path, "examples", "specs")
    assert refresh_history(specs, memory) == [specs / FILE]
    assert (specs / FILE).read_bytes() == good
    history = load_history(specs)
    assert stale_examples(specs, overrides, history) == [
        f"{example.name} is not what `python -m generator diff` says now; `make regenerate` writes it anew"
    ]
    assert refresh_examples(specs, overrides, history, other) == [example]
    assert stale_examples(specs, overrides, history) == []
    assert refresh_examples(specs, overrides, history, other) == []
    memory.keep()
    assert refresh_history(specs, memory) == []
    (specs / FILE).write_text("{}")
    assert refresh_history(specs, memory) == [specs / FILE]
