"""tools.html as a reader meets it: searching, filtering, comparing, by keyboard, on a phone, in the dark."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from newest import NEWEST, RELEASES
from playwright.sync_api import Page
from windows import DESKTOP, PHONE, SMALL_PHONE, TABLET

from generator.compare.diff import Diff, diff
from generator.compare.sides import load_side
from generator.history.history import load_history
from generator.layout import PAGE
from generator.model.overrides import load_overrides

ROOT = Path(__file__).resolve().parents[2]
ADDRESS = PAGE.as_uri()
FACTS = {
    entry["tool"]["name"]: {"tags": [path.stem], "denied": False} | entry["tool"]["_meta"]["xo"] | entry["facts"]
    for path in (ROOT / "generated" / "xo_mcp" / "definitions").glob("*.json")
    for entry in json.loads(path.read_text())["tools"]
}
NOW = pytest.param("6.3", NEWEST.name, marks=pytest.mark.newest)
LEAST_CONTRAST = 4.5
"""WCAG 2.2, success criterion 1.4.3."""
CONTRASTS = """() => {
  const parts = text => text.match(/[\\d.]+/g).map(Number);
  const light = color => parts(color).slice(0, 3).map(part => part / 255)
    .map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
    .reduce((sum, part, index) => sum + part * [0.2126, 0.7152, 0.0722][index], 0);
  const behind = element => {
    for (let at = element; at; at = at.parentElement) {
      const color = getComputedStyle(at).backgroundColor;
      if ((parts(color)[3] ?? 1) > 0) return color;
    }
    return "rgb(255, 255, 255)";
  };
  const ratio = (element, color) => {
    const [one, other] = [light(color), light(behind(element))].sort((a, b) => b - a);
    return (one + 0.05) / (other + 0.05);
  };
  const found = {};
  for (const element of document.querySelectorAll("body *:not(script):not(option)")) {
    const words = [...element.childNodes].some(node => node.nodeType === Node.TEXT_NODE && node.data.trim());
    if (!element.checkVisibility() || !(words || element.matches("select"))) continue;
    const name = `${element.tagName} ${element.className}`;
    found[name] = Math.min(found[name] ?? 99, ratio(element, getComputedStyle(element).color));
  }
  const search = document.querySelector("input[type=search]");
  found.placeholder = ratio(search, getComputedStyle(search, "::placeholder").color);
  return found;
}"""


def shown(page: Page) -> set[str]:
    """The tools whose rows are to be seen."""
    return set(page.locator("tr[data-effect]:visible").evaluate_all("rows => rows.map(row => row.id).filter(Boolean)"))


def test_it_is_whole_in_itself_and_nothing_complains(opened: Callable[..., Page]):
    page = opened(ADDRESS)
    page.locator("#changes summary").click()
    page.get_by_label("Search").fill("vm")
    assert page.problems == []
    assert page.asked == [ADDRESS]
    assert shown(opened(ADDRESS)) == FACTS.keys()


def test_searching_narrows_by_every_word(opened: Callable[..., Page]):
    page = opened(ADDRESS)
    search = page.get_by_label("Search")
    search.fill("snapshot")
    some = shown(page)
    search.fill("snapshot vm:snapshot")
    few = shown(page)
    assert {"create_vm_snapshot", "snapshot_vm"} & few
    assert few < some < FACTS.keys()
    search.fill("no such word-at-all")
    assert shown(page) == set()
    assert page.locator("tbody:visible").count() == 0
    assert page.locator("#filters output").inner_text().startswith("0 of ")


def test_toolset_effect_and_release_filter(opened: Callable[..., Page]):
    page = opened(ADDRESS)
    page.get_by_label("Toolset").select_option("tag:srs")
    assert shown(page) == {name for name, facts in FACTS.items() if "srs" in facts["tags"]}
    page.get_by_label("Toolset").select_option("")
    for effect in ("read", "destructive", "grants access", "denied by XO", "no tool"):
        page.get_by_label(effect, exact=True).uncheck()
    writes = {name for name, facts in FACTS.items() if facts["effect"] == "write" and not facts["denied"]}
    assert shown(page) == writes
    page.reload()
    page.get_by_label("Came after").select_option("6.6")
    page.get_by_label("up to").select_option("6.7")
    assert shown(page) == {name for name, facts in FACTS.items() if facts.get("since") == "6.7"} != set()


def test_escape_starts_over(opened: Callable[..., Page]):
    page = opened(ADDRESS)
    page.get_by_label("Search").fill("nothing like that")
    page.keyboard.press("Escape")
    assert shown(page) == FACTS.keys()


def difference(old: str, new: str) -> Diff:
    """What the command line tells."""
    specs, overrides = ROOT / "specs", load_overrides(ROOT / "overrides")
    history = load_history(specs)
    return diff(load_side(old, specs, overrides, history), load_side(new, specs, overrides, history))


def rows_of(found: Diff) -> Iterator[tuple[str, str, str]]:
    """(tool, what, name) of the changes that the page tells too."""
    words = {
        r"new tool: ": "added",
        r"argument `(.+)` is new": "takes",
        r"argument `(.+)` was removed": "no longer takes",
        r"argument `(.+)` takes only .* now": "takes only named values for",
        r"answers have `(.+)` too": "answers have",
        r"answers no longer have `(.+)`": "answers no longer have",
    }
    for change in found.changes:
        for pattern, word in words.items():
            match = re.match(pattern, change.text)
            if match:
                name = "" if word == "added" else match[1]
                # The page leaves out what writes answer: that is the library's word, not XO's.
                readers = {tool for tool in change.tools if tool in FACTS and FACTS[tool]["effect"] == "read"}
                yield from ((tool, word, name) for tool in change.tools if "answers" not in word or tool in readers)


def compared(page: Page) -> Iterator[tuple[str, str, str]]:
    """The same as the page tells it, values of arguments left out."""
    for word, title in (("added", "Added"), ("removed", "Removed")):
        names = page.locator(f"h3:text-is('{title}') + ul > li > :is(a, code)").all_inner_texts()
        yield from ((name, word, "") for name in names)
    for entry in page.locator("h3:text-is('Changed') + ul > li").all():
        tools = entry.locator("> :is(a, code)").all_inner_texts()
        for line in entry.locator("li").all():
            names = line.locator("code").all_inner_texts()
            word = line.evaluate("line => line.firstChild.data.trim()")
            yield from ((tool, word, name) for tool in tools for name in names if "=" not in name)


@pytest.mark.parametrize(("old", "new"), [("6.6", "6.7"), ("5.112", "5.113"), NOW])
def test_two_releases_differ_as_the_generator_says(opened: Callable[..., Page], old: str, new: str):
    page = opened(f"{ADDRESS}#changes={old}..{new}")
    of_tools = {entry for entry in compared(page) if "/" not in entry[0]}
    assert of_tools == set(rows_of(difference(old, new))) != set()
    added = sum(word == "added" for _, word, _ in of_tools)
    assert page.locator("#changes output").inner_text().startswith(f"{added} added, ")


def test_values_of_arguments_are_compared(opened: Callable[..., Page]):
    lines = opened(f"{ADDRESS}#changes=6.6..6.7").locator("#differences li li").all_inner_texts()
    assert "takes action=update:name_description, action=update:name_label, action=update:size" in lines


def test_backwards_what_was_added_is_removed(opened: Callable[..., Page]):
    forth = set(compared(opened(f"{ADDRESS}#changes=6.6..6.7")))
    back = set(compared(opened(f"{ADDRESS}#changes=6.7..6.6")))
    turned = {"added": "removed", "takes": "no longer takes", "answers have": "answers no longer have"}
    assert back == {(tool, turned[word], name) for tool, word, name in forth}
    same = opened(f"{ADDRESS}#changes=6.7..6.7")
    assert set(compared(same)) == set()


def test_the_address_keeps_the_comparison(opened: Callable[..., Page]):
    page = opened(ADDRESS)
    page.locator("#changes summary").click()
    page.get_by_label("From").select_option("6.5")
    page.locator("select[name=to]").select_option("6.6")
    assert page.url == f"{ADDRESS}#changes=6.5..6.6"
    seen = page.locator("#differences").inner_text()
    page.reload()
    assert page.locator("#differences").inner_text() == seen
    assert page.get_by_label("From").input_value() == "6.5"
    page.locator("#differences a").first.click()
    page.go_back()
    assert page.locator("#differences").inner_text() == seen


def test_an_address_of_nothing_opens_the_page(opened: Callable[..., Page]):
    page = opened(f"{ADDRESS}#changes=6.5..9.9")
    assert page.problems == []
    assert not page.locator("#differences").is_visible()


def focused(page: Page) -> str:
    """What has the focus, in a word."""
    return page.evaluate(
        "() => { const at = document.activeElement; return at.name || at.value || at.textContent.trim(); }"
    )


def test_everything_is_reached_by_keyboard_in_the_order_it_is_read(opened: Callable[..., Page]):
    page = opened(ADDRESS)
    reached = []
    for _ in range(14):
        page.keyboard.press("Tab")
        reached.append(focused(page))
        outline = page.evaluate("() => getComputedStyle(document.activeElement).outline")
        assert "solid 3px" in outline, reached[-1]
    effects = ["read", "write", "destructive", "grants_access", "denied", "none"]
    reason, summary, search, *rest = reached
    assert (reason, summary, search) == ("with the reason", "Compare two releases", "search")
    assert rest[:9] == ["toolset", "after", "upto", *effects]
    assert rest[9] in FACTS


def test_keys_open_the_comparison_search_and_walk(opened: Callable[..., Page]):
    page = opened(ADDRESS)
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.locator("details[open] output").wait_for(state="visible")
    page.keyboard.press("/")
    assert focused(page) == "search"
    page.keyboard.type("start_vm")
    page.keyboard.press("ArrowDown")
    first = focused(page)
    page.keyboard.press("ArrowDown")
    second = focused(page)
    assert {first, second} <= shown(page)
    assert first != second
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    assert focused(page) == "search"


@pytest.mark.parametrize("size", [SMALL_PHONE, PHONE, TABLET, DESKTOP])
def test_nothing_is_wider_than_the_window(opened: Callable[..., Page], size: tuple[int, int]):
    page = opened(f"{ADDRESS}#changes={RELEASES[0].name}..{NEWEST.name}", size)
    page.evaluate("() => document.querySelectorAll('details').forEach(each => { each.open = true; })")
    assert page.evaluate("() => document.documentElement.scrollWidth") <= size[0]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everything_is_readable_in_both_colour_schemes(opened: Callable[..., Page], scheme: str):
    page = opened(f"{ADDRESS}#changes={RELEASES[0].name}..{NEWEST.name}", scheme=scheme)
    contrasts = page.evaluate(CONTRASTS)
    assert len(contrasts) > 15
    assert {name: ratio for name, ratio in contrasts.items() if ratio < LEAST_CONTRAST} == {}
    paper = page.evaluate("() => getComputedStyle(document.body).backgroundColor")
    assert (paper == "rgb(255, 255, 255)") == (scheme == "light")
