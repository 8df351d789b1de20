"""`python -m fake_xo --port 0 --vms 60`: a fake XO to talk to."""

import argparse
import signal
import threading
import time

from fake_xo.options import Options
from fake_xo.server import running_fake_xo


def main() -> None:
    """Run until interrupted."""
    parser = argparse.ArgumentParser(prog="fake_xo", description="A fake Xen Orchestra on loopback.")
    parser.add_argument("--port", type=int, default=0, help="0 picks a free one")
    parser.add_argument("--vms", type=int, default=60, help="how many VMs the pool has")
    parser.add_argument("--seed", type=int, default=1, help="ids and values follow from it")
    parser.add_argument("--export-bytes", type=int, default=1 << 20, help="size of an exported disk")
    parser.add_argument("--task-seconds", type=float, default=1.0, help="how long an action takes")
    parser.add_argument("--busy-seconds", type=float, default=0.0, help="how long an answer keeps its thread busy")
    parser.add_argument("--now", type=int, default=int(time.time() * 1000), help="its clock, in ms since 1970")
    parser.add_argument("--tls", default="", help="good, wrong-host, self-signed or expired")
    given = vars(parser.parse_args())
    with running_fake_xo(Options(measuring=True, **given)) as fake:
        print(f"url={fake.url}")
        for name, token in fake.tokens.items():
            print(f"{name}_token={token}")
        print(f"password={fake.password}", flush=True)
        signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job starts with it ignored
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return


if __name__ == "__main__":
    main()
