"""As much English as naming needs: singulars, and a few kinds of words."""

import re

PEOPLE = frozenset({"account", "group", "member", "person", "subject", "team", "user"})
"""They are added to and removed from things."""

ATTACHED = frozenset({"permission", "policy", "role"})
"""They are attached to and detached from people."""

RETURNING = frozenset({"revert", "rollback"})
"""Verbs that take an object back to something: `revert_snapshot` on a VM reverts the VM to it."""

ON_A_PART = frozenset({"add", "change", "create", "delete", "get", "list", "remove", "set", "update"})
"""Verbs whose own object belongs to what they act on: `add_traffic_rule` on a network adds a rule of the network."""

READING_VERBS = frozenset({"echo", "find", "login", "logout", "ping", "search"})
"""A GET of such a last segment does what it says; `get_ping` would be odd."""

WRITING_VERBS = READING_VERBS | frozenset(
    """abort activate approve archive authenticate authorize benchmark block boot build cancel check clean clear clone
    close commit complete compute confirm connect convert copy deactivate deploy deprecate detach disable disconnect
    download enable evacuate execute export fetch finalize follow forget generate import install invite join kill leave
    like link lock mark merge migrate mount move mute notify open pause pin plug preview print process promote publish
    purge push query read reboot rebuild recover refresh register reject release reload remove rename renew replace
    replay report request resend reset resize resolve restart restore resume retry revert revoke rollback rotate run
    save scan send share shutdown sign split star start stop submit subscribe suspend swap sync synchronize terminate
    test toggle transfer trigger unarchive unblock unfollow uninstall unlink unlock unmount unpin unplug unpublish
    unshare unstar unsubscribe upgrade upload validate verify void vote wake watch withdraw""".split()  # noqa: SIM905 - words read better as text
)
"""A POST to such a last segment does what it says."""

_IRREGULAR = {
    "aliases": "alias", "analyses": "analysis", "children": "child", "cookies": "cookie", "criteria": "criterion",
    "halves": "half", "indices": "index", "knives": "knife", "leaves": "leaf", "lives": "life", "matrices": "matrix",
    "men": "man", "mice": "mouse", "movies": "movie", "people": "person", "shelves": "shelf", "shoes": "shoe",
    "vertices": "vertex", "wolves": "wolf", "women": "woman",
}  # fmt: skip
_UNCHANGED = frozenset(
    """aws bias bonus bus campus canvas census chassis corpus data dns focus gas https information ios kubernetes media
    metadata news nexus nfs radius redis series species status tls virus""".split()  # noqa: SIM905 - as above
)
_RULES = (
    (re.compile(r"(?<=[^aeiou])ies$"), "y"),  # policies, proxies
    (re.compile(r"(?<=tat|vir|amp|foc|bon|ens)uses$"), "us"),  # statuses, campuses
    (re.compile(r"(?<=ss|sh|ch|zz|.x|[^aeiou]o)es$"), ""),  # addresses, patches, boxes, heroes
    (re.compile(r"s$"), ""),
)
_SHORTEST_PLURAL = 3
_END = re.compile(r"(?<=[.!?])\s")


def singular(word: str) -> str:
    """The singular of a lower-case English noun or abbreviation; any other word stays as it is."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if len(word) < _SHORTEST_PLURAL or word in _UNCHANGED or word.endswith(("ss", "sis")):
        return word
    for pattern, ending in _RULES:
        if pattern.search(word):
            return pattern.sub(ending, word)
    return word


def first_sentence(text: str) -> str:
    """Up to the first sign that ends a sentence; a text without one gets a full stop."""
    first = _END.split(text, maxsplit=1)[0]
    return first if first.endswith((".", "!", "?")) else f"{first}."
