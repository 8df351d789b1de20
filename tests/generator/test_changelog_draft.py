"""The draft of a release in CHANGELOG.md: what an upgrade may replace, and what a person wrote."""

import pytest

from generator.commands.changelog import EMPTY, with_draft

DRAFT = "### XO 90\n\n- New tool `dance_vm`.\n"
LATER = "### XO 90\n\n- New tool `waltz_vm`.\n"
OTHERS = "### Added\n\n- Something.\n\n## 1.0.0\n\n- The first.\n"
BEFORE = f"# Changelog\n\n## Unreleased\n\n{OTHERS}"
DRAFTED = f"# Changelog\n\n## Unreleased\n\n{DRAFT}\n{OTHERS}"


@pytest.mark.parametrize(
    ("text", "draft", "last", "expected"),
    [
        (BEFORE, DRAFT, "", DRAFTED),
        (EMPTY, DRAFT, "", f"{EMPTY}\n{DRAFT}"),
        ("# Changelog\n\n## 1\n", DRAFT, "", f"# Changelog\n\n## Unreleased\n\n{DRAFT}\n## 1\n"),
        (DRAFTED, DRAFT, "", DRAFTED),
        (DRAFTED, LATER, DRAFT, DRAFTED.replace("dance", "waltz")),
        (DRAFTED, LATER, "", None),
        (DRAFTED.replace("tool", "way to dance"), LATER, DRAFT, None),
        (BEFORE, LATER, DRAFT, None),
    ],
    ids=["first", "empty", "no-unreleased", "same", "untouched", "unknown", "rewritten", "taken-out"],
)
def test_a_draft_replaces_only_what_an_upgrade_wrote(text: str, draft: str, last: str, expected: str | None):
    assert with_draft(text, draft, last) == expected
