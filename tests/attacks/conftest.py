"""Attacks that were tried once and did something; each stays as a test. SECURITY.md says what holds."""

import sys
from pathlib import Path

# The helpers of those tests: a server as a process, a client of it, an XO whose answers a test sets.
for folder in ("server", "contract"):
    sys.path.insert(0, str(Path(__file__).resolve().parents[1] / folder))
