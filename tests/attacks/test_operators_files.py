"""Odd files and paths of the operator's own machine: reported in a sentence, left as is, and never read in part."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from xo_mcp import files
from xo_mcp.config.config import require_files, resolve
from xo_mcp.config.identity import parse_identity
from xo_mcp.config.instances import MOST, load_instances
from xo_mcp.errors import ConfigError
from xo_mcp.program import cli, client_files, setup_command
from xo_mcp.releases.probing import _cache_file
from xo_mcp.web.bearer import FileTokens

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="has no such files")
SERVERS = {"json": "lmstudio", "jsonc": "vscode", "toml": "codex", "yaml": "goose"}
LAUGHS = "\n".join(["a0: &a0 [x, x]", *(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 40))])
HOSTILE: list[tuple[str, str]] = [
    ("json", "[" * 50_000),
    ("jsonc", '{"inputs": {"a": 1}}'),
    ("jsonc", '{"inputs": 5}'),
    ("jsonc", '{"inputs": "abc"}'),
    ("toml", "a = " + "[" * 150 + "]" * 150),
    ("toml", "a = nan"),
    ("toml", "mcp_servers = {x = {command = 'a'}}"),
    ("toml", "mcp_servers.xen-orchestra.command = 'a'\nb = 1\n[mcp_servers.c]\nd = 1"),
    ("yaml", LAUGHS),
    ("yaml", "a: &a [*a]"),
    ("yaml", "extensions: &a\n  b: *a"),
    ("yaml", "a: !!python/object/apply:os.system [exit]"),
    ("yaml", "a: 1\n---\nb: 2"),
]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in [*os.environ]:
        if name.startswith(("XO_", "XDG_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XO_URL", "https://xo.example.org")
    monkeypatch.setenv("XO_TOKEN", "a-token-of-xo-0123456789")
    return tmp_path


def set_up(name: str, file: Path | str, *more: str) -> int:
    return cli.main(["setup", name, "--yes", "--file", str(file), *more])


@pytest.mark.parametrize(("form", "text"), HOSTILE)
def test_a_client_s_file_that_can_not_be_edited_stays_as_it_is(
    folder: Path, form: str, text: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    if form == "json":
        monkeypatch.setenv("XO_TOKEN_FILE", str(folder / "token"))
        (folder / "token").write_text("t" * 30)
    file = folder / "settings"
    file.write_text(text)
    before = {each.name for each in folder.iterdir()}
    assert set_up(SERVERS[form], file) == 2
    assert "was left as it is" in capsys.readouterr().err
    assert file.read_text() == text
    assert {each.name for each in folder.iterdir()} == before


def test_inputs_of_any_shape_are_kept(folder: Path):
    file = folder / "mcp.json"
    file.write_text('{"inputs": [1, [2], null, {"id": [1]}, {"id": {"a": 1}}]}')
    assert set_up("vscode", file) == 0
    assert '[1, [2], null, {"id": [1]}, {"id": {"a": 1}}' in file.read_text()


def loop(file: Path) -> None:
    file.symlink_to(file)


def locked(file: Path) -> None:
    file.write_text("{}")
    file.chmod(0o400)


@pytest.mark.parametrize("make", [loop, os.mkfifo, Path.mkdir, locked, lambda file: file.symlink_to("/dev/zero")])
def test_a_path_that_can_not_be_written_is_reported(
    folder: Path, make: Callable[[Path], None], capsys: pytest.CaptureFixture[str]
):
    file = folder / "settings"
    make(file)
    # Where Python follows no loop, the link itself is replaced: that does no harm either.
    assert set_up("cursor", file) == 2 or make is loop
    assert "Traceback" not in capsys.readouterr().err
    assert make is not locked or file.read_text() == "{}"


def test_a_name_or_path_that_is_no_text_is_not_written(folder: Path, capsys: pytest.CaptureFixture[str]):
    for name in SERVERS.values():
        if name != "lmstudio":
            for more in (["--name", "a\udcff"], ["--name", "\x1b[2J"], ["--audit-log", "/tmp/\udcff"]):
                assert set_up(name, folder / "settings", *more) == 2
                assert "not printable" in capsys.readouterr().err
    assert not (folder / "settings").exists()


def test_a_file_that_is_too_large_is_not_read_in_part(folder: Path, monkeypatch: pytest.MonkeyPatch):
    """Its rest would be lost by who writes it again, and a token cut in two would be another one."""
    file = folder / "tokens"
    file.write_text("alice alice-token-0123456789\n#" + "x" * 1_048_576)
    with pytest.raises(ConfigError, match="more than 1,048,576 bytes"):
        FileTokens(file)
    monkeypatch.setattr(setup_command, "EDITED", 10)
    file.write_text("# mine\na = 1\n# ours\n")
    assert set_up("codex", file) == 2
    assert file.read_text().endswith("# ours\n")
    with pytest.raises(OSError, match="more than 3 bytes"):
        files.read_regular(file, 3)


def test_a_configuration_is_bounded_before_it_is_compared():
    with pytest.raises(ConfigError, match="more than"):
        client_files._read("yaml", LAUGHS)


PATHS = {"XO_TOKEN_FILE": "token_file", "XO_MCP_AUDIT_LOG": "audit_log", "XO_MCP_DOWNLOAD_DIR": "download_dir"}


@pytest.mark.parametrize("variable", PATHS)
def test_a_path_below_the_folder_of_an_unknown_user_is_reported(variable: str):
    with pytest.raises(ConfigError, match=f"{variable}: ~nobody-at-all is the folder of no user"):
        resolve({}, {variable: "~nobody-at-all/x"})


@pytest.mark.parametrize("path", ["${user_config.downloads}", "${HOME}/Downloads", "<folder>"])
def test_a_path_that_a_client_did_not_fill_in_makes_no_folder(path: str):
    with pytest.raises(ConfigError, match="a placeholder: your client did not"):
        resolve({}, {"XO_MCP_DOWNLOAD_DIR": path})


@pytest.mark.parametrize("variable", ["XO_MCP_DOWNLOAD_DIR", "XO_MCP_UPLOAD_DIR"])
def test_a_path_that_is_too_long_is_reported(variable: str):
    with pytest.raises(ConfigError, match="File name too long"):
        require_files(resolve({}, {variable: "x" * 5_000}))


@pytest.mark.parametrize(
    "text",
    [
        "a = " + "[" * 5_000,
        "a = " + "9" * 5_000,
        "\xff",
        *(
            f'[a]\nurl = "https://a"\ntoken_file = "{file}"'
            for file in ("x\\u0000y", "~nobody-at-all/x", "x" * 5_000, "/dev/zero")
        ),
        '["\\u001b[2J"]\nurl = "https://a"',
        "".join(f"[a{number}]\n" for number in range(MOST + 1)),
    ],
    ids=lambda text: text[:40],
)
def test_whatever_the_file_of_instances_holds_is_reported(folder: Path, text: str):
    file = folder / "instances.toml"
    file.write_bytes(text.encode("latin-1"))
    with pytest.raises(ConfigError) as caught:
        load_instances(resolve({}, {"XO_MCP_INSTANCES": str(file)}))
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("word", ["x\0y", "~nobody-at-all/x", "x" * 5_000, "/dev/zero", ".", "--toolsets=\0"])
def test_a_client_s_line_that_names_no_file_takes_only_itself_out(folder: Path, word: str):
    config = resolve({}, {"XO_URL": "https://xo.example.org"})
    with pytest.raises(ConfigError):
        parse_identity("alice", [word], config, folder)


def test_a_user_without_a_folder_needs_none(monkeypatch: pytest.MonkeyPatch):
    def nobody(_: type[Path]) -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", classmethod(nobody))
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    assert not _cache_file("https://xo.example.org").parent.exists()


def test_ctrl_c_at_the_question_is_no_fault(folder: Path, monkeypatch: pytest.MonkeyPatch):
    def interrupt(_: str) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr("builtins.input", interrupt)
    assert cli.main(["setup", "cursor", "--file", str(folder / "settings")]) == cli.INTERRUPTED
    assert not (folder / "settings").exists()
