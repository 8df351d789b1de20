"""Flags, environment and the command line."""

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import tiny_package
from newest import NEWEST
from xo_mcp.config.config import Config, effective, require_files, resolve, shared_key
from xo_mcp.config.options import OPTIONS
from xo_mcp.errors import ConfigError
from xo_mcp.program.cli import main

SECRET = "planted-secret-token"


def configured(environment: Mapping[str, str] | None = None, **flags: Any) -> Config:
    return resolve(flags, environment or {})


def test_nothing_given_is_read_only_over_stdio():
    config = configured()
    assert (config.enable_actions, config.confirm, config.transport, config.output_budget) == (
        False,
        "destructive",
        "stdio",
        20_000,
    )
    assert config.sources == {}


def test_every_option_is_an_attribute_of_the_configuration_with_the_same_default():
    config = Config()
    for option in OPTIONS:
        expected = bool(option.default) if option.kind == "switch" else option.default
        assert getattr(config, option.name) == expected, option.name


def test_the_names_of_the_flags_table_of_the_design_are_there():
    flags = {option.flag for option in OPTIONS}
    wanted = """--url --insecure --ca-file --enable-actions --disable-destructive --allow-denied --toolsets --tools
    --exclude-tools --surface --confirm --xo-release --download-dir --upload-dir --transport --host --port
    --allowed-hosts --allowed-origins --auth-token-file --output-budget --audit-log --log-level"""
    assert set(wanted.split()) <= flags
    variables = {option.env for option in OPTIONS}
    wanted = """XO_URL XO_TOKEN XO_TOKEN_FILE XO_USERNAME XO_PASSWORD XO_INSECURE XO_CA_FILE XO_MCP_ENABLE_ACTIONS
    XO_MCP_DISABLE_DESTRUCTIVE XO_MCP_ALLOW_DENIED XO_MCP_TOOLSETS XO_MCP_TOOLS XO_MCP_EXCLUDE_TOOLS XO_MCP_DENY_LIST
    XO_MCP_SURFACE XO_MCP_CONFIRM XO_MCP_XO_RELEASE XO_MCP_DOWNLOAD_DIR XO_MCP_UPLOAD_DIR XO_MCP_TRANSPORT
    XO_MCP_HOST XO_MCP_PORT XO_MCP_ALLOWED_HOSTS XO_MCP_ALLOWED_ORIGINS XO_MCP_AUTH_TOKEN_FILE XO_MCP_OUTPUT_BUDGET
    XO_MCP_AUDIT_LOG XO_MCP_LOG_LEVEL"""
    assert set(wanted.split()) <= variables


def test_no_secret_can_be_given_as_a_flag():
    assert {option.name for option in OPTIONS if option.secret} == {"token", "password"}
    assert all(option.flag is None for option in OPTIONS if option.secret)


def test_a_flag_wins_over_the_environment():
    environment = {"XO_MCP_CONFIRM": "all", "XO_MCP_PORT": "1", "XO_MCP_ENABLE_ACTIONS": "1"}
    config = configured(environment, confirm="none", enable_actions=False)
    assert (config.confirm, config.port, config.enable_actions) == ("none", 1, False)
    assert config.sources == {"confirm": "--confirm", "port": "XO_MCP_PORT", "enable_actions": "--enable-actions"}


def test_each_switch_has_one_opposite_without_two_negations(capsys: pytest.CaptureFixture[str]):
    for arguments, said in ((["--no-jsonrpc"], "yes"), (["--no-jsonrpc", "--jsonrpc"], "no")):
        main(["config", "--url", "https://xo.example.org", *arguments])
        (line,) = [line for line in capsys.readouterr().out.splitlines() if "NO_JSONRPC" in line]
        assert line.split()[1] == said
    with pytest.raises(SystemExit):
        main(["--help"])
    assert "--no-no-" not in capsys.readouterr().out


@pytest.mark.parametrize(("text", "expected"), [("1", True), ("TRUE", True), ("on", True), ("0", False), ("no", False)])
def test_switches_read_the_usual_words(text: str, expected: bool):
    assert configured({"XO_MCP_ENABLE_ACTIONS": text}).enable_actions is expected


