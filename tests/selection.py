"""How far a run of the tests goes (`--depth`), and which of them the quick rehearsal of an upgrade runs."""

import re
from functools import cache
from pathlib import Path

from newest import RELEASES

TESTS = Path(__file__).resolve().parent
OLDER = {release.name for release in RELEASES[:-1]}
RELEASE = re.compile(r"(?:^|-)(?:xo-)?(\d+(?:\.\d+)+)(?=-|\]|$)")
DEPTHS = ("fast", "usual", "ci", "all")
"""Of `make test-fast`, `test`, `test-ci` and `test-all`: each runs what the one before does, and more."""
USUAL = frozenset(
    {
        "attacks/test_audit_attacks", "attacks/test_client_tokens", "attacks/test_deploy_script",
        "attacks/test_form_answers", "attacks/test_hostile_answers", "attacks/test_hostile_screens",
        "attacks/test_hostile_sql", "attacks/test_killed_workers", "attacks/test_large_requests",
        "attacks/test_loop_files", "attacks/test_metrics_port", "attacks/test_own_identities", "attacks/test_quotas",
        "attacks/test_shared_state_attacks", "attacks/test_small_things", "attacks/test_special_files",
        "attacks/test_stdio_clients", "conformance/test_results", "contract/test_backup_faults",
        "contract/test_backup_jobs", "contract/test_backup_life", "contract/test_backup_losses",
        "contract/test_effect_words", "contract/test_filter_words", "contract/test_rpc_faults",
        "contract/test_rpc_tools", "contract/test_run_on_many", "contract/test_screenshots",
        "contract/test_surface_words", "contract/test_unanswered", "contract/test_watch", "generator/test_comparison",
        "generator/test_damaged_specs", "generator/test_document", "generator/test_facts_files",
        "generator/test_fitting", "generator/test_importer_npm", "generator/test_overrides", "generator/test_snapshots",
        "jobs/test_inventory_jobs", "search/test_order", "server/test_argument_completion", "server/test_audit",
        "server/test_audit_tasks", "server/test_budget", "server/test_charts", "server/test_client_auth",
        "server/test_client_errors", "server/test_client_secrets", "server/test_cluster", "server/test_deploy",
        "server/test_doctor", "server/test_download", "server/test_download_failures", "server/test_download_progress",
        "server/test_event_owners", "server/test_fake_xo", "server/test_fake_xo_access", "server/test_fake_xo_filters",
        "server/test_fake_xo_habits", "server/test_fake_xo_lists", "server/test_fake_xo_objects",
        "server/test_fake_xo_routes", "server/test_fake_xo_rpc", "server/test_fake_xo_tasks",
        "server/test_fake_xo_transfers", "server/test_fake_xo_writes", "server/test_http_transport",
        "server/test_identities", "server/test_input_required", "server/test_instances", "server/test_inventory",
        "server/test_jsonrpc", "server/test_metrics", "server/test_oauth", "server/test_oauth_issuer",
        "server/test_oauth_settings", "server/test_paths", "server/test_query_together", "server/test_questions",
        "server/test_read_after_write", "server/test_report_worlds", "server/test_reports", "server/test_resources",
        "server/test_rights", "server/test_rpc_progress", "server/test_server_names", "server/test_spans",
        "server/test_stats", "server/test_tasks", "server/test_unusual_documents", "server/test_xapi_errors",
        "server/test_xo_validation_errors",
    }
)  # fmt: skip
"""Modules that attack, start programs, wait, or take more than three seconds: `make test-fast` leaves them out."""
CI = frozenset(
    {
        "attacks/test_agreement", "attacks/test_hostile_rpc", "attacks/test_http_clients", "attacks/test_outside_texts",
        "attacks/test_patterns", "attacks/test_people", "attacks/test_signals", "contract/test_consequences",
        "contract/test_every_tool", "contract/test_faults", "contract/test_operations", "contract/test_policy_table",
        "contract/test_protocols", "contract/test_secrets", "generator/test_build", "generator/test_cli",
        "generator/test_diff", "generator/test_diff_sides", "generator/test_diff_tools",
        "generator/test_hazardous_names", "generator/test_hazardous_schemas", "generator/test_hazards",
        "generator/test_history", "generator/test_hostile_input", "generator/test_inventory_tables",
        "generator/test_release_builds", "generator/test_upgrade", "generator/test_upgrade_command", "jobs/test_jobs",
        "page/test_page", "search/test_requests", "server/test_config", "server/test_confirm",
        "server/test_confirm_tokens", "server/test_confirm_workers", "server/test_demo", "server/test_install",
        "server/test_readiness", "server/test_releases", "server/test_report_command", "server/test_server",
        "server/test_watching",
    }
)  # fmt: skip
"""Modules that build trees, call every tool or wait for long: `make test` leaves them out too."""
THOROUGH = re.compile(
    r"test_policy_table\.py::test_(the_table|who_is_asked_decides)\[.*search"
    r"|test_policy_table\.py::test_who_is_asked_decides\[(cancel|decline|accept-full-legacy)"
    r"|test_policy_table\.py::test_a_token_is_good_for_one_call_on_either_surface\[search"
    r"|test_secrets\.py::test_xo_may_echo_our_credentials\[(?!401-token|200-password)"
    r"|test_large_requests\.py::"
    r"|test_huge_reports\.py::"
    r"|test_policy_table\.py::test_the_table\[(?!actions)[\w -]+-(none|all)-"
    r"|test_hazardous_schemas\.py::test_five_thousand_operations_build"
    r"|test_upgrade\.py::test_(the_newest_release_can_be_taken_in_again|a_parameter_that_can_not_be_sent)"
    r"|test_upgrade\.py::test_an_upgrade_from_a_live_xo_leaves_its_plugins_to_itself"
    r"|test_cli\.py::test_one_finding_is_no_findings_and_no_line_is_wrapped"
    r"|test_upgrade_command\.py::test_nothing_is_left_to_do_after_a_release_we_have"
    r"|test_supply_chain\.py::test_the_bill_names_everything"
    r"|test_release_builds\.py::test_every_upgrade_xo_made\w*\[(?!5\.113-|6\.6-)"
    r"|test_upgrade_command\.py::test_a_release_that_changes_nothing_but_fails_a_test"
)
"""Tests that go over everything once more: only `make test-all` runs them."""
REPEATS = frozenset(
    {
        "attacks/test_hostile_answers", "attacks/test_operators_files", "generator/test_identifiers",
        "generator/test_layers", "generator/test_overrides", "generator/test_snapshots", "generator/test_supply_chain",
        "server/test_audit", "server/test_blocking", "server/test_client_redirects", "server/test_client_retries",
        "server/test_client_silence", "server/test_client_tls", "server/test_event_cuts", "server/test_event_hub",
        "server/test_events", "server/test_filter_language", "server/test_folders", "server/test_instances",
        "server/test_kept_connections", "server/test_masking", "server/test_query_together", "server/test_resources",
        "server/test_rights", "server/test_shape", "server/test_tasklog", "server/test_upload",
        "server/test_upload_folder",
    }
)  # fmt: skip
"""Modules that see nothing of the newest release, or hardly more than others: the quick rehearsal leaves them out."""
LOOKS = re.compile(
    r"from newest import (?!PINNED(_SPEC)?\n)|\bnewest_|load_entries"
    r"|\b(RELEASES|NEXT|SPECS|ENTRIES|DEFINITIONS|README)\b"
)
"""What a module of `USUAL` says that looks at the newest release."""
MARK = "mark.newest"
"""What any other module says of a test for the quick rehearsal."""


