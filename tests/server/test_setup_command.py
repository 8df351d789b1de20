"""`setup`: an entry of ours in a client's own file, everything else as it was, and never a token."""

import json
import os
import re
import stat
import subprocess
import sys
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML
from xo_mcp.errors import ConfigError
from xo_mcp.program import cli, jsonc, setup_command
from xo_mcp.program.client_files import with_entry
from xo_mcp.program.clients import CLIENTS, Launch, SettingsFolders

URL = "https://xo.example.org"
TOKEN = "planted-xo-token-which-must-not-be-written"
ROOT = Path(__file__).resolve().parents[2]
LAUNCH = Launch("/opt/xo/bin/xen-orchestra-mcp", (), {"XO_URL": URL}, ("XO_TOKEN",))

# As each client's documentation shows such files, with what people add to them.
FILES: dict[str, str] = {
    "claude-desktop": """{
  "globalShortcut": "Cmd+Space",
  "mcpServers": {
    "files": {"command": "npx", "args": []}
  }
}
""",
    "claude-code": '{"numStartups": 7, "projects": {"/home/you": {"mcpServers": {}}}}',
    "cursor": '{\n\t// ours\n\t"mcpServers": {\n\t\t"a": { "url": "https://a.example.org" }, // keep\n\t},\n}\n',
    "vscode": """{
    // asked once
    "inputs": [
        { "type": "promptString", "id": "other" } // theirs
    ],
    "servers": {}
}""",
    "codex": """model = "gpt-5" # mine

[mcp_servers.docs]
command = "npx"

[mcp_servers.docs.env]
A = "1"

[projects."/home/you"]
trust_level = "trusted"
""",
    "gemini": '{\n  /* dark */ "ui": { "theme": "GitHub" }\n}\n',
    "zed": '// Zed settings\n{\n  "vim_mode": true,\n  "languages": { "Python": { "tab_size": 4 } },\n}\n',
    "windsurf": '{"mcpServers":{}}',
    "goose": "GOOSE_PROVIDER: openai  # mine\nextensions:\n  developer:\n    enabled: true\n    args: [a, 'b']\n",
    "lmstudio": "",
}
SECRET_OF: dict[str, Callable[[Mapping[str, Any]], Any]] = {
    "claude-code": lambda entry: entry["env"]["XO_TOKEN"] == "${XO_TOKEN}",
    "cursor": lambda entry: entry["env"]["XO_TOKEN"] == "${env:XO_TOKEN}",
    "vscode": lambda entry: entry["env"]["XO_TOKEN"] == "${input:xo-token}",
    "codex": lambda entry: entry["env_vars"] == ["XO_TOKEN"] and "XO_TOKEN" not in entry["env"],
    "gemini": lambda entry: entry["env"]["XO_TOKEN"] == "$XO_TOKEN",
    "windsurf": lambda entry: entry["env"]["XO_TOKEN"] == "${env:XO_TOKEN}",
    "goose": lambda entry: entry["env_keys"] == ["XO_TOKEN"] and "XO_TOKEN" not in entry["envs"],
}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in [*os.environ]:
        if name.startswith(("XO_", "XDG_")) or name in {"CODEX_HOME", "CLAUDE_CONFIG_DIR"}:
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XO_URL", URL)
    return tmp_path


def read(form: str, text: str) -> Any:
    """What a file says, by another reader than ours where there is one."""
    if form == "toml":
        return tomllib.loads(text)
    if form == "yaml":
        return YAML(typ="safe", pure=True).load(text)
    # YAML takes JSON with a trailing comma, but no such comments.
    plain = re.sub(r"(?m)(^|\s)//[^\n]*|/\*.*?\*/", " ", text)
    return YAML(typ="safe", pure=True).load(plain.replace("\t", " ")) or {}


def token_file(folder: Path) -> Path:
    file = folder / ".xo-token"
    file.write_text(TOKEN)
    return file


def set_up(*words: str) -> int:
    return cli.main(["setup", *words])


