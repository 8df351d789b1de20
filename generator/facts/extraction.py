"""Walking a document once, part by part, and keeping the facts; `facts.py` says what that means."""

import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import unquote

from generator.errors import SpecError
from generator.facts.argumentnames import argument_names
from generator.facts.document import version_of
from generator.facts.mistakes import LEFT_OUT, LeftOut
from generator.facts.normalisation import borrowed, lowered
from generator.facts.paths import METHODS, UNCALLED
from generator.facts.pointers import follow, leads, parts_of
from generator.facts.privileges import check_privileges, parse_privileges
from generator.facts.schemafacts import Reading, clean_schema
from generator.facts.shapes import Json, Place, entries, flag, mapping, part, sequence, text, token, word
from generator.facts.signin import requirement, scheme
from generator.facts.subtypes import LOST_SUBTYPES

_DEFINITIONS = frozenset({"$defs", "definitions"})
"""Schemas inside a schema that only references lead to."""
_LONGEST_NAME = 80
_ELSEWHERE = re.compile(r"[^A-Za-z0-9._-]+")


class Extraction:
    """One document on its way to facts; remembers which components are referred to.

    Args:
        document: As for `extract_facts`.
    """

    def __init__(self, document: Json) -> None:
        self._document = document = part(document, "the document")
        components = part(document.get("components", {}), "components")
        # Sections grow by what references find elsewhere; the document stays as it is.
        self._components = {name: dict(part) if isinstance(part, dict) else part for name, part in components.items()}
        self._references: list[tuple[str, Place]] = []
        self._adopted: dict[str, str] = {}
        self._left_out = LeftOut(document.get(LEFT_OUT, {}))
        self._is_newer = version_of(document) == "3.1"
        self._reading = Reading(self._reference, lowered if self._is_newer else borrowed)
        self._sections: dict[str, Callable[[Any, Place], Json]] = {
            "parameters": self._parameter,
            "requestBodies": self._body,
            "responses": self._response,
            "schemas": self._schema,
        }

    def facts(self, release: str | None) -> Json:
        """The facts; `release` and errors as for `extract_facts`."""
        document = self._document
        result: Json = {
            "openapi": "3.0.0",
            "info": self._info(),
            **self._markers(release),
            "servers": [{"url": url} for url in self._servers()],
            "security": [
                requirement(entry, "security") for entry in sequence(document.get("security", []), "security")
            ],
            "paths": dict(self._paths()),
        }
        if "security" not in document:
            del result["security"]
        result["components"] = self._reached()
        self._check_references(result)
        return result | self._left_out.facts

    def _info(self) -> Json:
        info = part(self._document.get("info", {}), "info")
        title = str(info.get("title", ""))
        is_name = len(title) <= _LONGEST_NAME and title.isprintable()
        return {"title": title if is_name else "", "version": str(info.get("version", ""))[:_LONGEST_NAME]}

    def _markers(self, release: str | None) -> Json:
        result: Json = {}
        for key, value in (
            ("x-xo-release", release or self._document.get("x-xo-release")),
            ("x-xo-plugin", self._document.get("x-xo-plugin")),
        ):
            if value is not None:
                result[key] = token(value, key)
        repairs = mapping(self._document.get("x-repairs", {}), "x-repairs")
        if repairs:
            result["x-repairs"] = {
                token(name, "x-repairs"): places for name, places in sorted(repairs.items()) if isinstance(places, int)
            }
        lost = mapping(self._document.get(LOST_SUBTYPES, {}), LOST_SUBTYPES)
        if lost:
            result[LOST_SUBTYPES] = {str(name): count for name, count in sorted(lost.items()) if isinstance(count, int)}
        return result

    def _servers(self) -> Iterator[str]:
        for index, server in enumerate(sequence(self._document.get("servers", []), "servers")):
            place = f"servers > {index}"
            url = mapping(server, place).get("url")
            if url not in ("", None):  # relative to the document: says nothing
                yield text(url, f"{place} > url")

    def _paths(self) -> Iterator[tuple[str, Json]]:
        for path, item in sorted(entries(self._document.get("paths"), "paths").items()):
            if path.startswith("x-"):
                continue
            if not path.startswith("/"):
                raise SpecError("a path starts with a slash", place=f"paths > {path}")
            result = self._path_item(path, part(item, path))
            if any(method in result for method in (*METHODS, *UNCALLED)):
                yield path, result

    def _path_item(self, path: str, item: Json) -> Json:
        if "$ref" in item:
            item = self._referred_item(item, path)
        result: Json = {}
        if item.get("parameters"):
            result["parameters"] = self._parameters(item["parameters"], f"{path} > parameters")
        for method in METHODS:
            if method in item:
                key = f"{method.upper()} {path}"
                result[method] = self._operation(part(item[method], key), key)
        return result | {method: {"responses": {}} for method in UNCALLED if method in item}

    def _referred_item(self, item: Json, path: str) -> Json:
        """The path item that a reference refers to, as 3.1 keeps them under `components > pathItems`."""
        seen: set[str] = set()
        while isinstance(reference := item.get("$ref"), str) and reference.startswith("#/") and reference not in seen:
            seen.add(reference)
            target = reference if leads(self._document, reference) else unquote(reference)
            if not leads(self._document, target):
                break
            found = part(follow(self._document, target), f"{path} > $ref")
            item = {**found, **{key: value for key, value in item.items() if key != "$ref"}}
            if "$ref" not in found:
                return item
        raise SpecError("a path item that is such a $ref is not followed; put the operations in its place", place=path)

    def _operation(self, raw: Json, key: str) -> Json:
        result = _flags(raw, ("deprecated",), key)
        if raw.get("operationId"):
            result["operationId"] = word(raw["operationId"], f"{key} > operationId")
        if raw.get("parameters"):
            result["parameters"] = self._parameters(raw["parameters"], f"{key} > parameters")
        if "requestBody" in raw:
            result["requestBody"] = self._body(raw["requestBody"], f"{key} > requestBody")
        result["responses"] = dict(self._responses(raw.get("responses", {}), f"{key} > responses"))
        if "security" in raw:
            place = f"{key} > security"
            result["security"] = [requirement(entry, place) for entry in sequence(raw["security"], place)]
        if raw.get("tags") and (tags := self._left_out.tags(raw["tags"], f"{key} > tags")):
            result["tags"] = tags
        return result | self._xo(raw, argument_names(result, self._document), key)

    def _xo(self, raw: Json, arguments: set[str], key: str) -> Json:
        """What XO adds to OpenAPI: exposure to MCP, and privileges."""
        result: Json = {}
        if "x-mcp-exposure" in raw:
            result["x-mcp-exposure"] = token(raw["x-mcp-exposure"], f"{key} > x-mcp-exposure")
        description = raw.get("description")
        if "x-privileges" in raw:
            result["x-privileges"] = check_privileges(raw["x-privileges"], f"{key} > x-privileges")
        elif isinstance(description, str):
            result["x-privileges"] = parse_privileges(description, arguments)
        if not result.get("x-privileges"):
            result.pop("x-privileges", None)
        return result

    def _parameters(self, raw: Any, place: Place) -> list[Json]:
        return [self._parameter(entry, f"{place} > {index}") for index, entry in enumerate(sequence(raw, place))]

    def _parameter(self, raw: Any, place: Place) -> Json:
        raw = part(raw, place)
        if "$ref" in raw:
            return self._reference(raw, place, "parameters")
        name = raw.get("name")
        if name != "":  # one without a name is never sent
            name = text(name, f"{place} > name")
            place = f"{place.rsplit(' > ', 1)[0]} > {name}"
        result: Json = {"in": text(raw.get("in"), f"{place} > in"), "name": name}
        result |= _flags(raw, ("allowReserved", "deprecated", "required"), place)
        if "content" in raw:
            result["content"] = self._content(raw["content"], f"{place} > content")
        if "explode" in raw:
            result["explode"] = flag(raw["explode"], f"{place} > explode")
        if "schema" in raw:
            result["schema"] = self._schema(raw["schema"], f"{place} > schema")
        if "style" in raw:
            result["style"] = token(raw["style"], f"{place} > style")
        return result

    def _body(self, raw: Any, place: Place) -> Json:
        raw = part(raw, place)
        if "$ref" in raw:
            return self._reference(raw, place, "requestBodies")
        return {
            "content": self._content(raw.get("content", {}), f"{place} > content"),
            **_flags(raw, ("required",), place),
        }

    def _responses(self, raw: Any, place: Place) -> Iterator[tuple[str, Json]]:
        for status, response, where in self._left_out.responses(raw, place):
            yield status, self._response(response, where)

    def _response(self, raw: Any, place: Place) -> Json:
        raw = part(raw, place)
        if "$ref" in raw:
            return self._reference(raw, place, "responses")
        # OpenAPI asks for a description; ours is empty because the text is not ours.
        result: Json = {"description": ""}
        if raw.get("content"):
            result["content"] = self._content(raw["content"], f"{place} > content")
        return result

    def _content(self, raw: Any, place: Place) -> Json:
        result: Json = {}
        for media_type, entry in sorted(entries(raw, place).items()):
            if media_type.startswith("x-") and "/" not in media_type:
                continue
            where = f"{place} > {media_type}"
            media = part(entry, where)
            schema = {"schema": self._schema(media["schema"], f"{where} > schema")} if "schema" in media else {}
            result[media_type] = schema
        return result

    def _schema(self, raw: Any, place: Place) -> Json:
        return clean_schema(raw, place, self._reading)

    def _reference(self, raw: Json, place: Place, section: str = "schemas") -> Json:
        reference = text(raw["$ref"], f"{place} > $ref")
        if reference.startswith("#") and not reference.startswith("#/"):
            raise SpecError(f"$ref {reference!r} leads nowhere", place=place)
        if not reference.startswith("#/"):
            raise SpecError(f"$ref {reference!r} leaves the document; only local references are followed", place=place)
        if not leads(self._document, reference) and leads(self._document, unquote(reference)):
            reference = unquote(reference)
        if not self._is_kept(reference) and leads(self._document, reference):
            reference = self._adopt(reference, section)
        self._references.append((reference, place))
        return {"$ref": reference}

    def _is_kept(self, reference: str) -> bool:
        """Whether facts keep a location of the document, under the same name."""
        match parts_of(reference):
            case ["components", section, _]:
                return section in self._sections
            case ["components", section, *steps]:
                return section in self._sections and not self._is_newer and not _DEFINITIONS & set(steps)
            case ["paths", *steps]:
                return not self._is_newer and not _DEFINITIONS & set(steps)
        return False

    def _adopt(self, reference: str, section: str) -> str:
        """Name as a component what is at a location that facts drop: `#/x-schemas/Pet`, `#/definitions/Pet`."""
        if reference not in self._adopted:
            base = _ELSEWHERE.sub("-", "-".join(parts_of(reference)[-2:])).strip("-") or "x"
            known, name, number = self._components.setdefault(section, {}), base, 2
            while name in mapping(known, f"components > {section}"):
                name, number = f"{base}-{number}", number + 1
            known[name] = follow(self._document, reference)
            self._adopted[reference] = f"#/components/{section}/{name}"
        return self._adopted[reference]

    def _reached(self) -> Json:
        """The components that operations refer to, directly or through one another."""
        found: dict[str, Json] = {}
        for reference, _ in self._references:  # grows while components are extracted
            match parts_of(reference):
                case ["components", section, name, *_] if section in self._sections:
                    pass
                case _:
                    continue
            known = mapping(self._components.get(section, {}), f"components > {section}")
            if name in known and name not in found.setdefault(section, {}):
                found[section][name] = {}
                found[section][name] = self._sections[section](known[name], f"components > {section} > {name}")
        schemes = mapping(self._components.get("securitySchemes", {}), "components > securitySchemes")
        if schemes:
            found["securitySchemes"] = {name: scheme(entry, name) for name, entry in schemes.items()}
        return {section: dict(sorted(entries.items())) for section, entries in sorted(found.items()) if entries}

    def _check_references(self, facts: Json) -> None:
        for reference, place in self._references:
            if not leads(facts, reference):
                raise SpecError(f"$ref {reference!r} leads nowhere", place=place)


def _flags(raw: Json, names: tuple[str, ...], place: Place) -> Json:
    """The flags that are set; one that is false says what its absence says."""
    return {name: True for name in names if name in raw and flag(raw[name], f"{place} > {name}")}
