"""What protects an administrator's token from somebody who wants it, while a user for the server is made."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from fake_xo.server import running_fake_xo

SCRIPT = Path(__file__).resolve().parents[2] / "deploy" / "read_only_user.py"
TOKEN = "planted-administrator-token-0123456789"


def run(url: str, file: Path, token: str = TOKEN) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "XO_URL": url, "XO_ADMIN_TOKEN": token, "NO_PROXY": "*"}
    command = [sys.executable, str(SCRIPT), "mcp-reader", str(file)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@contextmanager
def answering(status: int, headers: dict[str, str], body: Any) -> Iterator[tuple[str, list[dict[str, str]]]]:
    """A server that answers everything alike; yields its URL and the headers it was sent."""
    seen: list[dict[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            seen.append(dict(self.headers))
            content = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_DELETE = answer  # noqa: N815 - the library's names

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", seen
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_the_cookie_follows_no_redirect(tmp_path: Path, status: int):
    with answering(200, {}, []) as (elsewhere, seen), answering(status, {"Location": f"{elsewhere}/x"}, {}) as (xo, _):
        done = run(xo, tmp_path / "token")
    assert seen == []
    assert done.returncode == 1
    assert "not followed" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_cookie_travels_on_no_open_line(tmp_path: Path):
    done = run("http://xo.example.org", tmp_path / "token")
    assert done.returncode == 1
    assert "https://" in done.stderr


@pytest.mark.parametrize(
    ("empty", "needed"), [("XO_URL", "the address of XO"), ("XO_ADMIN_TOKEN", "token of an XO administrator")]
)
def test_an_empty_variable_is_refused_by_name(tmp_path: Path, empty: str, needed: str):
    given = {"XO_URL": "http://127.0.0.1:9", "XO_ADMIN_TOKEN": TOKEN, empty: " "}
    done = run(given["XO_URL"], tmp_path / "token", given["XO_ADMIN_TOKEN"])
    assert done.returncode == 2
    assert done.stderr.startswith(f"{empty} is empty: it must hold ")
    assert needed in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_token_is_called_so(tmp_path: Path):
    with answering(401, {}, {"error": "Unauthorized"}) as (xo, _):
        done = run(xo, tmp_path / "token")
    assert done.returncode == 1
    assert "XO_ADMIN_TOKEN is wrong, expired or revoked" in done.stderr
    assert "(not shown)" not in done.stderr


def test_what_xo_says_is_harmless_and_holds_no_token(tmp_path: Path):
    with answering(403, {}, f"\x1b]0;owned\x07 {TOKEN}".encode()) as (xo, _):
        done = run(xo, tmp_path / "token")
    assert "owned" in done.stderr
    assert TOKEN not in done.stderr
    assert "\x1b" not in done.stderr


@pytest.mark.parametrize("trap", ["link", "hard link", "readable file", "FIFO", "link at the draft's old name"])
def test_the_token_goes_into_a_new_file_of_the_owner(tmp_path: Path, trap: str):
    theirs, file = tmp_path / "theirs", tmp_path / "token"
    theirs.write_text("before")
    theirs.chmod(0o666)
    match trap:
        case "link":
            file.symlink_to(theirs)
        case "hard link":
            file.hardlink_to(theirs)
        case "readable file":
            file.write_text("old")
            file.chmod(0o644)
        case "FIFO":
            os.mkfifo(file)
        case _:
            (tmp_path / "token.new").symlink_to(theirs)
    with running_fake_xo(vms=1) as xo:
        done = run(xo.url, file, xo.admin_token)
    assert (done.returncode, done.stderr) == (0, "")
    assert theirs.read_text() == "before"
    status = file.lstat()
    assert (status.st_mode & 0o170777, status.st_nlink) == (0o100600, 1)


GUESSED = """
import runpy, secrets, sys
secrets.token_hex = lambda _: "guessed"
runpy.run_path(sys.argv.pop(1), None, "__main__")
"""
"""Runs the script with names of drafts, and passwords, that anybody can foresee."""


@pytest.mark.parametrize("trap", ["link", "link to nowhere", "hard link", "file of somebody else's"])
def test_a_draft_is_no_file_that_was_there(tmp_path: Path, trap: str):
    theirs, file = tmp_path / "theirs", tmp_path / "token"
    draft = tmp_path / ".token.guessed"
    theirs.write_text("before")
    match trap:
        case "link":
            draft.symlink_to(theirs)
        case "link to nowhere":
            draft.symlink_to(tmp_path / "new")
        case "hard link":
            draft.hardlink_to(theirs)
        case _:
            draft.write_text("before")
            draft.chmod(0o666)
    environment = {**os.environ, "XO_URL": "http://127.0.0.1:9", "XO_ADMIN_TOKEN": TOKEN}
    command = [sys.executable, "-c", GUESSED, str(SCRIPT), "mcp-reader", str(file)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "Nothing was changed in XO" in done.stderr
    assert theirs.read_text() == "before"
    assert sorted(path.name for path in tmp_path.iterdir()) == [".token.guessed", "theirs"]
