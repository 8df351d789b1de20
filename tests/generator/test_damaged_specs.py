"""Files below `specs/` that somebody edited: refused by name, never with a traceback."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from generator.errors import DocumentError
from generator.history.history import History, load_history
from generator.history.tracing import read_folder, stale_records
from generator.layout import SPECS
from generator.specs.releases import load_releases
from generator.specs.specs import newest_spec

SMALL = "xo-6.7.json"


@pytest.mark.parametrize(
    ("file", "text", "read", "complaint"),
    [
        (SMALL, "{", read_folder, "not JSON"),
        (SMALL, "[]", read_folder, "is no facts file"),
        (SMALL, '{"openapi": "3.0.0"}', read_folder, "is no facts file"),
        ("history.json", "{", load_history, "is no history.*import` writes it anew"),
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
    lines = stale_records(specs)
    assert "releases.toml does not name 6.6" in lines
    assert "releases.toml names 6.6.99, and there is no xo-6.6.99.json" in lines
    assert "releases.toml: 6.7 has 270 operations and rest-api 0.37.0" in lines
    assert "history.json is not what the facts give" in lines
