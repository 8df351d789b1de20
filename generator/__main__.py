"""`python -m generator`."""

import gc
import os
import sys

from generator.rendering.verifier import Verifier

BUILDS = frozenset({"build", "check"})

if __name__ == "__main__":
    os.environ["PYDANTIC_DISABLE_PLUGINS"] = "__all__"  # none has a say here, and looking for them takes time
    if BUILDS & set(sys.argv[1:2]) and "--help" not in sys.argv:
        Verifier.start()
    gc.disable()  # every command ends within seconds; collecting would only cost time
    from generator.commands.cli import main

    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # everything is written; freeing objects one by one would cost a twentieth of a build
