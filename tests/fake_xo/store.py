"""What XO knows: collections of records, and reads that lag behind writes."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

from fake_xo.errors import XapiError
from fake_xo.options import Options

Record = dict[str, Any]
Listener = Callable[[str, str, Record | None, Record | None], None]

XAPI_COLLECTIONS = (
    "pools", "hosts", "srs", "vms", "vm-templates", "vm-snapshots", "vm-controllers", "vdis", "vdi-snapshots", "vbds",
    "vifs", "networks", "pifs", "pbds", "pcis", "pgpus", "sms", "messages", "alarms",
)  # fmt: skip
"""What XO learns from a pool: empty while the pool is not connected, and late after a write."""

OWN_COLLECTIONS = (
    "users", "groups", "tokens", "acl-roles", "acl-privileges", "tasks", "servers", "proxies", "backup-jobs",
    "backup-logs", "backup-archives", "backup-repositories", "schedules", "restore-logs", "audit",
)  # fmt: skip


class Store:
    """Two views of every record: what is, and what reads show until XO has heard of it.

    Records are never changed in place: a write makes a new one.
    """

    def __init__(self, options: Options) -> None:
        self._options = options
        names = (*XAPI_COLLECTIONS, *OWN_COLLECTIONS)
        self._actual: dict[str, dict[str, Record]] = {name: {} for name in names}
        self._shown: dict[str, dict[str, Record]] = {name: {} for name in names}
        self._late: deque[tuple[float, str, str]] = deque()
        self._empty_until = 0.0
        self.listeners: list[Listener] = []

    def seed(self, collection: str, records: Iterable[Record]) -> None:
        """Put records that were there before the fake started."""
        for record in records:
            self._actual[collection][record["id"]] = record
            self._shown[collection][record["id"]] = record

    def actual(self, collection: str, object_id: str) -> Record | None:
        """The record as it is, whatever reads show."""
        return self._actual[collection].get(object_id)

    def every(self, collection: str) -> list[Record]:
        """All records of a collection as they are."""
        return list(self._actual[collection].values())

    def read(self, collection: str, object_id: str) -> Record | None:
        """The record as a read shows it."""
        self.publish_due()
        return None if self._hidden(collection) else self._shown[collection].get(object_id)

    def read_all(self, collection: str) -> list[Record]:
        """A collection as a read shows it."""
        self.publish_due()
        return [] if self._hidden(collection) else list(self._shown[collection].values())

    def add(self, collection: str, record: Record) -> Record:
        """Write a new record."""
        self._actual[collection][record["id"]] = record
        self._published_later(collection, record["id"])
        return record

    def update(self, collection: str, object_id: str, **changes: Any) -> Record:
        """Replace fields of a record; a field set to `...` goes away.

        Raises:
            XapiError: HANDLE_INVALID, when somebody deleted it meanwhile.
        """
        if object_id not in self._actual[collection]:
            raise XapiError("HANDLE_INVALID", collection, object_id)
        record = self._actual[collection][object_id] | changes
        record = {name: value for name, value in record.items() if value is not ...}
        return self.add(collection, record)

    def remove(self, collection: str, object_id: str) -> None:
        """Delete a record, if it is there."""
        if self._actual[collection].pop(object_id, None) is not None:
            self._published_later(collection, object_id)

    def publish_due(self) -> None:
        """Show what is due by now."""
        now = time.monotonic()
        while self._late and self._late[0][0] <= now:
            _, collection, object_id = self._late.popleft()
            self._publish(collection, object_id)

    def publish_all(self) -> None:
        """Show everything at once, as if enough time had passed."""
        while self._late:
            _, collection, object_id = self._late.popleft()
            self._publish(collection, object_id)

    def fill_after(self, seconds: float) -> None:
        """Show nothing of the pool for that long: XO says `connected` before it has read the pool's objects."""
        self._empty_until = time.monotonic() + seconds

    def _hidden(self, collection: str) -> bool:
        away = self._options.pool != "connected" or time.monotonic() < self._empty_until
        return away and collection in XAPI_COLLECTIONS

    def _published_later(self, collection: str, object_id: str) -> None:
        lag = self._options.lag
        if collection in OWN_COLLECTIONS or lag <= 0:
            self._publish(collection, object_id)
            return
        self._late.append((time.monotonic() + lag, collection, object_id))
        asyncio.get_running_loop().call_later(lag, self.publish_due)

    def _publish(self, collection: str, object_id: str) -> None:
        new = self._actual[collection].get(object_id)
        old = self._shown[collection].get(object_id)
        if new is old:
            return
        if new is None:
            del self._shown[collection][object_id]
        else:
            self._shown[collection][object_id] = new
        event = "add" if old is None else "remove" if new is None else "update"
        for listener in self.listeners:
            listener(event, collection, new, old)
