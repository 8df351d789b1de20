"""The server with one more signal: at SIGUSR2 it collects its garbage and writes down what it still holds."""

import ctypes
import gc
import json
import os
import signal
from collections import Counter
from contextlib import suppress
from pathlib import Path

from xo_mcp.program.cli import main

FILE = "XO_SOAK_HELD"
"""The variable that names the file."""


def tell(*_: object) -> None:
    """Write the number of objects of each type; memory that is free is given back before somebody looks at it."""
    gc.collect()
    counts = Counter(f"{type(each).__module__}.{type(each).__qualname__}" for each in gc.get_objects())
    with suppress(OSError, AttributeError):  # only glibc has it
        ctypes.CDLL(None).malloc_trim(0)
    file = Path(os.environ[FILE])
    fresh = file.with_suffix(".new")
    fresh.write_text(json.dumps(counts), encoding="utf-8")
    fresh.replace(file)


if __name__ == "__main__":
    signal.signal(signal.SIGUSR2, tell)
    main()
