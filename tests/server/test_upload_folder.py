"""The upload folder: files below it are read, and there is no way out."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from xo_mcp.errors import ArgumentError
from xo_mcp.transfer import folders
from xo_mcp.transfer.folders import open_upload


@pytest.fixture(params=[True, False], ids=["walks", "checks"])
def uploads(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An upload folder, opened both ways: as on POSIX systems, and as where folders can't be opened."""
    monkeypatch.setattr(folders, "_WALKS", request.param)
    (tmp_path / "secret").write_text("secret")
    folder = tmp_path / "uploads"
    (folder / "disks").mkdir(parents=True)
    (folder / "web.xva").write_bytes(b"xva")
    (folder / "disks" / "web.vhd").write_bytes(b"vhd")
    (folder / ".hidden").write_bytes(b"x")
    (folder / "empty.raw").touch()
    (folder / "link").symlink_to(folder / "web.xva")
    (folder / "out").symlink_to(tmp_path / "secret")
    (folder / "up").symlink_to(tmp_path)
    (folder / "disks" / "loop").symlink_to(folder)
    os.mkfifo(folder / "pipe")
    return folder


def content(folder: Path, file: str) -> tuple[str, bytes]:
    with open_upload(folder, file) as opened:
        return opened.name, opened.read(opened.size)


@pytest.mark.parametrize(
    ("file", "name", "expected"),
    [
        ("web.xva", "web.xva", b"xva"),
        ("./web.xva", "web.xva", b"xva"),
        ("disks/web.vhd", "disks/web.vhd", b"vhd"),
        ("disks//./web.vhd", "disks/web.vhd", b"vhd"),
        (".hidden", ".hidden", b"x"),
    ],
)
def test_files_below_the_folder_are_read(uploads: Path, file: str, name: str, expected: bytes):
    assert content(uploads, file) == (name, expected)


def test_an_absolute_path_is_read_if_it_lies_inside(uploads: Path, tmp_path: Path):
    assert content(uploads, f"{uploads}/disks/web.vhd") == ("disks/web.vhd", b"vhd")
    (tmp_path / "alias").symlink_to(uploads)
    # The operator may name the folder by a link; what is below is not followed.
    assert content(tmp_path / "alias", f"{tmp_path}/alias/web.xva") == ("web.xva", b"xva")
    assert content(tmp_path / "alias", f"{uploads}/web.xva") == ("web.xva", b"xva")


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ("../secret", r"must not hold `\.\.`"),
        ("disks/../web.xva", r"must not hold `\.\.`"),
        ("/etc/passwd", "outside of the upload folder"),
        ("link", "symbolic link"),
        ("out", "symbolic link"),
        ("up/secret", "symbolic link"),
        ("disks/loop/web.xva", "symbolic link"),
        ("disks", "not a regular file"),
        ("pipe", "not a regular file"),
        ("empty.raw", "is empty"),
        ("", "must be a path"),
        (" ", "must be a path"),
        (".", "must be a file"),
        ("web.xva\0.txt", "must be a path"),
        ("web.xva/x", "There is no file"),
        ("x" * 5000, "There is no file"),
    ],
)
def test_there_is_no_way_out(uploads: Path, file: str, message: str):
    with pytest.raises(ArgumentError, match=message):
        open_upload(uploads, file)


def test_an_absolute_path_beside_the_folder_is_outside(uploads: Path):
    beside = Path(f"{uploads}-old")
    beside.mkdir()
    (beside / "x.vhd").write_text("x")
    with pytest.raises(ArgumentError, match="outside of the upload folder"):
        open_upload(uploads, f"{beside}/x.vhd")


@given(st.lists(st.sampled_from(["..", ".", "", "up", "out", "disks", "loop", "secret", "link", "/"]), max_size=6))
def test_no_path_reads_the_secret(parts: list[str]):
    # The folder is made once for all examples.
    folder = Path(os.environ["PYTEST_UPLOADS"])
    try:
        opened = open_upload(folder, "/".join(parts))
    except ArgumentError:
        return
    with opened:
        assert opened.read(opened.size) != b"secret"


@pytest.fixture(autouse=True, scope="module")
def shared_uploads(tmp_path_factory: pytest.TempPathFactory):
    base = tmp_path_factory.mktemp("shared")
    (base / "secret").write_text("secret")
    folder = base / "uploads"
    (folder / "disks").mkdir(parents=True)
    (folder / "out").symlink_to(base / "secret")
    (folder / "link").symlink_to("../secret")
    (folder / "up").symlink_to(base)
    (folder / "disks" / "loop").symlink_to("..")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTEST_UPLOADS", str(folder))
        yield


def test_a_missing_file_says_which_there_are(uploads: Path):
    with pytest.raises(ArgumentError) as refused:
        open_upload(uploads, "disks/wep.vhd")
    assert "There is no file 'disks/wep.vhd'" in str(refused.value)
    assert "Available: disks/web.vhd, empty.raw, web.xva." in str(refused.value)


def test_at_most_ten_files_are_reported(tmp_path: Path):
    for number in range(25):
        (tmp_path / f"disk-{number:02}.vhd").write_text("x")
    with pytest.raises(ArgumentError, match="and 15 more") as refused:
        open_upload(tmp_path, "nothing")
    assert str(refused.value).count(".vhd") == 10


def test_an_empty_folder_says_so(tmp_path: Path):
    with pytest.raises(ArgumentError, match="holds no files"):
        open_upload(tmp_path, "x")


def test_imports_need_a_folder(tmp_path: Path):
    with pytest.raises(ArgumentError, match=r"--upload-dir \(XO_MCP_UPLOAD_DIR\)"):
        open_upload(None, "x")
    with pytest.raises(ArgumentError, match="--upload-dir"):
        open_upload(tmp_path / "gone", "x")
    (tmp_path / "file").touch()
    with pytest.raises(ArgumentError, match="is not a folder"):
        open_upload(tmp_path / "file", "x")


def test_hostile_file_names_are_reported_harmlessly(tmp_path: Path):
    (tmp_path / "\u202eevil.vhd").write_text("x")
    with pytest.raises(ArgumentError) as refused:
        open_upload(tmp_path, "a\u202eb")
    assert "\u202e" not in str(refused.value)


def test_a_file_knows_whether_it_changed(tmp_path: Path):
    (tmp_path / "x").write_bytes(b"12345")
    with open_upload(tmp_path, "x") as opened:
        assert opened.is_unchanged()
        with (tmp_path / "x").open("ab") as file:
            file.write(b"6")
        assert not opened.is_unchanged()
