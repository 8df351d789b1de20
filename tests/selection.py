"""Which tests `make test-fast` and `make test` leave out, and which the quick rehearsal of an upgrade runs."""

import re
from functools import cache
from pathlib import Path

TESTS = Path(__file__).resolve().parent
SLOW = frozenset(
    {
        "contract/test_every_tool", "contract/test_faults", "contract/test_operations",
        "contract/test_policy_table", "contract/test_protocols", "contract/test_secrets", "contract/test_watch",
        "generator/test_build", "generator/test_cli", "generator/test_diff", "generator/test_document",
        "generator/test_facts_files", "generator/test_fitting", "generator/test_hazards", "generator/test_history",
        "generator/test_hostile_input", "generator/test_upgrade", "generator/test_upgrade_command",
        "page/test_page", "server/test_cluster", "server/test_audit", "server/test_audit_tasks", "server/test_budget",
        "server/test_config", "server/test_confirm", "server/test_demo", "server/test_event_owners",
        "server/test_fake_xo", "server/test_fake_xo_access", "server/test_fake_xo_filters",
        "server/test_fake_xo_habits", "server/test_fake_xo_lists", "server/test_fake_xo_objects",
        "server/test_fake_xo_routes", "server/test_fake_xo_tasks", "server/test_fake_xo_transfers",
        "server/test_http_transport", "server/test_identities", "server/test_instances", "server/test_install",
        "server/test_oauth",
        "server/test_releases", "server/test_resources", "server/test_rights", "server/test_server",
    }
)  # fmt: skip
"""Modules that start programs, build trees or call every tool, or are about the fake XO itself."""
NEWEST = frozenset({"contract/test_operations"})
"""Slow modules that depend on the newest release as no other does: even the quick rehearsal runs them."""
LONG = frozenset(
    {
        "attacks/test_agreement", "attacks/test_hostile_rpc", "attacks/test_outside_texts",
        "generator/test_importer_npm", "generator/test_inventory_tables", "generator/test_overrides",
        "server/test_client_auth", "server/test_query_together",
    }
)  # fmt: skip
"""Modules that take long and see hardly more of the newest release than others: the quick rehearsal leaves them out."""
THOROUGH = re.compile(
    r"test_policy_table\.py::test_(the_table|who_is_asked_decides)\[.*search"
    r"|test_policy_table\.py::test_who_is_asked_decides\[(cancel|decline)"
    r"|test_policy_table\.py::test_a_token_is_good_for_one_call_on_either_surface\[search"
    r"|test_secrets\.py::test_xo_may_echo_our_credentials\[(?!401-token|200-password)"
    r"|test_large_requests\.py::"
    r"|test_huge_reports\.py::"
    r"|test_upgrade\.py::test_every_upgrade_xo_made\w*\[(?!5\.113-|6\.6-)"
    r"|test_upgrade_command\.py::test_a_release_that_changes_nothing_but_fails_a_test"
)
"""Tests that go over everything once more: `make test-all` runs them, `make test` and CI what they repeat."""
LOOKS = re.compile(
    r"\bnewest\b|\b(NEWEST|PREVIOUS|RELEASES|EPOCHS|NEXT|LATER|SPECS)\b|load_entries|ENTRIES|DEFINITIONS|\bREADME\b"
)
"""What a module says that looks at the newest release."""


@cache
def marks(path: Path) -> tuple[str, ...]:
    """The markers of every test in a module.

    Args:
        path: Of the module, below `tests/`.
    """
    name = path.relative_to(TESTS).with_suffix("").as_posix()
    if name in SLOW:
        return ("slow", "newest") if name in NEWEST else ("slow",)
    return ("newest",) if name not in LONG and LOOKS.search(path.read_text(encoding="utf-8")) else ()
