"""Three people who use one server, each as a user of XO of their own."""

from pathlib import Path

from fake_xo.server import FakeXo

PEOPLE = {"alice": "admin", "olga": "operator", "rita": "reader"}
"""Name of a client to its user of the fake XO."""
BEARER = {name: f"{name}-bearer-token-0123456789" for name in (*PEOPLE, "guest")}


def token_files(folder: Path, xo: FakeXo, prefix: str = "") -> dict[str, Path]:
    """A file with the XO token of each person."""
    found = {}
    for name, user in PEOPLE.items():
        found[name] = folder / f"{prefix}{name}.xo"
        found[name].write_text(xo.tokens[user])
    return found


def team_file(folder: Path, xo: FakeXo, *others: str, **flags: str) -> Path:
    """A token file of all three, relative paths in it; `flags` by person."""
    files = token_files(folder, xo)
    lines = [f"{name} {BEARER[name]} {file.name} {flags.get(name, '')}" for name, file in files.items()]
    path = folder / "clients"
    path.write_text("\n".join([*lines, *others]) + "\n")
    return path
