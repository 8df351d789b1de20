"""Puts a fake XO back to where it was, which is much faster than starting another."""

import time

from fake_xo import FakeXo
from fake_xo.jsonrpc.socket import Called
from fake_xo.requests import Seen

PATIENCE = 10


class World:
    """What a fake XO knew at some moment.

    Args:
        fake: Running.
    """

    def __init__(self, fake: FakeXo) -> None:
        store = fake.xo.store
        self._fake = fake
        self._actual = {name: dict(records) for name, records in store._actual.items()}
        self._passwords = dict(fake.xo.authentication.passwords)
        self._mark = len(fake.requests)
        self._called = len(fake.xo.rpc.calls)

    def calls(self) -> list[Called]:
        """Every JSON-RPC call since it was put back last, but for signing in."""
        return [call for call in self._fake.xo.rpc.calls[self._called :] if not call.method.startswith("session.")]

    def log(self) -> list[Seen]:
        """Every request to the REST API since it was put back last."""
        return [seen for seen in self._fake.requests[self._mark :] if not seen.path.startswith("/api/")]

    def restore(self) -> None:
        """Put everything back, once no task runs any more."""
        deadline = time.monotonic() + PATIENCE
        while self._fake.xo.tasks._running and time.monotonic() < deadline:
            time.sleep(0.005)
        self._fake.call(self._put_back)
        self._mark = len(self._fake.requests)
        self._called = len(self._fake.xo.rpc.calls)

    def _put_back(self) -> None:
        xo = self._fake.xo
        xo.store._late.clear()
        # Records are never changed in place, so that the mappings are all there is to copy.
        xo.store._actual.update({name: dict(records) for name, records in self._actual.items()})
        xo.store._shown.update({name: dict(records) for name, records in self._actual.items()})
        xo.authentication.passwords = dict(self._passwords)
        xo.options.pool = "connected"
        xo.archive_cache = None
        xo.log_cache = None
        xo.rpc.settings.clear()
        xo.faults.clear()
