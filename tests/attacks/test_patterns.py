"""No expression of the package takes more than linear time, whatever it is given."""

import json
import re
from importlib import resources

import pytest
from adversary import SMALL, Used, attacks, made_at_run_time, used_patterns


@pytest.fixture(scope="module")
def patterns() -> list[Used]:
    """Found here and not while tests are collected, which each worker does."""
    return used_patterns()


def test_time_grows_no_faster_than_the_text(patterns: list[Used], subtests: pytest.Subtests):
    for used in patterns:
        with subtests.test(f"{used.place}.{used.method}"):
            for make in attacks(used.pattern):
                assert not used.is_slow_on(make), f"{used.pattern.pattern!r} is slow on texts like {make(60)!r}"


def test_the_same_of_expressions_in_schemas():
    """What XO's document gives as `pattern` is searched for in arguments."""
    folder = resources.files("xo_mcp") / "definitions"
    text = [file.read_text(encoding="utf-8") for file in folder.iterdir() if file.name.endswith(".json")]
    found = {match for each in text for match in _patterns_in(json.loads(each))}
    for expression in found:
        used = Used("schema", re.compile(expression), "search")
        assert not any(used.is_slow_on(make) for make in attacks(used.pattern)), expression


def _patterns_in(value: object) -> set[str]:
    inside = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    own = {value["pattern"]} if isinstance(value, dict) and isinstance(value.get("pattern"), str) else set()
    return own.union(*map(_patterns_in, inside))


@pytest.mark.parametrize(
    ("expression", "method"),
    [
        (r'"(?:[^"\\]|\\.)*"', "finditer"),  # a quote that nobody closes, sought from each of 30,000
        (r"<title[^>]*>", "search"),
        (r"(a+)+b", "match"),
        (r"(?:;.*)?[ \t]*\r\n", "fullmatch"),
    ],
)
def test_slow_expressions_are_found(expression: str, method: str):
    used = Used("here", re.compile(expression), method)
    if expression == r"(a+)+b":
        makers = [lambda size: "a" * (14 if size <= SMALL else 22)]  # exponential: longer texts would never end
    else:
        makers = list(attacks(used.pattern))
    assert any(used.is_slow_on(make) for make in makers)


def test_no_other_expression_is_made_at_run_time():
    """What is made of names and secrets is listed here, because nothing above can try it."""
    assert made_at_run_time() == {
        "complaints._is_called",  # names of a table and an alias, escaped
        "filter_checks._of_text",  # only what is a literal
        "logs.pattern_of",  # secrets, escaped
    }


def test_every_module_was_looked_at(patterns: list[Used]):
    places = {used.place.rpartition(".")[0] for used in patterns}
    assert {"xo_mcp.reads.filter_values", "xo_mcp.privacy.masking", "xo_mcp.api.refusal_body", "xo_mcp.logs"} <= places
    # Expressions in tables.
    assert {"xo_mcp.api.mistakes", "xo_mcp.api.rpc_failures", "xo_mcp.builders.cloud_configs"} <= places
