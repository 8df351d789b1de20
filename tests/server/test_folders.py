"""The download folder: safe names, whole files, nothing overwritten."""

import errno
import os
import stat
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from xo_mcp.errors import ArgumentError, TransferError
from xo_mcp.transfer import partfile
from xo_mcp.transfer.filenames import FileName, given_name, name_of, safe_name
from xo_mcp.transfer.folders import download_folder
from xo_mcp.transfer.partfile import PartFile, Space

UUID = "6db5acbc-cb97-5e7a-8a48-8f8728ec375c"
NAME = FileName("vm-1", ".xva")


@pytest.mark.parametrize(
    ("route", "path", "expected"),
    [
        ("/vms/{id}.{format}", {"id": UUID, "format": "xva"}, f"vm-{UUID}.xva"),
        ("/vm-templates/{id}.{format}", {"id": UUID, "format": "ova"}, f"vm-template-{UUID}.ova"),
        ("/vdi-snapshots/{id}.{format}", {"id": UUID, "format": "raw"}, f"vdi-snapshot-{UUID}.raw"),
        ("/hosts/{id}/logs.tgz", {"id": UUID}, f"host-{UUID}-logs.tgz"),
        ("/hosts/{id}/audit.txt", {"id": UUID}, f"host-{UUID}-audit.txt"),
        ("/proxies/{id}/report", {"id": "p"}, "proxy-p-report"),
        ("/vms/{id}.{format}", {"id": "../../etc/passwd", "format": "xva"}, "vm-.._.._etc_passwd.xva"),
    ],
)
def test_a_name_says_what_was_exported(route: str, path: dict[str, Any], expected: str):
    assert str(name_of(route, path)) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("web", "web.xva"),
        ("web.XVA", "web.xva"),
        ("web.xva.gz", "web.xva.gz"),
        ("web.exe", "web.exe.xva"),
        ("  web  server ", "web server.xva"),
        ("../../etc/passwd", "_.._etc_passwd.xva"),
        ("C:\\Windows\\x", "C__Windows_x.xva"),
        (".bashrc", "bashrc.xva"),
        ("-rf", "rf.xva"),
        ("CON", "_CON.xva"),
        ("com1.backup", "_com1.backup.xva"),
        ("a\u202egpj.exe", "agpj.exe.xva"),
        ("line\nbreak\x00\x1b[31m", "line break[31m.xva"),
        ("e\u0301t\u00e9", "\u00e9t\u00e9.xva"),
        ("\u9580" * 100, "\u9580" * 65 + ".xva"),
    ],
)
def test_a_wished_name_is_made_safe(given: str, expected: str):
    assert str(given_name(given, ".xva")) == expected


@pytest.mark.parametrize("nothing", ["", "..", "///", "\u200b", " . ", "\U000e0041"])
def test_a_name_of_nothing_is_refused(nothing: str):
    with pytest.raises(ArgumentError, match="use letters and digits"):
        given_name(nothing, ".xva")


@given(st.text(max_size=400), st.sampled_from(["", ".xva", ".txt"]))
def test_no_text_makes_an_unsafe_name(text: str, extension: str):
    try:
        name = given_name(text, extension)
    except ArgumentError:
        return
    whole = str(name)
    assert len(whole.encode()) <= 200
    assert len(name.numbered(9999).encode()) <= 210
    assert whole[0] not in ".-~ "
    assert not whole.endswith((" ", "."))
    assert not set(whole) & set('<>:"/\\|?*')
    assert not [sign for sign in whole if unicodedata.category(sign)[0] == "C"]
    assert whole.endswith(extension)
    assert safe_name(name.stem, name.extension) == name


def test_numbers_stand_before_the_extension():
    assert [NAME.numbered(number) for number in (1, 2, 3)] == ["vm-1.xva", "vm-1 (2).xva", "vm-1 (3).xva"]


def test_exports_need_a_folder():
    with pytest.raises(ArgumentError, match=r"--download-dir \(XO_MCP_DOWNLOAD_DIR\)"):
        download_folder(None)


def test_the_download_folder_is_made_for_its_owner_only(tmp_path: Path):
    made = download_folder(tmp_path / "new" / "exports")
    assert made.is_dir()
    assert made.stat().st_mode & 0o777 == 0o700


