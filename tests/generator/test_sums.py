"""Facts that an import wrote are taken as they are; anything else is validated first."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from newest import NEXT, RELEASES

from generator.errors import SpecError
from generator.history.tracing import stale_records
from generator.importing.importer import import_spec
from generator.importing.sources import Source
from generator.specs import sums
from generator.specs.specs import load_document, plugin_files, release_files

SPECS = Path(__file__).parents[2] / "specs"
NO_OPENAPI = {"openapi": "3.0.0", "info": {"title": "t", "version": "1"}, "paths": {"/a": {"get": {"tags": "vms"}}}}


@pytest.fixture
def specs(tmp_path: Path) -> Path:
    """A folder that keeps fingerprints, with one release in it."""
    shutil.copy(SPECS / "xo-6.7.json", tmp_path)
    (tmp_path / sums.FILE).write_text("")
    import_spec(Source(file=tmp_path / "xo-6.7.json"), out=tmp_path / "xo-6.7.json")
    return tmp_path


def test_every_committed_facts_file_has_its_fingerprint():
    files = [*release_files(SPECS).values(), *plugin_files(SPECS)]
    assert len(files) == len(RELEASES) + len([*(SPECS / "plugins").glob("*.json")])
    assert sums.unrecorded(files) == []


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="no sha256sum here")
def test_sha256sum_reads_the_fingerprints():
    for folder in (SPECS, SPECS / "plugins"):
        done = subprocess.run(["sha256sum", "-c", "--strict", sums.FILE], cwd=folder, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr


def test_an_import_records_what_it_wrote(specs: Path):
    path = specs / "xo-6.7.json"
    assert sums.is_recorded(path)
    facts = json.loads(path.read_bytes())
    del facts["paths"]["/vms"]
    path.write_text(json.dumps(facts))
    assert not sums.is_recorded(path)
    assert "xo-6.7.json is not what SHA256SUMS beside it says; import it anew: --file FILE --out FILE" in (
        stale_records(specs)
    )
    assert import_spec(Source(file=path), out=path).change == "changed"
    assert sums.is_recorded(path)
    assert "/vms" not in load_document(path)["paths"]


def test_what_no_import_wrote_is_validated(specs: Path):
    path = specs / f"xo-{NEXT}.json"
    path.write_text(json.dumps(NO_OPENAPI))
    with pytest.raises(SpecError, match="GET /a > tags"):
        load_document(path)
    # Recording it says that it holds: this is what saves the time.
    sums.record(path)
    assert load_document(path) == NO_OPENAPI


def test_a_folder_without_fingerprints_gets_none(tmp_path: Path):
    path = tmp_path / "xo-6.7.json"
    shutil.copy(SPECS / path.name, path)
    sums.record(path)
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]
    assert not sums.is_recorded(path)
    assert sums.unrecorded([path]) == []
