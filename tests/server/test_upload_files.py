"""Files of the upload folder: read whole however the system hands them out, and named where one is not found."""

import os
from pathlib import Path

import pytest
from xo_mcp.errors import ArgumentError
from xo_mcp.transfer.folders import download_folder, open_upload

CONTENT = bytes(range(256)) * 40


def refusal(folder: Path | None, file: str) -> str:
    with pytest.raises(ArgumentError) as caught:
        open_upload(folder, file)
    return str(caught.value)


@pytest.mark.parametrize("longest", [1, 7, 1000, len(CONTENT)])
def test_reads_that_come_up_short_are_put_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, longest: int):
    (tmp_path / "disk").write_bytes(CONTENT)
    read = os.read
    monkeypatch.setattr(os, "read", lambda descriptor, size: read(descriptor, min(size, longest)))
    with open_upload(tmp_path, "disk") as file:
        assert file.read(3000) == CONTENT[:3000]
        assert file.read(len(CONTENT)) == CONTENT[3000:]
        assert file.read(1) == b""


def test_a_closed_file_reads_nothing_else(tmp_path: Path):
    (tmp_path / "disk").write_bytes(CONTENT)
    file = open_upload(tmp_path, "disk")
    file.close()
    file.close()
    with pytest.raises(OSError, match="Bad file descriptor"):
        file.read(1)


def test_what_is_there_is_listed_four_folders_deep(tmp_path: Path):
    folder = tmp_path
    for depth in range(6):
        folder = folder / f"d{depth}"
        folder.mkdir()
        (folder / f"file{depth}").touch()
    listed = "Available: d0/d1/d2/d3/file3, d0/d1/d2/file2, d0/d1/file1, d0/file0."
    assert refusal(tmp_path, "other") == f"There is no file 'other' in the upload folder. {listed}"


def test_ten_files_are_listed_the_likeliest_first_and_the_rest_counted(tmp_path: Path):
    for number in range(12):
        (tmp_path / f"a{number:02d}").touch()
    (tmp_path / "web.vhd").touch()
    text = refusal(tmp_path, "web.vdh")
    assert "Available: web.vhd, a00, a01, a02, a03, a04, a05, a06, a07, a08 and 3 more." in text


def test_an_empty_folder_is_called_so(tmp_path: Path):
    assert refusal(tmp_path, "disk") == "There is no file 'disk' in the upload folder. The folder holds no files."


def test_a_link_is_reported_with_what_to_do(tmp_path: Path):
    (tmp_path / "disk").touch()
    (tmp_path / "link").symlink_to(tmp_path / "disk")
    assert refusal(tmp_path, "link") == (
        "`file` 'link' goes over a symbolic link, and these are not followed: copy the file itself into the upload"
        " folder."
    )


def test_a_download_folder_is_made_once_and_only_for_its_owner(tmp_path: Path):
    folder = tmp_path / "a" / "b"
    assert download_folder(folder) == download_folder(folder) == folder.resolve()
    assert folder.stat().st_mode & 0o777 == 0o700
    (tmp_path / "file").touch()
    with pytest.raises(ArgumentError) as caught:
        download_folder(tmp_path / "file")
    assert str(caught.value).startswith(f"The download folder {tmp_path / 'file'} can't be used (File exists): check ")
