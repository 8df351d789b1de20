"""Proposing a tool's name from its method and path, by rules that hold for any REST API.

    GET  /vms               list_vms            POST   /vms                           create_vm
    GET  /vms/{id}          get_vm              PATCH  /vms/{id}                      update_vm
    GET  /vms/{id}/alarms   list_vm_alarms      POST   /vms/{id}/actions/start        start_vm
    GET  /vms/{id}/stats    get_vm_stats        PUT    /vms/{id}/tags/{tag}           add_vm_tag
    GET  /vms/{id}.{format} export_vm           PUT    /groups/{id}/users/{userId}    add_user_to_group

A name that the rules get wrong is an override's business; a name that two operations would share is an error there.
"""

import hashlib
import keyword
import re
from dataclasses import dataclass

from generator.names.english import ATTACHED, ON_A_PART, PEOPLE, READING_VERBS, RETURNING, WRITING_VERBS, singular
from generator.names.identifiers import RESERVED_FUNCTIONS, ascii_words

LONGEST_NAME = 40
"""Clients put the name of the server before it, and take 64 characters for both."""
LONGEST_WHOLE = 1_000
"""Of a name before it is cut."""
_DIGEST = 8

_NOISE = re.compile(r"api|rest|plugins|v\d+([._]\d+)*", re.IGNORECASE)
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_EXTENSION = re.compile(r"\.[A-Za-z0-9]{1,5}$")
_IDENTITIES = ("id", "uuid", "guid", "ref", "key")

Words = tuple[str, ...]


@dataclass(frozen=True)
class _Link:
    """A stretch of a path: what is named, then the placeholders that pick one of it.

    Attributes:
        nouns: Each literal segment as words: `/plugins/sdn-controller/networks` is three.
        picks: The placeholders that follow, as words.
    """

    nouns: tuple[Words, ...]
    picks: tuple[Words, ...]

    def words(self, *, full: bool) -> Words:
        """The last noun, or all of them; singular when one is picked."""
        if not self.nouns:
            return tuple(word for pick in self.picks for word in pick if word not in _IDENTITIES) or ("item",)
        words = tuple(word for noun in self.nouns for word in noun) if full else self.nouns[-1]
        return _one(words) if self.picks else words

    @property
    def by_identity(self) -> bool:
        """Whether it picks by identity (`userId`) rather than by value (`tag`)."""
        return bool(self.picks) and self.picks[-1][-1:] in [(word,) for word in _IDENTITIES]


@dataclass(frozen=True)
class _Route:
    """A path taken apart.

    Attributes:
        verb: What the last segment says is done, if it says so.
        declared: It is under `actions` or after a colon; otherwise we know the word.
        dotted: It ends in `{id}.{format}`.
    """

    links: tuple[_Link, ...]
    verb: Words
    declared: bool
    dotted: bool


def propose_name(
    method: str,
    path: str,
    *,
    response_is_list: bool,
    format: str | None = None,  # noqa: A002 - the path's own word
    uploads: bool = False,
    full: bool = False,
    longest: int = LONGEST_NAME,
) -> str:
    """Propose a tool name.

    Args:
        method: HTTP method, any case.
        path: Path template.
        response_is_list: The answer is an array.
        format: The value of the placeholder after a dot (`/vms/{id}.{format}`) that this tool is for.
        uploads: The request body is a file.
        full: Say everything the path says, and PUT apart from PATCH: for operations that share the short name.

        longest: Characters it may have.

    Returns:
        `^[a-z][a-z0-9_]*$`, never a Python keyword nor a name that would hide a type. Not unique by itself.
    """
    method = method.upper()
    route = _parse(path, method, full=full)
    if route.verb:
        words = _of_action(route, full=full)
    elif not route.links:
        words = (_verb(method, full=full), "root")
    elif route.dotted:
        words = (*_of_file(route, method, full=full), *ascii_words(format or ""))
    elif len(route.links) == 1:
        words = _of_top(route.links[0], method, response_is_list=response_is_list, uploads=uploads, full=full)
    elif route.links[-1].picks:
        words = _of_part(route.links, method, full=full)
    else:
        words = _of_parts(route.links, method, response_is_list=response_is_list, uploads=uploads, full=full)
    return _fitting(words, longest)


def last_resorts(name: str, path: str, operation_id: str) -> list[str]:
    """Propose names for operations that share even the full one.

    Args:
        name: The full one, uncut.
        path: Path template; what it picks by distinguishes `get_app_by_slug` (`/apps/{slug}`) from `get_app` (`/app`).
        operation_id: What the document calls the operation, if anything.
    """
    picks = [word for pick in _PLACEHOLDER.findall(path) for word in ascii_words(pick)]
    longer = ((*name.split("_"), "by", *picks) if picks else (), tuple(ascii_words(operation_id)))
    return [_unambiguous("_".join(words)) for words in (tuple(name.split("_")), *longer) if words]


def _unambiguous(name: str) -> str:
    """A name that fits; one that is cut gets a digest of the whole."""
    name = _fitting(tuple(name.split("_")), len(name) + len("run_"))
    if len(name) <= LONGEST_NAME:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:_DIGEST]
    return f"{name[: LONGEST_NAME - _DIGEST - 1].rstrip('_')}_{digest}"


