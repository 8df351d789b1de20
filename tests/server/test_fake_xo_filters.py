"""The fake's filter language is XO's."""

from typing import Any

import pytest
from fake_xo.errors import ApiError
from fake_xo.filters import compile_filter

WEB: dict[str, Any] = {
    "name_label": "web-prod-000",
    "name_description": "Shop front",
    "tags": ["prod", "critical"],
    "power_state": "Running",
    "CPUs": {"number": 8, "max": 8},
    "memory": {"size": 4294967296},
    "startTime": None,
    "auto_poweron": True,
    "xenTools": False,
    "port": "8080",
}
DATABASE: dict[str, Any] = WEB | {
    "name_label": "db-dev-001",
    "tags": [],
    "power_state": "Halted",
    "CPUs": {"number": 2, "max": 4},
    "auto_poweron": False,
}


@pytest.mark.parametrize(
    ("text", "web", "database"),
    [
        ("", True, True),
        ("   ", True, True),
        ("name_label:web", True, False),
        ("name_label:WEB", True, False),
        ("name_label : web", True, False),
        ("tags:critical", True, False),
        ("CPUs:number:>4", True, False),
        ("CPUs:number:>=8", True, False),
        ("CPUs:number:<4", False, True),
        ("CPUs:number:<=1.5", False, False),
        ("memory:size:>=4294967296", True, True),
        ("!power_state:Halted", True, False),
        ("power_state:|(Paused Halted)", False, True),
        ("|(tags:critical name_label:db)", True, True),
        ("name_label:/^db-/", False, True),
        ("name_label:/^DB-/", False, False),
        ("name_label:/^DB-/i", False, True),
        (r"name_label:/\//", False, False),
        ("name_label:web*000", True, False),
        ("name_label:*-001", False, True),
        ("web*000", True, False),
        ("shop", True, True),
        ('"shop front"', True, True),
        ('name_description:"shop f"', True, True),
        ('"name_label":db', False, True),
        (r'name_description:"sh\op"', True, True),
        ("critical", True, False),
        ("name_label:web tags:critical", True, False),
        ("name_label:web tags:nothing", False, False),
        ("(name_label:web (tags:critical))", True, False),
        ("!(name_label:web tags:critical)", False, True),
        ("! name_label:web", False, True),
        ("auto_poweron?", True, False),
        ("tags?", True, True),
        ("xenTools?", False, False),
        ("nothing?", False, False),
        ("nothing:here", False, False),
        ("!nothing:here", True, True),
        ("CPUs:8", True, False),
        ("CPUs:number:8", True, False),
        ("port:8080", True, True),
        ("port:80", True, True),
        ("port:>8000", True, True),
        ("000", True, False),
        ("tags:length:>1", True, False),
        ("tags:0:prod", True, False),
        ("power_state:Run power_state:ning", True, False),
        ("startTime:<5", True, True),
        ("auto_poweron:true", False, False),
    ],
)
def test_what_passes(text: str, web: bool, database: bool) -> None:
    passes = compile_filter(text)
    assert (passes(WEB), passes(DATABASE)) == (web, database)


@pytest.mark.parametrize(
    "text",
    ["name_label:", "(a", "a)", "|a", "|()", "!", ":a", "/a", "a:>b", "[a]", "a&b", "name:(a", "?", "/(/", "(" * 5000],
)
def test_what_is_no_filter(text: str) -> None:
    with pytest.raises(ApiError) as refused:
        compile_filter(text)
    assert refused.value.status == 400
    assert refused.value.body["data"] == {"stringToParse": text}
