"""Fingerprints of the facts that an import wrote and validated: `SHA256SUMS`, in the folder they are in.

A build takes facts that still have their fingerprint as they are. `sha256sum -c SHA256SUMS` checks the same.
"""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from generator.library import replace_file

FILE = "SHA256SUMS"


def is_recorded(path: Path) -> bool:
    """Whether a file is byte for byte what an import wrote."""
    if path.name not in (known := _load(path.parent)):
        return False
    return path.is_file() and known[path.name] == _sha256(path)


def record(path: Path) -> None:
    """Remember a file as it is now, if its folder keeps fingerprints.

    Raises:
        OSError: The folder can't be written to.
    """
    sums = path.with_name(FILE)
    if sums.is_file():
        known = {**_load(path.parent), path.name: _sha256(path)}
        replace_file(sums, "".join(f"{digest}  {name}\n" for name, digest in sorted(known.items())).encode())


def unrecorded(paths: Iterable[Path]) -> list[Path]:
    """The files that no import wrote as they are, in folders that keep fingerprints."""
    return [path for path in paths if path.with_name(FILE).is_file() and not is_recorded(path)]


def _load(folder: Path) -> dict[str, str]:
    path = folder / FILE
    if not path.is_file():
        return {}
    rows = (line.partition("  ") for line in path.read_text(encoding="utf-8").splitlines())
    return {name: digest for digest, _, name in rows}


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
