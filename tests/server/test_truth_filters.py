"""XO's filters ask for truth with `?`; `enabled:false` finds nothing there, so it is refused here."""

import re

import pytest
from fake_xo.filters import compile_filter
from presented import list_records
from small_xo import small_xo
from xo_mcp.errors import ArgumentError
from xo_mcp.reads.filters import prepared
from xo_mcp.server.prompts import RECIPES

KNOWN = {"enabled": "boolean", "name_label": "string", "other": "object"}


@pytest.mark.parametrize(
    ("expression", "meant"),
    [
        ("enabled:false", "!enabled?"),
        ("name_label:web enabled: True", "enabled?"),
        ('"enabled":"false"', "!enabled?"),
        ("|(enabled:true name_label:x)", "enabled?"),
        ("!enabled:true", "enabled?"),
    ],
)
def test_the_form_that_finds_nothing_is_refused_with_the_one_that_is_meant(expression: str, meant: str):
    assert not compile_filter("enabled:false")({"enabled": False})
    with pytest.raises(ArgumentError, match="finds nothing") as caught:
        prepared(expression, KNOWN)
    assert str(caught.value).endswith(f"write `{meant}`.")
    assert compile_filter(meant)({"enabled": not meant.startswith("!")})


@pytest.mark.parametrize(
    "expression",
    [
        "enabled?",
        "!enabled?",
        "name_label:true",
        "other:enabled:true",
        "other:(enabled:true)",
        "true",
    ],
)
def test_what_may_be_meant_goes_through(expression: str):
    prepared(expression, KNOWN)


@pytest.mark.anyio
async def test_nothing_is_asked_of_xo():
    async with small_xo() as (xo, client):
        with pytest.raises(ArgumentError, match="write `!enabled\\?`"):
            await list_records(client, "/hosts", known=KNOWN, filter="enabled:false")
    assert xo.seen == []


def test_the_filters_of_the_prompts_find_what_they_are_for():
    texts = " ".join(recipe.text for recipe in RECIPES.values())
    filters = set(re.findall(r"filter\s+(!?\w+(?:\?|:\w+))", texts))
    assert filters == {"status:failure"}
    lost = {"status": "failure"}
    assert [each for each in filters if not compile_filter(each)(lost)] == []
