"""Replaces a file, all of it or nothing. The generator uses it too."""

import os
import tempfile
from pathlib import Path


def replace_file(path: Path, content: bytes, *, mode: int = 0o600) -> None:
    """Write a temporary file beside the target and rename it; the folder must exist.

    Args:
        path: The file; it need not exist.
        content: All of it.
        mode: Its permissions.

    Raises:
        OSError: It can't be written. What was there is unchanged, and nothing is left beside it.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    fresh = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        fresh.chmod(mode)
        fresh.replace(path)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
