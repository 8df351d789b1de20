"""Makes an XO user who may only read, and saves a token of theirs. Needs XO 6.4 or newer, and Python alone.

XO_URL=https://xo.example.org XO_ADMIN_TOKEN=... python3 read_only_user.py mcp-reader xo-token

The first argument is the new user's name, the second the file the token goes to (mode 600). Set SSL_CERT_FILE when the
authority of XO's certificate is not among the system's.
"""

import base64
import json
import os
import secrets
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

RESOURCES = (
    "alarm", "backup-archive", "backup-job", "backup-log", "backup-repository", "group", "host", "message", "network",
    "pbd", "pci", "pgpu", "pif", "pool", "proxy", "restore-log", "schedule", "server", "sm", "sr", "task", "user",
    "vbd", "vdi", "vdi-snapshot", "vif", "vm", "vm-controller", "vm-snapshot", "vm-template",
)  # fmt: skip
LIFE = "1 year"


def main() -> int:
    """Do it; answers the exit code."""
    try:
        name, file = sys.argv[1:]
        base = os.environ["XO_URL"].rstrip("/") + "/rest/v0"
        admin = {"Cookie": f"authenticationToken={os.environ['XO_ADMIN_TOKEN']}"}
    except (ValueError, KeyError):
        print(__doc__, file=sys.stderr)
        return 2
    draft = f"{file}.new"
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    except OSError as error:
        print(f"{file} can't be written: {error.strerror}. Nothing was changed in XO.", file=sys.stderr)
        return 2
    with os.fdopen(descriptor, "w") as saved:
        token = attempt(base, admin, name)
        saved.write(f"{token}\n")
    if token is None:
        Path(draft).unlink()
        return 1
    Path(draft).replace(file)
    print(f"User {name} may read everything and change nothing; a token, good for {LIFE}, is in {file}.")
    return 0


def attempt(base: str, admin: dict[str, str], name: str) -> str | None:
    """Make what is needed; answers the token, or says what went wrong."""
    try:
        return make(base, admin, name)
    except urllib.error.HTTPError as error:
        print(f"XO refused {error.url}: {error.read().decode(errors='replace')}", file=sys.stderr)
    except OSError as error:
        print(f"XO can't be reached: {error}", file=sys.stderr)
    print(
        f"Before another try, delete the user {name} and the role {role_of(name)!r} in XO if they are there.",
        file=sys.stderr,
    )
    return None


def role_of(name: str) -> str:
    """What the role of a user is called."""
    return f"{name}: read everything"


def make(base: str, admin: dict[str, str], name: str) -> str:
    """Make the user, their role with its privileges, and a token."""
    password = secrets.token_hex(24)
    user = ask(f"{base}/users", admin, name=name, password=password)["id"]
    role = ask(f"{base}/acl-roles", admin, name=role_of(name))["id"]
    for resource in RESOURCES:
        ask(f"{base}/acl-privileges", admin, action="read", effect="allow", resource=resource, roleId=role)
    ask(f"{base}/acl-roles/{role}/users/{user}", admin, method="PUT")
    # XO gives nobody a token of somebody else, so the new user asks; the password is forgotten then.
    login = {"Authorization": "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()}
    wish = {"description": "xen-orchestra-mcp", "expiresIn": LIFE}
    return str(ask(f"{base}/users/{user}/authentication_tokens", login, **wish)["token"]["id"])


def ask(url: str, login: dict[str, str], method: str = "POST", **body: str) -> Any:
    """Send JSON; answers JSON, or nothing."""
    if not url.startswith(("https://", "http://")):
        raise OSError("XO_URL must start with https://")
    headers = {**login, "Content-Type": "application/json"}
    request = urllib.request.Request(url, json.dumps(body).encode(), headers, method=method)  # noqa: S310 - seen above
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - seen above
        content = answer.read()
    return json.loads(content) if content else None


if __name__ == "__main__":
    sys.exit(main())