def depth(path: Path) -> str:
    """The least depth of a run that runs a module.

    Args:
        path: Of the module, below `tests/`.
    """
    name = _name(path)
    return "ci" if name in CI else "usual" if name in USUAL else "fast"


@cache
def sees_newest(path: Path) -> bool:
    """Whether the quick rehearsal runs a module: a fast one, or one that looks at the newest release.

    Args:
        path: Of the module, below `tests/`.
    """
    least = depth(path)
    looks = least == "fast" or (least == "usual" and bool(LOOKS.search(path.read_text(encoding="utf-8"))))
    return looks and _name(path) not in REPEATS


def has_rehearsed(path: Path) -> bool:
    """Whether the quick rehearsal runs a module, or single tests of it.

    Args:
        path: Of the module, below `tests/`.
    """
    return sees_newest(path) or MARK in path.read_text(encoding="utf-8")


def is_of_older(test: str) -> bool:
    """Whether a test is about an older release, by its parameters' names: `test_a[6.0]`, `test_b[5.110-to-5.111]`.

    Args:
        test: Its name.
    """
    named = {found[1] for found in RELEASE.finditer(test.partition("[")[2])}
    return bool(named) and named <= OLDER


def _name(path: Path) -> str:
    return path.relative_to(TESTS).with_suffix("").as_posix()
