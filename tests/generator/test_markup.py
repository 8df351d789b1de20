"""Text reaches the reference page as characters, whatever it holds."""

import json
from html.parser import HTMLParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from generator.rendering.markup import fingerprint, html, inert_json, type_of


class Seen(HTMLParser):
    """Collects what a browser would see."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.value = ""
        self.text = ""
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]):
        self.tags.append(tag)
        self.value = self.value or (attrs[0][1] or "" if attrs else "")

    def handle_data(self, data: str):
        self.text += data


@given(st.text(max_size=40))
@example("</b><script>alert(1)</script>")
@example('" onclick="alert(1)')
@example("&lt;")
@example("\u202e\x00<!--")
def test_a_text_is_one_text_and_one_attribute(text: str):
    seen = Seen(f'<b title="{html(text)}">{html(text)}</b>')
    assert seen.tags == ["b"]
    assert seen.text == seen.value
    assert seen.text.isprintable()
    if text.isprintable():
        assert seen.text == text


def test_a_policy_names_exactly_one_source():
    # The example of the standard (CSP3, 2.3.1).
    assert fingerprint("alert('Hello, world.');") == "sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng="


@pytest.mark.parametrize(
    ("schema", "shown"),
    [
        ({"type": "string"}, "string"),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, "integer or null"),
        ({"anyOf": [{"enum": ["fast", "slow"]}, {"type": "null"}]}, "fast | slow or null"),
        ({"type": "string", "enum": ["gzip", "zstd"]}, "gzip | zstd"),
        ({"enum": list(range(9))}, "0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | ..."),
        ({}, "any"),
    ],
)
def test_a_type_is_reported_in_few_words(schema: dict, shown: str):
    assert type_of(schema) == shown


def test_json_within_a_script_element_ends_nothing():
    text = json.dumps(["</script><script>alert(1)</script>", "<!--"])
    assert "<" not in inert_json(text)
    assert json.loads(inert_json(text)) == json.loads(text)
