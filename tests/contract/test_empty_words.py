"""Lists that are empty for a reason, and changes that change nothing, on both surfaces."""

from collections.abc import Iterator

import pytest
from desk import ENTRIES, text_of
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
        ("list_user_acl_privileges", "acl-privilege:read"),
    ],
)
def test_an_empty_list_names_the_privilege_that_would_fill_it(
    operator: Surfaces, surface: str, tool: str, privilege: str
) -> None:
    of = {"list_vm_vdis": operator.fake.find("vms"), "list_user_acl_privileges": operator.fake.find("users")}
    arguments = {"id": of[tool]["id"]} if tool in of else {}
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
def test_administrators_need_no_privilege(admin: Surfaces, operator: Surfaces, surface: str) -> None:
    for user in ("me", admin.fake.find("users", permission="admin")["id"]):
        said = notes_of(admin.answer(surface, "list_user_acl_privileges", {"id": user}))
        assert "may do everything, whatever their roles say, and this is one: `admin@example.org`" in said
    nobody = admin.fake.find("users", name="nobody@example.org")["id"]
    for who, user in ((admin, nobody), (operator, "me")):
        answer = who.answer(surface, "list_user_acl_privileges", {"id": user})
        assert (not answer["items"]) is (user == nobody)
        assert not notes_of(answer)


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


@pytest.mark.parametrize("surface", SURFACES)
def test_disabled_repositories_that_a_list_leaves_out_are_named(admin: Surfaces, surface: str) -> None:
    assert "disabled" not in notes_of(admin.answer(surface, "list_backups", {}))
    off, on = admin.fake.xo.store.every("backup-repositories")[:2]
    admin.fake.change("backup-repositories", off["id"], enabled=False)
    try:
        for repositories in ({}, {"backup-repository": [off["id"]]}, {"backup-repository": [off["id"], on["id"]]}):
            said = notes_of(admin.answer(surface, "list_backups", repositories))
            assert f"no backups of a disabled repository, and these are: `{off['name']}`" in said
        assert "disabled" not in notes_of(admin.answer(surface, "list_backups", {"backup-repository": [on["id"]]}))
    finally:
        admin.fake.change("backup-repositories", off["id"], enabled=True)


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize(
    ("pattern", "idle"),
    [
        ({"tags": [["web"]]}, True),
        ({"tags": "web"}, True),
        ({"id": "gone"}, True),
        ({"tags": {"__or": [["web"]]}}, False),
        ({"type": "VM", "tags": {"__and": [{"__or": [["web"]]}, {"__not": {"__or": [["none"]]}}]}}, False),
        ({"power_state": "Running"}, False),
    ],
)
def test_a_backup_job_that_selects_no_vm_is_reported(
    admin: Surfaces, surface: str, pattern: dict[str, object], *, idle: bool
) -> None:
    job = admin.fake.find("backup-jobs", type="backup")
    vm = admin.fake.find("vms", power_state="Running")
    admin.fake.change("vms", vm["id"], tags=["web"])
    admin.fake.change("backup-jobs", job["id"], vms=pattern)
    try:
        for tool, arguments in (("list_backup_jobs", {}), ("get_backup_job", {"id": job["id"]})):
            said = notes_of(admin.answer(surface, tool, arguments))
            assert ("Selects none of the 6 VMs" in said and job["name"] in said) is idle
    finally:
        admin.fake.change("backup-jobs", job["id"], vms=job["vms"])
        admin.fake.change("vms", vm["id"], tags=vm["tags"])


@pytest.mark.parametrize("surface", SURFACES)
def test_tools_for_administrators_say_so_before_they_are_called(admin: Surfaces, surface: str) -> None:
    for name in ("get_dashboard", "list_audit_records", "get_audit_record"):
        if surface == "full":
            said = ENTRIES[name].definition["description"]
        else:
            said = text_of(admin.desks[surface].call("describe_tools", names=[name]))
        assert "XO administrators only." in said


ADMINS_ONLY = [name for name, entry in ENTRIES.items() if entry.facts.is_call and entry.facts.permission == "admin"]


def test_all_methods_for_administrators_say_so() -> None:
    assert "delete_resource_set" in ADMINS_ONLY
    for name in ADMINS_ONLY:
        assert "XO administrators only." in ENTRIES[name].definition["description"], name


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize(
    ("tool", "expected"),
    [
        ("list_plugins", "Only XO administrators may use this"),
        ("list_xo_logs", "Only XO administrators may use this"),
        ("get_host_bios_info", "or an old ACL (operator or admin) on the object"),
    ],
)
def test_who_may_call_a_method_is_reported(operator: Surfaces, surface: str, tool: str, expected: str) -> None:
    host = {"id": operator.fake.find("hosts")["id"]} if tool == "get_host_bios_info" else {}
    namespace = {"namespace": "api"} if tool == "list_xo_logs" else {}
    assert expected in operator.refusal(surface, tool, {**host, **namespace})


@pytest.mark.parametrize("surface", SURFACES)
def test_an_empty_list_names_the_privilege_that_is_missing_for_repositories(operator: Surfaces, surface: str) -> None:
    answer = operator.answer(surface, "list_metadata_backups", {})
    assert answer["items"] == []
    assert "lacks the privilege `backup-repository:read`" in notes_of(answer)
