"""Writes the digest of a container's base image beside its name, as a registry gives it now.

python3 pin_image.py Containerfile

Asks with skopeo or docker, whichever is there; the digest is that of the list of all platforms' images.
"""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

LINE = re.compile(r"^ARG BASE=([^\s@]+)(?:@\S+)?$", re.MULTILINE)
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


def commands(image: str) -> Iterator[list[str]]:
    """What prints the digest of an image, for each program that can."""
    yield ["skopeo", "inspect", "--no-tags", "--format", "{{.Digest}}", f"docker://{image}"]
    yield ["docker", "buildx", "imagetools", "inspect", "--format", "{{json .Manifest}}", image]


def digest_of(image: str) -> str:
    """The digest of an image.

    Raises:
        SystemExit: Nobody could be asked, or the registry does not answer.
    """
    complaints = []
    for command in commands(image):
        if shutil.which(command[0]) is None:
            continue
        asked = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)  # noqa: S603
        found = _digest_in(asked.stdout)
        if asked.returncode == 0 and found:
            return found
        complaints.append(f"{command[0]}: {asked.stderr.strip()[:300] or 'it gave no digest'}")
    raise SystemExit("\n".join(complaints) or "Install skopeo, or docker with buildx: one of them asks the registry.")


def _digest_in(text: str) -> str | None:
    """Of skopeo's one line, or of docker's description of a list; never of one platform's image in it."""
    try:
        described = json.loads(text)
    except ValueError:
        return text.strip() if DIGEST.fullmatch(text.strip()) else None
    found = described.get("digest") if isinstance(described, dict) else None
    return found if isinstance(found, str) and DIGEST.fullmatch(found) else None


def main() -> int:
    """Do it; answers the exit code."""
    if len(sys.argv) != 2:  # noqa: PLR2004 - the program and one argument
        print(__doc__, file=sys.stderr)
        return 2
    file = Path(sys.argv[1])
    text = file.read_text(encoding="utf-8")
    line = LINE.search(text)
    if line is None:
        print(f"{file} has no line ARG BASE=NAME:TAG", file=sys.stderr)
        return 2
    digest = digest_of(line[1])
    file.write_text(LINE.sub(f"ARG BASE={line[1]}@{digest}", text), encoding="utf-8")
    print(f"{line[1]} is {digest} now")
    return 0


if __name__ == "__main__":
    sys.exit(main())
