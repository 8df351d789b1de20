"""Arguments for tools: a JSON Schema and a world to values that fit both, or at least the schema."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import backup_aims
from fake_xo import FakeXo
from fake_xo.jsonrpc.call import COLLECTIONS
from further import WORDS as MORE_WORDS
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from xo_mcp.definitions import Entry, load_records

RECORDS = load_records()
WAIT = 0.2
"""Seconds a generated call waits for a task or an event at most."""
MOST = 1 << 40
WAITING = {"list_tasks", "get_task", "read_events"}
"""Kinds of tools that wait for something that may not come."""
KINDS = {
    "hostId": "hosts", "host": "hosts", "affinity": "hosts", "affinityHost": "hosts", "srId": "srs", "sr": "srs",
    "suspendSr": "srs", "networkId": "networks", "network": "networks", "migrationNetworkId": "networks",
    "vm": "vms", "object": "vms", "pool": "pools", "vmId": "vms", "VM": "vms", "vmIdsToForceMigrate": "vms",
    "VDI": "vdis", "pif": "pifs", "pifIds": "pifs",
    "snapshotId": "vm-snapshots", "userId": "users", "groupId": "groups", "roleId": "acl-roles", "proxy": "proxies",
    "backup-repository": "backup-repositories", "from": "audit",
}  # fmt: skip
"""What an argument names, by its own name; `id` names what the path says."""
FILES = ("disk.vhd", "disk.raw", "machine.xva")
WORDS = {
    "filter": ("name_label:web", "power_state:Running", "tags:critical", "!name_label:x", "size:>=1", "web"),
    "series": ("*", "load", "cpus.*", "memory,load"),
    "direction": ("to", "from", "from/to"),
    "ipRange": ("192.0.2.0/24",),
    "protocol": ("TCP", "UDP"),
    "expiresIn": ("1 hour", 3_600_000),
    "cloud_config": ("#cloud-config",),
}
"""What people write where a schema only says text."""
CALL_KINDS = {"remote": "backup-repositories", "jobId": "backup-jobs", "sr": "srs"}
"""What a parameter of a JSON-RPC method names where XO does not say it."""
CALL_WORDS = {"cron": ("0 3 * * *",), "timezone": ("Europe/Paris",), "path": ("/", "/etc/"), "paths": ("/hello.txt",)}
NARROW = {"create_acl_privilege", "update_acl_privilege", "create_vm"}
"""Tools whose schema, to stay short, leaves out what depends on another argument: XO refuses what does not fit."""
TEXT = st.text(max_size=20) | st.sampled_from(
    ("..", ".", "a/b", "../hosts", "x.xva", "%2e%2e", "a b&c=d?e#f", "\u202egnp.exe", "\x00", "é🦜", "x\r\nCookie: a=b")
)
NUMBERS = st.integers(0, 1 << 33) | st.floats(0, 1e9)


class Values:
    """Draws arguments.

    Args:
        fake: The world whose ids are used.
    """

    def __init__(self, fake: FakeXo) -> None:
        store = fake.xo.store
        self._records = backup_aims.records_of(fake)
        self._every = {name: [record["id"] for record in store.every(name)] for name in store._actual}
        self._methods = fake.xo.rpc.facts
        self._templates = [record["uuid"] for record in store.every("vm-templates")]

    def arguments(self, entry: Entry) -> SearchStrategy[dict[str, Any]]:
        """Valid arguments of a tool: what is required, and any of the rest."""
        properties: Mapping[str, Any] = entry.schema["properties"]
        required = [*entry.schema.get("required", ()), *(("timeout",) if entry.facts.kind in WAITING else ())]
        drawn = {name: self._argument(entry, name, schema) for name, schema in properties.items()}
        return st.fixed_dictionaries(
            {name: drawn[name] for name in required},
            optional={name: drawn[name] for name in properties if name not in required},
        )

    def _argument(self, entry: Entry, name: str, schema: Mapping[str, Any]) -> SearchStrategy[Any]:
        if entry.facts.is_call and (reported := backup_aims.drawn(self._records, entry.name, name, schema)) is not None:
            return reported
        plain = self._value(name, schema)
        known = self._known(entry, name)
        if entry.name in NARROW and (fitting := self._fitting(name)) is not None:
            return fitting
        if schema.get("type") == "array":
            return plain | st.lists(st.sampled_from(known), min_size=1, max_size=3) if known else plain
        if name == "fields":
            fields = list(RECORDS.get(entry.facts.record or "", {"id": "string"}))
            several = st.lists(st.sampled_from(fields or ["id"]), min_size=1, max_size=4).map(",".join)
            return several | st.just("*") | plain
        if name == "timeout":
            return st.floats(schema.get("minimum", 0), WAIT) | st.sampled_from([schema.get("minimum", 0)])
        # One draw in four is no id of this world, and then mostly none at all.
        return st.one_of(*[st.sampled_from(known)] * 3, plain) if known else plain

    def _fitting(self, name: str) -> SearchStrategy[Any] | None:
        """What goes together with any other argument."""
        device = st.sampled_from(("0", "1"))
        match name:
            case "action":
                return st.sampled_from(("*", "read"))
            case "resource":
                return st.sampled_from(("host", "task", "vm"))
            case "install":
                cdrom = st.fixed_dictionaries({"method": st.just("cdrom"), "repository": TEXT})
                return cdrom | st.just({"method": "network", "repository": ""})
            case "vifs":
                network = st.sampled_from(self._every["networks"]) | TEXT
                nic = st.fixed_dictionaries({"network": network}, optional={"mtu": NUMBERS, "device": device})
                return st.lists(
                    nic | st.fixed_dictionaries({"destroy": st.just(value=True), "device": device}), max_size=2
                )
            case "vdis":
                disk = st.fixed_dictionaries({"name_label": TEXT, "size": NUMBERS}, optional={"sr": TEXT})
                return st.lists(disk | st.fixed_dictionaries({"userdevice": device}, optional={"size": NUMBERS}))
        return None

    def _known(self, entry: Entry, name: str) -> list[Any]:
        if entry.facts.is_call and (found := self._looked_up(entry, name)):
            return found
        if name == "template":
            return self._templates
        if name == "file":
            return list(FILES)
        if name == "id":
            return self._every.get(collection_of(entry), [])
        return self._every.get(KINDS.get(name, ""), []) or list(WORDS.get(name, ()))

    def _looked_up(self, entry: Entry, name: str) -> list[Any]:
        """Ids of the objects that a JSON-RPC method looks a parameter up in, and what of backups goes together."""
        # A screen is looked at through a WebSocket of its own, which no method describes.
        reported = self._methods.get(entry.facts.route, {}).get("objects", {}).get(name, {"types": []})
        collections = [COLLECTIONS[kind] for kind in reported["types"] if kind in COLLECTIONS]
        collections += [CALL_KINDS[name]] if name in CALL_KINDS else []
        words = [*CALL_WORDS.get(name, ()), *MORE_WORDS.get(name, ())]
        return words + [found for collection in collections for found in self._every[collection]]

    def _value(self, name: str, schema: Mapping[str, Any]) -> SearchStrategy[Any]:
        if "enum" in schema:
            return st.sampled_from(schema["enum"])
        if "anyOf" in schema:
            return st.one_of(*(self._value(name, part) for part in schema["anyOf"]))
        kinds = schema.get("type", ["null", "boolean", "string"])
        kinds = [kinds] if isinstance(kinds, str) else kinds
        return st.one_of(*(self._of_kind(kind, name, schema) for kind in kinds))

    def _of_kind(self, kind: str, name: str, schema: Mapping[str, Any]) -> SearchStrategy[Any]:
        low, high = schema.get("minimum"), schema.get("maximum")
        if kind == "number" and (low is not None or high is not None):
            return st.integers(0 if low is None else low, MOST if high is None else high)
        if kind == "object":
            return self._object(schema)
        if kind == "array":
            return st.lists(self._value(name, schema.get("items", {})), max_size=3)
        if kind == "string" and "pattern" in schema:
            return st.from_regex(schema["pattern"], fullmatch=True)
        if kind == "string":
            known = [*self._every.get(KINDS.get(name, ""), ()), *WORDS.get(name, ())]
            words = [word for word in known if isinstance(word, str)]
            return TEXT | st.sampled_from(words) if words else TEXT
        most = high or max(1000, 4 * (low or 0))
        plain = {"integer": st.integers(low, most), "number": NUMBERS, "boolean": st.booleans()}
        return plain.get(kind, st.none())

    def _object(self, schema: Mapping[str, Any]) -> SearchStrategy[dict[str, Any]]:
        properties: Mapping[str, Any] = schema.get("properties", {})
        required = schema.get("required", ())
        drawn = {name: self._value(name, part) for name, part in properties.items()}
        fixed = st.fixed_dictionaries(
            {name: drawn[name] for name in required},
            optional={name: drawn[name] for name in properties if name not in required},
        )
        rest = schema.get("additionalProperties", not properties)
        if rest is False:
            return fixed
        keys = st.text(min_size=1, max_size=8).filter(lambda key: key not in properties)
        others = self._value("", rest) if isinstance(rest, dict) else st.text(max_size=8)
        return st.builds(lambda first, more: {**more, **first}, fixed, st.dictionaries(keys, others, max_size=2))


def collection_of(entry: Entry) -> str:
    """The collection whose objects a tool's `id` names: what precedes it in the path."""
    if entry.facts.is_call and not entry.facts.reads:
        return entry.facts.tags[0]
    parts = (entry.facts.reads if entry.facts.is_call else entry.facts.route).split("/")
    before = next((name for name, part in pairwise(parts) if part.startswith("{id}")), "")
    return {"records": "audit"}.get(before, before)
