"""The Tab key, in a real bash."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

BIN = Path(sys.executable).parent
PRESS = """
source <(register-python-argcomplete xen-orchestra-mcp)
COMP_LINE=$1 COMP_POINT=${#1} COMP_TYPE=9 COMPREPLY=()
_python_argcomplete xen-orchestra-mcp
printf '%s\\n' "${COMPREPLY[@]}"
"""


def press(line: str, **environment: str) -> set[str]:
    """What bash offers for the last word of a line."""
    done = subprocess.run(
        ["bash", "-c", PRESS, "bash", line],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", **environment},
    )
    return {word.strip() for word in done.stdout.splitlines() if word.strip()}


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("", {"serve", "doctor", "setup", "tools", "report", "query", "audit", "config", "version"}),
        ("do", {"doctor"}),
        ("serve --surf", {"--surface"}),
        ("serve --surface ", {"full", "search"}),
        ("serve --toolsets back", {"backup-archives", "backup-jobs", "backup-logs", "backup-repositories"}),
        ("serve --toolsets vms,host", {"vms,hosts"}),
        (
            "tools --toolsets vms --tools list_vms,start",
            {"list_vms,start_vm", "list_vms,start_vm_from_cd", "list_vms,start_host"},
        ),
        ("tools --exclude-tools delete_vd", {"delete_vdi", "delete_vdi_snapshot"}),
        ("setup cl", {"claude-desktop", "claude-code"}),
        ("report check_h", {"check_health", "check_host_failure"}),
        ("audit v", {"verify"}),
        ("serve --rate-limit ", set()),
        ("serve --toke", set()),
    ],
)
def test_the_tab_key_offers(line: str, words: set[str]):
    assert press(f"xen-orchestra-mcp {line}") == words


def test_a_file_is_completed_where_one_is_wanted(tmp_path: Path):
    (tmp_path / "authorities.pem").touch()
    assert press(f"xen-orchestra-mcp serve --ca-file {tmp_path}/auth") == {f"{tmp_path}/authorities.pem"}


def test_without_the_extra_nothing_is_offered_and_no_server_starts(tmp_path: Path):
    (tmp_path / "argcomplete.py").write_text("raise ImportError('not there')\n")
    done = subprocess.run(
        [sys.executable, "-m", "xo_mcp"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "_ARGCOMPLETE": "1", "COMP_LINE": "xen-orchestra-mcp ", "PYTHONPATH": str(tmp_path)},
    )
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "")