def test_a_download_folder_that_is_a_file_is_refused_by_flag(tmp_path: Path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(ArgumentError, match="--download-dir"):
        download_folder(tmp_path / "file")


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def store(folder: Path, content: bytes = b"content", space: Space | None = None) -> Path:
    part = PartFile(folder, NAME, space or Space(reserve=0))
    part.write(memoryview(content))
    part.sync()
    assert part.size == len(content)
    return part.publish()


def test_a_file_is_hidden_until_it_is_whole(tmp_path: Path):
    part = PartFile(tmp_path, NAME, Space(reserve=0))
    part.write(memoryview(b"half"))
    [hidden] = names(tmp_path)
    assert hidden.startswith(".vm-1.xva.")
    assert hidden.endswith(".part")
    assert (tmp_path / hidden).stat().st_mode & 0o777 == 0o600
    part.sync()
    assert part.publish() == tmp_path / "vm-1.xva"
    assert names(tmp_path) == ["vm-1.xva"]


@pytest.mark.parametrize("links", [True, False], ids=["links", "no-links"])
def test_nothing_is_ever_overwritten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, links: bool):
    def refuse(*_: Any, **__: Any) -> None:
        raise OSError(errno.EPERM, "no hard links here")

    if not links:
        monkeypatch.setattr(partfile.os, "link", refuse)
    (tmp_path / "vm-1.xva").write_text("precious")
    (tmp_path / "vm-1 (2).xva").symlink_to(tmp_path / "elsewhere")
    assert store(tmp_path).name == "vm-1 (3).xva"
    assert store(tmp_path).name == "vm-1 (4).xva"
    assert (tmp_path / "vm-1.xva").read_text() == "precious"
    assert not (tmp_path / "elsewhere").exists()
    assert (tmp_path / "vm-1 (3).xva").read_bytes() == b"content"


def test_files_finished_at_once_get_names_of_their_own(tmp_path: Path):
    contents = [b"%d" % number for number in range(40)]
    with ThreadPoolExecutor(8) as pool:
        paths = list(pool.map(lambda content: store(tmp_path, content), contents))
    assert len(set(paths)) == 40
    assert [path.read_bytes() for path in paths] == contents
    assert len(names(tmp_path)) == 40


def test_the_file_and_its_name_are_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    synced: list[str] = []
    fsync = os.fsync

    def record(descriptor: int) -> None:
        synced.append("folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file")
        fsync(descriptor)

    monkeypatch.setattr(partfile.os, "fsync", record)
    store(tmp_path)
    assert synced == ["file", "folder"]


@pytest.mark.parametrize(("code", "is_fine"), [(errno.EINVAL, True), (errno.EIO, False)])
def test_a_folder_that_can_not_be_synced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, code: int, is_fine: bool):
    fsync = os.fsync

    def refuse(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(code, os.strerror(code))
        fsync(descriptor)

    monkeypatch.setattr(partfile.os, "fsync", refuse)
    if is_fine:
        assert store(tmp_path).read_bytes() == b"content"
    else:
        with pytest.raises(TransferError, match="can't be written to"):
            store(tmp_path)
        assert not [name for name in names(tmp_path) if not name.endswith(".part")]


def test_a_discarded_file_leaves_nothing(tmp_path: Path):
    part = PartFile(tmp_path, NAME, Space(reserve=0))
    part.write(memoryview(b"half"))
    part.discard()
    part.discard()
    assert names(tmp_path) == []


def test_a_full_disk_is_explained(tmp_path: Path):
    part = PartFile(tmp_path, NAME, Space(reserve=0))
    assert part._descriptor is not None
    full = os.open("/dev/full", os.O_WRONLY)
    os.dup2(full, part._descriptor)
    os.close(full)
    with pytest.raises(TransferError, match="is full"):
        part.write(memoryview(b"x"))
    part.discard()
    assert names(tmp_path) == []


def test_a_missing_folder_is_reported_by_its_flag(tmp_path: Path):
    with pytest.raises(TransferError, match="--download-dir"):
        PartFile(tmp_path / "gone", NAME, Space(reserve=0))


def test_a_reserve_stays_free(tmp_path: Path):
    space = Space(reserve=100, free=lambda _: 150)
    space.require(tmp_path, 50)
    with pytest.raises(TransferError, match="150 B are free, and 51 B more and a reserve of 100 B are needed"):
        space.require(tmp_path, 51)
    free = Space().free(tmp_path)
    assert 0 < free < 2**60