def _parse(path: str, method: str, *, full: bool) -> _Route:
    segments = [segment for segment in path.split("/") if segment]
    while not full and len(segments) > 1 and _NOISE.fullmatch(segments[0]) and "{" not in segments[1]:
        del segments[0]
    verb, declared, segments = _split_verb(segments, method)
    dotted = bool(segments) and re.fullmatch(r"\{[^{}]*\}\.\{[^{}]*\}", segments[-1]) is not None
    if dotted:
        segments[-1] = segments[-1].split(".")[0]
    links: list[_Link] = []
    for segment in segments:
        picks = tuple(tuple(ascii_words(name)) for name in _PLACEHOLDER.findall(segment))
        noun = tuple(ascii_words(_EXTENSION.sub("", _PLACEHOLDER.sub(" ", segment))))
        nouns = (noun,) if noun else ()
        if links and ((picks and not nouns) or not links[-1].picks):
            links[-1] = _Link(links[-1].nouns + nouns, links[-1].picks + picks)
        elif nouns or picks:
            links.append(_Link(nouns, picks))
    return _Route(tuple(links), verb, declared, dotted)


def _split_verb(segments: list[str], method: str) -> tuple[Words, bool, list[str]]:
    """Split off `actions/start`, `{id}:start`, and a last segment that is a known verb."""
    if not segments or method not in ("GET", "POST"):
        return (), False, segments
    *rest, last = segments
    target, colon, custom = last.rpartition(":")
    if colon and "{" not in custom:
        return tuple(ascii_words(custom)), True, [*rest, target]
    if rest and rest[-1] in ("actions", "action") and "{" not in last and method == "POST":
        return tuple(ascii_words(last)), True, rest[:-1]
    words = tuple(ascii_words(last))
    if "{" not in last and _is_verb(words, method):
        return words, False, rest
    return (), False, segments


def _is_verb(words: Words, method: str) -> bool:
    """Whether a last segment says what is done: `search`, `uploadImage`; `test-results` are things."""
    if not words:
        return False
    if method == "GET":
        return words[0] in READING_VERBS
    return words[0] in (WRITING_VERBS if len(words) == 1 else WRITING_VERBS | ON_A_PART) and (
        len(words) == 1 or singular(words[-1]) == words[-1]
    )


def _of_action(route: _Route, *, full: bool) -> Words:
    verb = route.verb
    owner = _parents(route.links, full=full)
    if not owner or len(verb) == 1:
        return verb + owner
    if verb[0] == "create" and route.declared and not full:
        return verb
    if verb[0] in ON_A_PART or not route.declared:
        return (verb[0], *owner, *verb[1:])
    if verb[0] in RETURNING:
        return (verb[0], *owner, "to", *verb[1:])
    return verb + owner


def _of_file(route: _Route, method: str, *, full: bool) -> Words:
    """An object as a file, `/vms/{id}.{format}`."""
    owner = _parents(route.links, full=full)
    if method == "GET":
        return ("export", *owner)
    if method == "PUT":
        return ("import", *owner, "to", "existing")
    return (_verb(method, full=full), *owner)


def _of_top(link: _Link, method: str, *, response_is_list: bool, uploads: bool, full: bool) -> Words:
    """A collection, one of it, or something there is one of."""
    words = link.words(full=True)
    if link.picks:
        more = tuple(word for pick in link.picks[:-1] for word in pick) if full else ()
        return (_verb(method, full=full), *words, *more)
    if method == "GET":
        return ("list" if response_is_list else "get", *words)
    if method == "POST":
        return ("import" if uploads else "create", *_one(words))
    return (_verb(method, full=full), *words)


def _of_part(links: tuple[_Link, ...], method: str, *, full: bool) -> Words:
    """One of what an object has: a tag of a VM, a user of a group."""
    owner = _parents(links[:-1], full=full)
    part = links[-1].words(full=full)
    adds, removes = method in ("PUT", "POST"), method == "DELETE"
    if owner[-1] in ATTACHED and (adds or removes):
        return ("attach", *owner, "to", *part) if adds else ("detach", *owner, "from", *part)
    if part[-1] in PEOPLE and links[-1].by_identity and (adds or removes):
        return ("add", *part, "to", *owner) if adds else ("remove", *part, "from", *owner)
    if removes:
        return ("remove", *owner, *part)
    if adds and not links[-1].by_identity:
        return ("add", *owner, *part)
    return (_verb(method, full=full), *owner, *part)


def _of_parts(links: tuple[_Link, ...], method: str, *, response_is_list: bool, uploads: bool, full: bool) -> Words:
    """All that an object has of a kind, or something it has one of."""
    owner = _parents(links[:-1], full=full)
    parts = links[-1].words(full=True)
    if method == "GET":
        return ("list" if response_is_list else "get", *owner, *parts)
    if method == "POST" and uploads:
        return ("import", *_one(parts), "to", *owner)
    if method == "POST":
        return ("add", *owner, *_one(parts))
    return (_verb(method, full=full), *owner, *parts)


def _verb(method: str, *, full: bool) -> str:
    """What a method does to one object; in full, PUT, PATCH and POST are distinguished."""
    verbs = {"GET": "get", "PUT": "update", "POST": "update", "PATCH": "update", "DELETE": "delete"}
    if full:
        verbs |= {"PUT": "replace", "POST": "post"}
    return verbs.get(method) or "_".join(ascii_words(method)) or "call"


def _parents(links: tuple[_Link, ...], *, full: bool) -> Words:
    return tuple(word for link in links for word in link.words(full=full))


def _one(words: Words) -> Words:
    return (*words[:-1], singular(words[-1])) if words else ()


def _fitting(words: Words, longest: int) -> str:
    """Join words into a name that fits: the outermost parents go first, then the end."""
    kept = list(words)
    if not kept or not kept[0][0].isalpha():
        kept.insert(0, "run")
    while len("_".join(kept)) > longest and len(kept) > 2:  # noqa: PLR2004 - a verb and a noun
        del kept[1]
    name = "_".join(kept)[:longest].rstrip("_")
    return f"run_{name}" if keyword.iskeyword(name) or name in RESERVED_FUNCTIONS else name