def test_an_empty_variable_is_one_that_is_not_set():
    config = configured({"XO_MCP_ENABLE_ACTIONS": "", "XO_URL": " ", "XO_MCP_PORT": ""})
    assert (config.enable_actions, config.url, config.port) == (False, None, 8000)


def test_lists_take_commas_and_repeated_flags():
    assert configured({"XO_MCP_DENY_LIST": "DeleteVm, HardShutdownVm,"}).deny_list == ("DeleteVm", "HardShutdownVm")
    assert configured(tools=["a,b", "c"]).tools == ("a", "b", "c")


@pytest.mark.parametrize(
    ("environment", "flags", "parts"),
    [
        ({"XO_MCP_CONFIRM": "sometimes"}, {}, ("XO_MCP_CONFIRM", "destructive, all, none", "sometimes")),
        ({}, {"port": "http"}, ("--port", "whole number", "http")),
        ({}, {"port": "70000"}, ("--port", "between 0 and 65535")),
        ({"XO_MCP_OUTPUT_BUDGET": "10"}, {}, ("XO_MCP_OUTPUT_BUDGET", "at least 2000")),
        ({"XO_MCP_ENABLE_ACTIONS": "maybe"}, {}, ("XO_MCP_ENABLE_ACTIONS", "1 (yes) or 0 (no)", "maybe")),
    ],
)
def test_a_wrong_value_names_its_place_and_what_would_do(
    environment: dict[str, str], flags: dict[str, str], parts: tuple[str, ...]
):
    with pytest.raises(ConfigError) as caught:
        configured(environment, **flags)
    assert all(part in str(caught.value) for part in parts)


def test_an_unknown_variable_of_ours_is_warned_about_with_the_nearest_name():
    config = configured({"XO_MCP_TOOLSET": "vms", "XO_OTHER": "x", "PATH": "/bin"})
    assert config.warnings == ("XO_MCP_TOOLSET is no setting of this server; did you mean XO_MCP_TOOLSETS?",)


def test_a_variable_that_is_all_but_one_of_ours_is_warned_about():
    config = configured({"XO_TOKENFILE": "t", "XO_ADMIN_TOKEN": "t", "XO_LITE_URL": "u"})
    assert config.warnings == ("XO_TOKENFILE is no setting of this server; did you mean XO_TOKEN_FILE?",)


def test_folders_and_files_must_be_there(tmp_path: Path):
    with pytest.raises(ConfigError, match=r"XO_MCP_UPLOAD_DIR.*is not a folder"):
        require_files(configured({"XO_MCP_UPLOAD_DIR": str(tmp_path / "no")}))
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(ConfigError, match=r"--download-dir.*is not a folder"):
        require_files(configured(download_dir=str(file)))
    with pytest.raises(ConfigError, match=r"^--auth-token-file: can't read .*: it is not a regular file"):
        require_files(configured(auth_token_file=str(tmp_path)))
    require_files(configured(download_dir=str(tmp_path / "new"), upload_dir=str(tmp_path)))


def test_a_shared_key_must_be_long(tmp_path: Path):
    file = tmp_path / "key"
    file.write_text("short\n")
    with pytest.raises(ConfigError, match=r"--confirm-key-file.*at least 32 bytes"):
        shared_key(configured(confirm_key_file=str(file)))
    file.write_text("k" * 32 + "\n")
    assert shared_key(configured(confirm_key_file=str(file))) == b"k" * 32
    assert shared_key(configured()) is None


def test_no_secret_is_shown():
    config = configured({"XO_TOKEN": SECRET, "XO_PASSWORD": SECRET, "XO_URL": f"https://u:{SECRET}@xo/rest/v0"})
    assert SECRET not in repr(effective(config)) + repr(Config(token=SECRET, password=SECRET))
    assert effective(config)["url"] == "https://xo/rest/v0"