@pytest.mark.parametrize("name", CLIENTS)
def test_the_entry_goes_into_the_file_and_all_else_stays(
    home: Path, name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    client = CLIENTS[name]
    monkeypatch.setenv("XO_TOKEN_FILE", str(token_file(home)))
    file = client.file(SettingsFolders("linux", os.environ))
    assert file.is_relative_to(home)
    file.parent.mkdir(parents=True, exist_ok=True)
    before = FILES[name]
    if before:
        file.write_text(before)
        file.chmod(0o640)
    assert set_up(name, "--yes", "--enable-actions", "--toolsets=vms,hosts") == 0
    after = file.read_text()
    reported = capsys.readouterr().out
    assert str(file) in reported
    assert TOKEN not in after + reported
    data = read(client.form, after)
    entry = data[client.section].pop("xen-orchestra")
    held = entry.get("env") or entry.get("envs")
    assert held == {
        "XO_URL": URL,
        "XO_TOKEN_FILE": str(home / ".xo-token"),
        "XO_MCP_ENABLE_ACTIONS": "1",
        "XO_MCP_TOOLSETS": "vms,hosts",
    }
    started = [entry.get("command") or entry["cmd"], *entry["args"], "version"]
    assert "for Xen Orchestra" in subprocess.run(started, capture_output=True, text=True, check=True).stdout
    # What was there says what it said, and each line of it is there in its order, comments too.
    expected = read(client.form, before) if before else {}
    expected.setdefault(client.section, {})
    assert data == expected
    left = iter(line.strip().rstrip(",{}") for line in after.splitlines())
    for line in before.splitlines():
        assert any(line.strip().rstrip(",{}") in candidate for candidate in left), line
    kept = list(file.parent.glob(f"{file.name}.*.bak"))
    assert [each.read_text() for each in kept] == ([before] if before else [])
    assert stat.S_IMODE(file.stat().st_mode) == (0o640 if before else 0o600)
    # Once more is nothing to do, and other settings replace the entry.
    assert set_up(name, "--yes", "--enable-actions", "--toolsets=vms,hosts") == 0
    assert file.read_text() == after
    assert "already" in capsys.readouterr().out
    assert set_up(name, "--yes") == 0
    other = read(client.form, file.read_text())[client.section]["xen-orchestra"]
    assert (other.get("env") or other["envs"]) == {"XO_URL": URL, "XO_TOKEN_FILE": str(home / ".xo-token")}


@pytest.mark.parametrize("name", CLIENTS)
def test_no_secret_is_written_but_where_the_client_gets_it(
    home: Path, name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("XO_TOKEN", TOKEN)
    client = CLIENTS[name]
    file = client.file(SettingsFolders("linux", os.environ))
    assert file.is_relative_to(home)
    if not client.supplies:
        assert set_up(name, "--yes") == 2
        assert "XO_TOKEN_FILE" in capsys.readouterr().err
        assert not file.exists()
        return
    assert set_up(name, "--yes") == 0
    text = file.read_text()
    assert TOKEN not in text + capsys.readouterr().out
    data = read(client.form, text)
    assert SECRET_OF[name](data[client.section]["xen-orchestra"])
    if name == "vscode":
        (asked,) = data["inputs"]
        assert asked == {
            "type": "promptString",
            "id": "xo-token",
            "description": "Xen Orchestra token",
            "password": True,
        }
    assert file.parent.is_dir()
    assert [each.name for each in file.parent.iterdir() if each.is_file()] == [file.name]
    monkeypatch.delenv("XO_TOKEN")
    monkeypatch.setenv("XO_USERNAME", "you")
    monkeypatch.setenv("XO_PASSWORD", TOKEN)
    assert set_up(name, "--yes") == 0
    text = file.read_text()
    assert TOKEN not in text
    assert "XO_PASSWORD" in text
    assert "XO_TOKEN" not in text


def test_what_vscode_asks_for_is_added_once(home: Path):
    file = home / "mcp.json"
    file.write_text(FILES["vscode"])
    for _ in range(2):
        assert set_up("vscode", "--yes", "--file", str(file)) == 0
    data = jsonc.parse(file.read_text())
    assert [each["id"] for each in data["inputs"]] == ["other", "xo-token"]
    assert "// theirs" in file.read_text()


BROKEN = {
    "json": ["{", "[1]", '{"a": 1}}', '{"mcpServers": 1}', '{"a": 1} // theirs'],
    "jsonc": ["{", "[1]", '{"a": 1}} // b', '{"mcpServers": 1, "servers": 1, "context_servers": []}', '{"a": /* 1}'],
    "toml": ["a = b: ]", "mcp_servers = 1", '[mcp_servers]\n"a'],
    "yaml": ["a: b: c", "- 1", "extensions: 1", "a: [1"],
}


@pytest.mark.parametrize("name", CLIENTS)
def test_a_broken_file_is_refused_and_stays(
    home: Path, name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("XO_TOKEN_FILE", str(token_file(home)))
    file = home / "settings"
    for broken in [*(text.encode() for text in BROKEN[CLIENTS[name].form]), b"\xff\xfe{"]:
        file.write_bytes(broken)
        assert set_up(name, "--yes", "--file", str(file)) == 2, broken
        assert "was left as it is" in capsys.readouterr().err
        assert file.read_bytes() == broken
        assert {each.name for each in home.iterdir()} == {".xo-token", "settings"}


@pytest.mark.parametrize(("answer", "code"), [("y\n", 0), ("yes\n", 0), ("n\n", 1), ("\n", 1), ("", 1)])
def test_it_asks_before_it_writes(home: Path, answer: str, code: int):
    environment = {"HOME": str(home), "XO_URL": URL, "PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT / "generated")}
    done = subprocess.run(
        [sys.executable, "-m", "xo_mcp", "setup", "cursor"],
        input=answer,
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )
    assert done.returncode == code, done.stderr
    assert '"mcpServers"' in done.stdout
    assert (home / ".cursor" / "mcp.json").exists() == (code == 0)
    assert done.stdout.strip().endswith("Restart Cursor." if code == 0 else "Nothing was written.")


def test_what_to_do_then_names_the_client():
    assert all("{title}" in client.then for client in CLIENTS.values())


def test_a_link_stays_one_and_a_file_that_changes_meanwhile_is_not_overwritten(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    target = home / "dotfiles" / "mcp.json"
    target.parent.mkdir()
    target.write_text("{}")
    (home / ".cursor").mkdir()
    (home / ".cursor" / "mcp.json").symlink_to(target)
    assert set_up("cursor", "--yes") == 0
    assert (home / ".cursor" / "mcp.json").is_symlink()
    assert URL in target.read_text()

    def meanwhile() -> bool:
        target.write_text('{"mcpServers": {"new": {}}}')
        return True

    monkeypatch.setattr(setup_command, "_agreed", meanwhile)
    assert set_up("cursor", "--enable-actions") == 2
    assert "changed meanwhile" in capsys.readouterr().err
    assert target.read_text() == '{"mcpServers": {"new": {}}}'


def test_a_project_has_a_file_of_its_own(home: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(home)
    assert set_up("claude-code", "--project", "--yes", "--name", "xo") == 0
    assert "xo" in json.loads((home / ".mcp.json").read_text())["mcpServers"]
    assert not (home / ".claude.json").exists()


@pytest.mark.parametrize(
    ("words", "variables", "part"),
    [
        (["cursr"], {}, "did you mean cursor"),
        (["cursor", "zed"], {}, "takes one of"),
        (["cursor", "--yes"], {"XO_URL": ""}, "say which Xen Orchestra"),
        (["cursor", "--yes"], {"XO_URL": "https://you:secret@xo"}, "holds a password"),
        (["cursor", "--yes"], {"XO_TOKEN_FILE": "/nowhere"}, "can't read"),
        (["goose", "--project", "--yes"], {}, "no configuration of a project"),
        (["cursor", "--yes", "--transport", "http"], {}, "start this server themselves"),
    ],
)
def test_what_can_not_be_done_is_reported(
    home: Path, words: list[str], variables: dict[str, str], part: str, capsys: pytest.CaptureFixture[str]
):
    with pytest.MonkeyPatch.context() as patch:
        for name, value in variables.items():
            patch.setenv(name, value)
        assert set_up(*words) == 2
    said = capsys.readouterr().err
    assert part in said
    assert "secret" not in said
    assert not [each for each in home.rglob("*") if each.is_file()]


def test_alone_it_lists_the_clients(home: Path, capsys: pytest.CaptureFixture[str]):
    assert set_up() == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(CLIENTS)
    assert str(home) in lines[0]


@pytest.mark.parametrize(
    ("system", "name", "path"),
    [
        ("macos", "claude-desktop", "/h/Library/Application Support/Claude/claude_desktop_config.json"),
        ("macos", "vscode", "/h/Library/Application Support/Code/User/mcp.json"),
        ("macos", "zed", "/h/.config/zed/settings.json"),
        ("macos", "goose", "/h/.config/goose/config.yaml"),
        ("windows", "claude-desktop", "/h/roaming/Claude/claude_desktop_config.json"),
        ("windows", "goose", "/h/roaming/Block/goose/config/config.yaml"),
        ("windows", "zed", "/h/roaming/Zed/settings.json"),
        ("windows", "codex", "/h/.codex/config.toml"),
        ("linux", "codex", "/h/.codex/config.toml"),
        ("linux", "claude-code", "/h/.claude.json"),
    ],
)
def test_each_system_has_its_places(system: Any, name: str, path: str):
    folders = SettingsFolders(system, {"HOME": "/h", "USERPROFILE": "/h", "APPDATA": "/h/roaming"})
    assert CLIENTS[name].file(folders) == Path(path)


def test_readme_names_every_client():
    page = (ROOT / "README.md").read_text()
    assert all(f"`{name}`" in page for name in CLIENTS)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=60)
@given(
    data=st.dictionaries(st.text(max_size=5), VALUES, max_size=3),
    servers=st.none() | st.dictionaries(st.text(max_size=5), VALUES, max_size=3),
    name=st.text(),
    indent=st.sampled_from([None, 0, 1, 4, "\t"]),
)
def test_any_json_is_added_to(
    data: dict[str, Any], servers: dict[str, Any] | None, name: str, indent: int | str | None
):
    whole = {**data, **({} if servers is None else {"servers": servers})}
    if not isinstance(whole.get("servers"), dict | None):
        whole.pop("servers")
    entry = CLIENTS["vscode"].entry(LAUNCH)
    written = with_entry("jsonc", json.dumps(whole, indent=indent), "servers", name, entry)
    assert json.loads(written) == {**whole, "servers": {**(whole.get("servers") or {}), name: entry}}


@given(text=st.text(alphabet='{}[]",:/*\\ \n\t1a'), form=st.sampled_from(["json", "jsonc", "toml", "yaml"]))
def test_any_text_is_added_to_or_refused(text: str, form: Any):
    entry = CLIENTS["cursor"].entry(LAUNCH)
    try:
        written = with_entry(form, text, "servers", "xo", entry)
    except ConfigError:
        return
    # The whole of it is checked within; that our entry is there, here.
    assert "/opt/xo/bin/xen-orchestra-mcp" in written
