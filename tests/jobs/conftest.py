"""What these tests share with those of the contract: the server in this process, and a client in front of it."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "contract"))
