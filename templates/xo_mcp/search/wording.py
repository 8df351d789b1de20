"""Normalises administrators' words: their forms, and XO's words for the same thing.

VMware, Proxmox, Hyper-V and the clouds name the same things differently, and XO itself says VDI for a disk. What holds
for every tool is here; what people say for one tool is among its synonyms.
"""

import re
from collections.abc import Container, Mapping
from functools import lru_cache
from typing import Final

WORD: Final = re.compile(r"[a-z0-9]+")
NAMED: Final = re.compile(r"\b[a-z]+[-_]?[0-9]+(?:[-_.][a-z0-9]+)*\b|\b[0-9]+\b", re.IGNORECASE)
"""Names of somebody's machines (`db-1`, `srv042`) and bare numbers: they name the object, not the tool."""
KEPT: Final = frozenset({"s3", "dom0", "domain0", "eth0", "xo5", "xo6", "ipv4", "ipv6", "ext4", "qcow2", "domain 0"})
"""Words that only look like names."""
STOP: Final = frozenset(
    WORD.findall(
        """a about actually after again all already also am an and any anybody anymore are as at away be because been
        before by can could did do does done each else every everything for from gave get give given gives got had
        has have having help her here him his hour how i if in into is it its just last let like may me might mine
        month more most much must my nearly need no not now of on once one only or other our ours over own per please
        properly quite rather really right shall she should show so some somebody someone something still such tell
        than that the their them then there these they this those to today together too us very want wants was we
        week weekend were what when where which while who whom whose why will with without would xo year yesterday
        yet you your"""
    )
)
"""Words that mean nothing here; `get` and `show` would otherwise find every read, `xo` everything."""
ASKS: Final = re.compile(
    r"^\W*(which|what|who|whose|where|when|why|is|are|was|were|did|does|has|have|all|any|list|show|find|see|view|check|"
    r"compare|tell me|how (?!do |can |to |should )|(can|could) (you )?(show|tell|list)|do (we|i) have)\b",
    re.IGNORECASE,
)
"""Beginnings of requests that want to know something."""
HANDS: Final = frozenset(
    WORD.findall("allow block bring collect continue generate give hot insert let live pull roll take turn use write")
)
"""Beginnings of requests that want something done, beside the verbs that tools are named after."""
OBJECTS: Final = {
    "machine": "vm", "guest": "vm", "instance": "vm", "workload": "vm",
    "server": "vm host", "box": "vm host", "computer": "vm host",
    "hypervisor": "host", "node": "host", "esxi": "host", "physical": "host",
    "cluster": "pool", "datacenter": "pool",
    "datastore": "sr", "storage": "sr", "lun": "sr", "nas": "sr", "san": "sr",
    "disk": "vdi", "volume": "vdi", "vmdk": "vdi", "drive": "vdi", "iso": "vdi",
    "nic": "vif pif", "card": "vif pif", "adapter": "vif", "vnic": "vif", "interface": "pif vif", "uplink": "pif",
    "vlan": "network", "lan": "network", "bridge": "network", "vswitch": "network",
    "checkpoint": "snapshot", "image": "template vdi", "blueprint": "template",
    "label": "tag", "category": "tag",
    "alert": "alarm", "warning": "alarm", "event": "message", "job": "task", "operation": "task",
    "account": "user", "login": "user", "people": "user", "team": "group", "member": "user",
    "permission": "privilege", "right": "privilege", "remote": "repository", "archive": "backup",
    "update": "patch", "upgrade": "patch update", "ram": "memory", "processor": "cpu", "vcpu": "cpu",
    "graph": "stat", "metric": "stat", "performance": "stat", "usage": "stat", "load": "stat",
    "core": "cpu", "firewall": "traffic rule",
}  # fmt: skip
"""What people call XO's objects. The other way round is not meant: who says VDI knows what it is."""
DEEDS: Final = {
    "remove": "delete", "erase": "delete", "destroy": "delete", "drop": "delete", "wipe": "delete",
    "kill": "hard abort",
    "new": "create", "make": "create", "build": "create", "provision": "create", "deploy": "create",
    "register": "add", "put": "add", "change": "update", "edit": "update", "modify": "update", "set": "update",
    "rename": "update", "adjust": "update", "protect": "update", "limit": "update",
    "boot": "start", "launch": "start", "restart": "reboot", "reset": "reboot", "halt": "shutdown", "shut": "shutdown",
    "stop": "shutdown abort",
    "move": "migrate", "relocate": "migrate", "copy": "clone", "duplicate": "clone",
    "cancel": "abort", "download": "export", "save": "export", "upload": "import",
    "attach": "create connect", "plug": "connect", "unplug": "disconnect", "detach": "delete disconnect forget",
    "reconnect": "connect", "rollback": "revert", "undo": "revert", "hibernate": "suspend", "freeze": "pause",
    "expand": "update", "grow": "update", "extend": "update", "resize": "update", "shrink": "update",
    "bigger": "update", "larger": "update", "enlarge": "update", "cap": "update", "throttle": "update",
    "bounce": "reboot",
    "assign": "attach", "grant": "attach create", "revoke": "detach remove", "rescan": "scan", "detect": "scan",
}  # fmt: skip
"""What people do to them, and the verbs of our tools."""


def words(text: str) -> list[str]:
    """The words of a text that mean something, in their simplest form; all of them when none does."""
    said = plain(text)
    return [stem(word) for word in said if word not in STOP] or [stem(word) for word in said]


def plain(text: str) -> list[str]:
    """All words of a text as they are, without names of objects and numbers."""
    return WORD.findall(NAMED.sub(_unless_kept, text.lower().replace("'s", "").replace("n't", " not")))


def asks(text: str) -> bool:
    """Whether a request wants to know something rather than change it."""
    return ASKS.match(text) is not None


def acts(text: str, verbs: Container[str]) -> bool:
    """Whether a request wants something done.

    Args:
        text: The request.
        verbs: Stemmed first words of the names of tools that do something.
    """
    first = next(iter(plain(text)), "")
    # "snapshots of db" is about snapshots, "snapshot db" wants one.
    return first in HANDS or (
        not first.endswith("s") and any(word in verbs for word in (stem(first), *meanings(stem(first))))
    )


@lru_cache(maxsize=8_192)
def stem(word: str) -> str:
    """Take endings off, so that "snapshots", "snapshotting" and "snapshot" meet; crude, and the same on both sides."""
    for ending, least in (("ies", 5), ("ing", 6), ("ed", 5), ("es", 5), ("s", 3)):
        if word.endswith(ending) and len(word) >= least and not word.endswith("ss"):
            base = word[: -len(ending)] + ("y" if ending == "ies" else "")
            doubled = ending in {"ing", "ed"} and base[-1] == base[-2] and base[-1] not in "ls"
            return (base[:-1] if doubled else base).removesuffix("e")
    return word.removesuffix("e") if len(word) > len("vme") else word


def meanings(word: str) -> tuple[str, ...]:
    """XO's words for a stemmed plain word."""
    return (*_OBJECTS.get(word, ()), *_DEEDS.get(word, ()))


def objects(word: str) -> tuple[str, ...]:
    """XO's words for the object that a stemmed plain word names."""
    return _OBJECTS.get(word, ())


def _unless_kept(match: re.Match[str]) -> str:
    return match[0] if match[0] in KEPT else " "


def _stemmed(table: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    return {stem(word): tuple(stem(other) for other in others.split()) for word, others in table.items()}


_OBJECTS: Final = _stemmed(OBJECTS)
_DEEDS: Final = _stemmed(DEEDS)
