"""Who may do what in the fake XO, and who is let in at all."""

import base64
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from fake_xo import FakeXo, running_fake_xo
from newest import PINNED_SPEC


@pytest.fixture
def fake() -> Iterator[FakeXo]:
    with running_fake_xo(spec=PINNED_SPEC, lag=0, task_seconds=0.01) as running:
        yield running


def basic(fake: FakeXo, password: str, user: str = "admin@example.org") -> httpx2.Response:
    with fake.client("") as nobody:
        return nobody.get("/vms", auth=(user, password))


def test_some_routes_need_no_login(fake: FakeXo) -> None:
    with fake.client("") as nobody:
        for path in ("/ping", "/docs/swagger.json", "/mcp/status", "/gui-routes"):
            assert nobody.get(path).status_code == 200
        assert nobody.get("/vms").status_code == 401


def test_both_ways_at_once_are_400(fake: FakeXo) -> None:
    with fake.client() as admin:
        assert admin.get("/vms", auth=("admin@example.org", fake.password)).status_code == 400


def test_a_bearer_token_is_401(fake: FakeXo) -> None:
    with fake.client("") as nobody:
        answer = nobody.get("/vms", headers={"Authorization": f"Bearer {fake.admin_token}"})
    assert answer.status_code == 401


@pytest.mark.parametrize("header", ["Basic", "Basic !", "Basic " + base64.b64encode(b"\xff").decode(), "Digest x"])
def test_broken_credentials_are_401(fake: FakeXo, header: str) -> None:
    with fake.client("") as nobody:
        assert nobody.get("/vms", headers={"Authorization": header}).status_code == 401


def test_an_unknown_token_is_401(fake: FakeXo) -> None:
    with fake.client("") as nobody:
        assert nobody.get("/vms", headers={"Cookie": "authenticationToken=nothing"}).status_code == 401


def test_a_right_password_just_after_a_wrong_one_is_500(fake: FakeXo) -> None:
    fake.options.auth_throttle = 3600
    assert basic(fake, fake.password).status_code == 200
    assert basic(fake, "wrong").status_code == 401
    answer = basic(fake, fake.password)
    assert (answer.status_code, answer.json()["error"]) == (500, "too fast authentication tries")
    assert basic(fake, fake.password, "reader@example.org").status_code == 200
    fake.options.auth_throttle = 0
    assert basic(fake, fake.password).status_code == 200


def test_me_is_a_redirect_that_keeps_method_path_and_query(fake: FakeXo) -> None:
    me = fake.xo.people.admin
    with fake.client() as admin:
        answer = admin.post("/users/me/authentication_tokens?x=%20", json={"description": "mine"})
        assert answer.status_code == 307
        assert answer.headers["location"] == f"/rest/v0/users/{me}/authentication_tokens?x=%20"
        followed = admin.post("/users/me/authentication_tokens", json={"description": "mine"}, follow_redirects=True)
        assert admin.get("/users/me", follow_redirects=True).json()["id"] == me
    token = followed.json()["token"]
    assert followed.status_code == 201
    assert (token["user_id"], token["description"]) == (me, "mine")
    assert token["expiration"] - token["created_at"] == 30 * 86_400_000


@pytest.mark.parametrize(("duration", "milliseconds"), [("1 hour", 3_600_000), ("2d", 172_800_000), (5000, 5000)])
def test_a_token_lasts_as_long_as_asked(fake: FakeXo, duration: Any, milliseconds: int) -> None:
    with fake.client() as admin:
        url = f"/users/{fake.xo.people.admin}/authentication_tokens"
        token = admin.post(url, json={"expiresIn": duration}).json()["token"]
        assert token["expiration"] - token["created_at"] == milliseconds
        assert admin.post(url, json={"expiresIn": "for ever"}).status_code == 500


def test_another_users_tokens_are_forbidden_even_to_an_administrator(fake: FakeXo) -> None:
    ids = fake.xo.people.ids
    with fake.client() as admin:
        assert admin.get(f"/users/{ids['reader']}/authentication_tokens").status_code == 403
        own = admin.get(f"/users/{ids['admin']}/authentication_tokens")
        assert own.json()[0]["id"] == fake.admin_token
        own = admin.get(f"/users/{ids['admin']}/authentication_tokens?fields=description")
        assert own.json() == [{"description": "made at the start"}]


def test_lists_are_empty_without_privileges_never_403(fake: FakeXo) -> None:
    vm = fake.find("vms")["id"]
    with fake.client("nobody") as nobody:
        for path in ("/vms", "/tasks", "/users", "/acl-roles", f"/vms/{vm}/alarms", f"/vms/{vm}/vdis"):
            answer = nobody.get(path)
            assert (answer.status_code, answer.json()) == (200, [])


def test_one_object_without_privileges_is_403(fake: FakeXo) -> None:
    vm = fake.find("vms")["id"]
    with fake.client("nobody") as nobody:
        answer = nobody.get(f"/vms/{vm}")
    assert answer.status_code == 403
    missing = [{"objectId": vm, "action": "read", "resource": "vm"}]
    assert answer.json() == {"error": "not enough privileges", "data": {"missingPrivileges": missing}}