def run(package: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        tiny_package.command(*arguments),
        env=tiny_package.environment(package, **variables),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize(
    ("variables", "parts"),
    [
        ({}, ("XO_URL", "--url", "XO_TOKEN")),
        ({"XO_URL": "https://xo.example.org"}, ("XO_TOKEN", "XO_USERNAME", "XO_PASSWORD")),
        ({"XO_URL": "xo.example.org", "XO_TOKEN": SECRET}, ("XO_URL", "https://")),
        ({"XO_URL": f"https://a:{SECRET}@xo.example.org", "XO_TOKEN": SECRET}, ("XO_URL", "password")),
        ({"XO_MCP_CONFIRM": "sometimes"}, ("XO_MCP_CONFIRM", "destructive, all, none")),
        ({"XO_URL": "https://xo", "XO_TOKEN": SECRET, "XO_MCP_TOOLS": "list_vm"}, ("XO_MCP_TOOLS", "list_vms")),
        ({"XO_URL": "https://xo", "XO_TOKEN": SECRET, "XO_MCP_TOOLSETS": "vm"}, ("XO_MCP_TOOLSETS", "vms")),
    ],
)
def test_a_wrong_configuration_ends_with_one_line_and_exit_code_2(
    package: Path, variables: dict[str, str], parts: tuple[str, ...]
):
    done = run(package, **variables)
    assert done.returncode == 2
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("xen-orchestra-mcp: ")
    assert all(part in line for part in parts)
    assert SECRET not in line


def test_help_teaches_every_flag_variable_and_command(package: Path):
    done = run(package, "--help")
    assert done.returncode == 0
    words = done.stdout.split()
    for option in OPTIONS:
        if option.flag is not None:
            assert option.flag in done.stdout
            assert f"[{option.env}]" in words
    assert {"serve", "tools", "config", "version"} <= set(words)
    assert {"XO_TOKEN", "XO_PASSWORD"} <= set(words)


def test_flags_stand_before_or_after_the_command(package: Path):
    after = run(package, "tools", "--toolsets", "hosts")
    before = run(package, "--toolsets", "hosts", "tools")
    assert after.returncode == before.returncode == 0
    assert after.stdout == before.stdout


def test_tools_prints_the_surface_with_its_size(package: Path):
    done = run(package, "tools", "--enable-actions", "--toolsets", "all", "--exclude-tools", "DeleteVm")
    assert "get_vm" in done.stdout
    assert "delete_vm" not in done.stdout
    assert "9 tools, " in done.stdout
    assert "bytes, about" in done.stdout
    assert "absent (1): it is excluded" in done.stdout
    assert re.match(r"tool +effect +bytes\n\n", done.stdout)
    assert "vms (6)" in done.stdout


def test_config_shows_values_and_where_they_came_from_but_no_secret(package: Path):
    done = run(package, "config", "--confirm", "all", XO_TOKEN=SECRET, XO_MCP_PORT="81", XO_MCP_PROT="82")
    lines = {line.split()[0]: line for line in done.stdout.splitlines()}
    assert "all  (--confirm)" in lines["XO_MCP_CONFIRM"]
    assert "81  (XO_MCP_PORT)" in lines["XO_MCP_PORT"]
    assert "(set, not shown)  (XO_TOKEN)" in lines["XO_TOKEN"]
    assert "did you mean XO_MCP_PORT?" in done.stdout
    assert SECRET not in done.stdout + done.stderr


def test_version_names_the_release_of_xo(package: Path):
    assert (
        run(package, "version").stdout
        == f"xen-orchestra-mcp 0.0.1 for Xen Orchestra {NEWEST.name} (REST API {NEWEST.rest_api})\n"
    )


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (("--token", SECRET), "secrets come from the environment or files"),
        (("--password=" + SECRET,), "secrets come from the environment or files"),
        (("--toolset", "vms"), "did you mean --toolsets?"),
        ((SECRET,), "there are serve, doctor, setup, tools, report, query, audit, config, version"),
        (("tools", SECRET), "one argument too many"),
    ],
)
def test_a_wrong_flag_is_refused_without_repeating_a_secret(package: Path, arguments: tuple[str, ...], part: str):
    done = run(package, *arguments)
    assert done.returncode == 2
    assert part in done.stderr
    assert SECRET not in done.stderr
