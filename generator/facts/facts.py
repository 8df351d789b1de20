"""The facts of a document: everything a caller must know, none of what its authors wrote about it.

Kept: paths, methods, parameters, bodies, responses, media types, schemas, security, tags, operation ids, `deprecated`,
`x-mcp-exposure`, privileges. Left out: descriptions, summaries, titles of schemas, examples, contact and licence, and
defaults that are prose. Component schemas that no operation reaches are dropped: they are no part of the contract a
caller sees, and a release that forgets one behind must not show in a diff (XO 6.7.1 reaches all of its 271).

Order is canonical, so that two releases differ only where their contracts do: paths and keys sorted, methods as in
METHODS, parameters, tags and alternatives as the document has them.
"""

import hashlib
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import to_json

from generator.errors import SpecError
from generator.facts.anchors import anchor_references
from generator.facts.document import check_version
from generator.facts.extraction import Extraction
from generator.facts.repairs import AppliedRepair, repair
from generator.facts.subtypes import LOST_SUBTYPES, spread_subtypes
from generator.library import replace_file

__all__ = ["extract_facts", "facts_sha256", "import_document", "serialize", "validate", "write_facts"]

Json = dict[str, Any]

_MOST_PLACES = 5
_NOISE = frozenset({"Schema", "Parameter", "RequestBody", "Response", "MediaType"})
"""Names of model classes in the location of a validation error; the reader's document has no such level."""


def import_document(
    raw: dict[str, Any], origin: str, *, release: str | None = None
) -> tuple[dict[str, Any], list[AppliedRepair]]:
    """Reduce a parsed document to valid facts.

    Args:
        raw: The document, raw or facts already.
        origin: Where it came from, for messages.
        release: As for `extract_facts`.

    Returns:
        The facts, and the repairs that were needed on the way.

    Raises:
        DocumentError: It is no OpenAPI document of a version that is read.
        SpecError: It is wrong at a named place.
    """
    check_version(raw, origin)
    repaired, repairs = repair(raw)
    anchor_references(repaired)
    if lost := spread_subtypes(repaired):
        repaired[LOST_SUBTYPES] = lost
    facts = extract_facts(repaired, release=release)
    validate(facts)
    return facts, repairs


def extract_facts(document: Json, *, release: str | None = None) -> Json:
    """Reduce a document to its facts; the facts of facts are the same.

    Args:
        document: An OpenAPI 3.0 or 3.1 document, repaired, or facts.
        release: The XO release it is of, e.g. `6.7.1`; absent: what the document says under `x-xo-release`.

    Raises:
        SpecError: A part has the wrong shape, or a `$ref` leaves the document or leads nowhere. Names the place.
    """
    return Extraction(document).facts(release)


def validate(facts: Json) -> None:
    """Check facts against the OpenAPI 3.0 model.

    Raises:
        SpecError: Names the first places that do not fit, at most five.
    """
    # Loading it takes longer than reading facts that were validated before.
    from openapi_pydantic.v3.v3_0 import OpenAPI

    try:
        OpenAPI.model_validate(facts)
    except ValidationError as error:
        places = list(dict.fromkeys(_problems(error)))
        shown = "; ".join(places[:_MOST_PLACES])
        more = f"; and {len(places) - _MOST_PLACES} more" if len(places) > _MOST_PLACES else ""
        raise SpecError(f"not valid OpenAPI: {shown}{more}") from error


def _problems(error: ValidationError) -> list[str]:
    """One line per place; a part that is not a reference is left alone."""
    result = []
    for entry in error.errors(include_url=False, include_context=False, include_input=False):
        location = [str(part) for part in entry["loc"]]
        if "Reference" not in location:
            where = " > ".join(part for part in location if part not in _NOISE)
            result.append(f"{where}: {entry['msg']}")
    return result or ["a part fits neither a definition nor a reference"]


def serialize(facts: Json) -> bytes:
    """The bytes of a facts file: UTF-8 JSON, one space of indent, a newline at the end."""
    return to_json(facts, indent=1) + b"\n"


def write_facts(facts: Json, path: Path) -> None:
    """Write a facts file, all of it or nothing.

    Raises:
        OSError: The folder can't be written to.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, serialize(facts))


def facts_sha256(facts: Json) -> str:
    """The SHA-256 of the bytes that `write_facts` writes, in hexadecimal."""
    return hashlib.sha256(serialize(facts)).hexdigest()
