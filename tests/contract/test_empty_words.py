"""Lists that are empty for a reason, and changes that change nothing, on both surfaces."""

from collections.abc import Iterator

import pytest
from fake_xo import FakeXo, running_fake_xo
from surfaces import SURFACES, Surfaces, notes_of, surfaces


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeXo]:
    with running_fake_xo(vms=6, lag=0) as found:
        yield found


@pytest.fixture(scope="module")
def operator(fake: FakeXo) -> Iterator[Surfaces]:
    """As a user who may see and start VMs, and read nothing else."""
    with surfaces(fake, XO_TOKEN=fake.operator_token) as found:
        yield found


@pytest.fixture(scope="module")
def admin(fake: FakeXo) -> Iterator[Surfaces]:
    with surfaces(fake) as found:
        yield found


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize(
    ("tool", "privilege"),
    [
        ("list_vm_vdis", "vdi:read"),
        ("list_tasks", "task:read"),
        ("list_backup_jobs", "backup-job:read"),
        ("list_schedules", "schedule:read"),
        ("list_users", "user:read"),
        ("list_hosts", "host:read"),
    ],
)
def test_an_empty_list_names_the_privilege_that_would_fill_it(
    operator: Surfaces, surface: str, tool: str, privilege: str
) -> None:
    arguments = {"id": operator.fake.find("vms")["id"]} if tool == "list_vm_vdis" else {}
    answer = operator.answer(surface, tool, arguments)
    assert answer["items"] == []
    assert f"lacks the privilege `{privilege}`" in notes_of(answer)


@pytest.mark.parametrize("surface", SURFACES)
def test_who_has_the_privilege_hears_nothing_of_it(operator: Surfaces, admin: Surfaces, surface: str) -> None:
    for who in (operator, admin):
        answer = who.answer(surface, "list_vms", {"filter": "name_label:nowhere"})
        assert answer["items"] == []
        assert "privilege" not in notes_of(answer)


@pytest.mark.parametrize("surface", SURFACES)
def test_a_pool_that_was_just_connected_is_no_lack_of_rights(admin: Surfaces, surface: str) -> None:
    admin.fake.call(admin.fake.xo.store.fill_after, 30)
    try:
        answer = admin.answer(surface, "list_vms", {})
    finally:
        admin.fake.call(admin.fake.xo.store.fill_after, 0)
    assert "first seconds after it was connected" in notes_of(answer)


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize("tool", ["get_dashboard", "list_audit_records"])
def test_what_only_administrators_may_use_is_said(operator: Surfaces, surface: str, tool: str) -> None:
    assert "Only XO administrators may use this" in operator.refusal(surface, tool, {})


@pytest.mark.parametrize("surface", SURFACES)
def test_a_change_of_nothing_is_no_success(admin: Surfaces, surface: str) -> None:
    vm = admin.fake.find("vms")["id"]
    for arguments in ({"id": vm}, {"id": vm, "memory": None, "nameLabel": None}):
        assert "Nothing was changed" in admin.refusal(surface, "update_vm", arguments)