def test_a_reader_reads_and_does_nothing(fake: FakeXo) -> None:
    vm = fake.find("vms", power_state="Halted")["id"]
    with fake.client("reader") as reader:
        assert len(reader.get("/vms").json()) == 60
        assert reader.get("/tasks").json() == []
        answer = reader.post(f"/vms/{vm}/actions/start")
        assert answer.json()["data"]["missingPrivileges"][0]["action"] == "start"
        answer = reader.patch(f"/vms/{vm}", json={"nameLabel": "x", "tags": []})
        actions = [each["action"] for each in answer.json()["data"]["missingPrivileges"]]
        assert actions == ["update:nameLabel", "update:tags"]
        assert reader.get("/dashboard").json()["error"] == "not enough permissions"


def test_an_operator_starts_a_vm_and_may_not_read_the_task(fake: FakeXo) -> None:
    vm = fake.find("vms", power_state="Halted")
    with fake.client("operator") as operator:
        answer = operator.post(f"/vms/{vm['id']}/actions/start")
        assert answer.status_code == 202
        assert operator.get(f"/tasks/{answer.json()['taskId']}?wait=true").status_code == 403
        other = next(each for each in fake.xo.store.every("vms") if each["power_state"] == "Halted" and each != vm)
        assert operator.post(f"/vms/{other['id']}/actions/start?sync=true").status_code == 204


def test_an_action_covers_its_variants(fake: FakeXo) -> None:
    vm = fake.find("vms", power_state="Running")["id"]
    with fake.client("operator") as operator:
        assert operator.post(f"/vms/{vm}/actions/hard_shutdown?sync=true").status_code == 204
        assert operator.post(f"/vms/{vm}/actions/suspend?sync=true").status_code == 403


def test_a_privilege_on_the_target_is_asked_too(fake: FakeXo) -> None:
    vm, host = fake.find("vms", power_state="Halted")["id"], fake.find("hosts")["id"]
    with fake.client("operator") as operator:
        answer = operator.post(f"/vms/{vm}/actions/start", json={"hostId": host})
        missing = [{"objectId": host, "action": "allow-vm", "resource": "host"}]
        assert answer.json()["data"]["missingPrivileges"] == missing
        assert operator.post(f"/vms/{vm}/actions/start", json={"hostId": "nowhere"}).status_code == 404


def test_a_selector_narrows_and_a_denial_wins(fake: FakeXo) -> None:
    ids = fake.xo.people.ids
    with fake.client() as admin, fake.client("nobody") as nobody:
        role = admin.post("/acl-roles", json={"name": "web only"}).json()["id"]
        for effect, selector in (("allow", "name_label:web"), ("deny", "tags:critical")):
            body = {"resource": "vm", "action": "read", "effect": effect, "selector": selector, "roleId": role}
            assert admin.post("/acl-privileges", json=body).status_code == 201
        assert nobody.get("/vms").json() == []
        assert admin.put(f"/acl-roles/{role}/users/{ids['nobody']}").status_code == 204
        assert admin.put(f"/acl-roles/{role}/users/{ids['nobody']}").status_code == 409
        names = [vm["name_label"] for vm in nobody.get("/vms?fields=name_label").json()]
    assert names == ["web-staging-010", "web-dev-020", "web-staging-040", "web-dev-050"]


def test_built_in_roles_must_be_copied_first(fake: FakeXo) -> None:
    template, user = fake.find("acl-roles", isTemplate=True), fake.xo.people.ids["nobody"]
    with fake.client() as admin:
        assert admin.put(f"/acl-roles/{template['id']}/users/{user}").status_code == 403
        copied = admin.post(f"/acl-roles/{template['id']}/actions/copy?sync=true", json={"name": "mine"})
        assert copied.status_code == 201
        role = copied.json()["id"]
        assert admin.put(f"/acl-roles/{role}/users/{user}").status_code == 204
        privileges = admin.get(f"/acl-roles/{role}/privileges?fields=resource").json()
    assert len(privileges) == len(template["privilegeIds"])


def test_nobody_changes_their_own_permission(fake: FakeXo) -> None:
    with fake.client() as admin:
        answer = admin.patch(f"/users/{fake.xo.people.admin}", json={"permission": "none"})
    assert answer.status_code == 403
    assert answer.json()["error"].startswith("forbidden operation: ")


def test_a_name_that_is_taken_is_500_for_users_and_409_for_groups(fake: FakeXo) -> None:
    with fake.client() as admin:
        assert admin.post("/users", json={"name": "new@example.org", "password": "x"}).status_code == 201
        assert admin.post("/users", json={"name": "new@example.org", "password": "x"}).status_code == 500
        assert admin.post("/groups", json={"name": "new"}).status_code == 201
        assert admin.post("/groups", json={"name": "new"}).status_code == 409
    assert basic(fake, "x", "new@example.org").status_code == 200


@pytest.mark.breaks_contract("the test itself plays an MCP client that asks for what is not there")
def test_the_kill_switch(fake: FakeXo) -> None:
    fake.options.mcp_enabled = False
    with fake.client() as admin:
        answer = admin.get("/mcp/status")
        assert (answer.status_code, answer.json()["data"]) == (503, {"error": "mcp_disabled"})
        assert admin.get("/ping").status_code == 200
        for path in ("/ping", "/vms", "/nope"):
            answer = admin.get(path, headers={"X-XO-Client": "mcp"})
            assert (answer.status_code, answer.json()["data"]) == (503, {"error": "mcp_disabled"})
    fake.options.mcp_enabled = True
    with fake.client() as admin:
        assert admin.get("/vms", headers={"X-XO-Client": "mcp"}).status_code == 200


def test_users_never_show_a_password(fake: FakeXo) -> None:
    with fake.client() as admin:
        assert {user["pw_hash"] for user in admin.get("/users?fields=pw_hash").json()} == {"***obfuscated***"}
