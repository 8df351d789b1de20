"""No secret leaves: not in answers, errors, logs, audit lines or representations, whatever XO says."""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from aims import aimed, candidates, prepare
from desk import ENTRIES, EVERYTHING, Desk, Person, folders, text_of, variables
from fake_xo import FakeXo, running_fake_xo
from mcp.types import CallToolResult
from starting import over_stdio
from world import World

PLANTED = 'pl4nted-"pass" wörd/+&'
ENCODED = quote(PLANTED, safe="")
STORAGE = {"url": f"s3://KEY:{ENCODED}@s3.example.org/b", "options": f"username=me,password={ENCODED}"}
USER = "admin@example.org"
NESTED = {"message": "no", "value": PLANTED}
GIVEN: dict[str, dict[str, Any]] = {
    "create_user": {"name": "fresh", "password": PLANTED},
    "update_user": {"password": PLANTED},
    "add_server": {
        "host": "192.0.2.99",
        "username": "root",
        "password": PLANTED,
        "httpProxy": f"http://me:{ENCODED}@192.0.2.98:3128",
    },
    "create_backup_repository": {"name": "fresh", **STORAGE},
    "update_backup_repository": STORAGE,
    "create_sr": {
        "name_label": "fresh",
        "SR_type": "lvmoiscsi",
        "device_config": {"target": "192.0.2.1", "chapuser": "me", "chappassword": PLANTED},
    },
    "create_vm": {"name_label": "fresh", "cloud_config": f"#cloud-config\npassword: {PLANTED}"},
}
"""Calls that carry a secret in their arguments."""
ECHOES = {"list_vms": "GET /vms", "update_vm": "PATCH /vms/{id}", "start_vm": "POST /vms/{id}/actions/start"}
ECHOES |= {"export_vm_xva": "GET /vms/{id}.{format}", "import_vdi_to_sr": "POST /srs/{id}/vdis"}
ECHOES |= {"get_vm_stats": "GET /vms/{id}/stats"}
CHANGES = {"update_vm": {"nameLabel": "renamed"}}
"""What a call needs besides its required arguments to be sent at all."""


def forms(secret: str) -> list[str]:
    """A secret in every form in which it could leave."""
    return [secret, quote(secret, safe=""), quote(secret), json.dumps(secret)[1:-1]]


@dataclass
class Watch:
    """Everything that leaves a server.

    Attributes:
        desk: The server.
        audit: Its audit log.
        answers: As clients see them.
    """

    desk: Desk
    audit: Path
    answers: list[str] = field(default_factory=list)

    def call(self, name: str, arguments: dict[str, Any]) -> CallToolResult:
        """Call a tool, and keep what comes."""
        answer = self.desk.call(name, arguments)
        self.answers += [answer.model_dump_json(), text_of(answer)]
        return answer

    def everything(self) -> str:
        """All that left so far."""
        shown = [repr(self.desk.config), str(self.desk.config), repr(self.desk.client), *self.desk.log.lines]
        return "\n".join([*self.answers, *shown, self.audit.read_text()])


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeXo]:
    with running_fake_xo(vms=4, lag=0, task_seconds=0, busy_vdi_seconds=0, export_bytes=2000) as running:
        yield running


@pytest.fixture
def world(fake: FakeXo) -> Iterator[World]:
    kept = World(fake)
    yield kept
    kept.restore()


def watched(fake: FakeXo, where: Path, **changes: str) -> dict[str, str]:
    """Settings with an audit log."""
    return variables(fake, **folders(where), XO_MCP_AUDIT_LOG=str(where / "audit.log"), **changes)


def test_no_tool_shows_a_credential(fake: FakeXo, world: World, tmp_path: Path):
    with Desk(watched(fake, tmp_path)) as desk:
        watch = Watch(desk, tmp_path / "audit.log")
        for entry in ENTRIES.values():
            if entry.name != "create_auth_token":
                world.restore()
                object_id = candidates(fake, entry)[0]
                prepare(fake, desk, entry, object_id)
                watch.call(entry.name, aimed(fake, entry, object_id) | ({"fields": "*"} if takes_fields(entry) else {}))
        everything = watch.everything()
    assert len(everything) > 100_000
    for secret in (*fake.tokens.values(), fake.password):
        assert secret not in everything


def takes_fields(entry: Any) -> bool:
    return "fields" in entry.schema["properties"]


def test_a_new_token_is_shown_once_to_who_made_it(fake: FakeXo, world: World, tmp_path: Path):
    del world
    with Desk(watched(fake, tmp_path)) as desk:
        watch = Watch(desk, tmp_path / "audit.log")
        made = desk.call("create_auth_token", id=fake.xo.people.admin, description="contract")
        (token,) = [each["id"] for each in fake.xo.store.every("tokens") if each.get("description") == "contract"]
        assert token in text_of(made)
        watch.call("list_auth_tokens", {"id": fake.xo.people.admin, "fields": "*"})
        watch.call("list_auth_tokens", {"id": fake.xo.people.admin})
        assert token not in watch.everything()


@pytest.mark.parametrize("signed_in", ["token", "password"])
@pytest.mark.parametrize("status", [200, 400, 401, 403, 404, 409, 422, 500, 503])
def test_xo_may_echo_our_credentials(fake: FakeXo, world: World, tmp_path: Path, status: int, signed_in: str):
    secret = fake.admin_token if signed_in == "token" else fake.password
    login = {} if signed_in == "token" else {"XO_TOKEN": "", "XO_USERNAME": USER, "XO_PASSWORD": secret}
    basic = base64.b64encode(f"{USER}:{fake.password}".encode()).decode()
    secrets = [*forms(secret), *([basic] if signed_in == "password" else [])]
    reported = " and ".join([*secrets, f"Cookie: authenticationToken={secret}"])
    bodies = [
        {"error": reported, "data": {"headers": {"cookie": reported}, reported: reported}, "info": reported},
        {"error": {reported: {"message": reported, "value": reported}}},
    ]
    with Desk(watched(fake, tmp_path, **login)) as desk:
        watch = Watch(desk, tmp_path / "audit.log")
        for name, operation in ECHOES.items():
            for body in bodies:
                world.restore()
                headers = {"Content-Type": "application/json"}
                struck = fake.fault(
                    operation, f"status-{status}", body=json.dumps(body).encode(), headers=headers, times=None
                )
                arguments = aimed(fake, ENTRIES[name], candidates(fake, ENTRIES[name])[0])
                watch.call(name, arguments | CHANGES.get(name, {}))
                assert struck.hits
        everything = watch.everything()
    assert [form for form in secrets if form in everything] == []


def test_a_failed_task_may_echo_our_token(fake: FakeXo, world: World, tmp_path: Path):
    said = f"GET /x with Cookie authenticationToken={fake.admin_token} failed"
    result = {"code": said, "message": said, "name": said, "params": [said], "stack": said, "call": {"params": [said]}}
    with Desk(watched(fake, tmp_path)) as desk:
        watch = Watch(desk, tmp_path / "audit.log")
        vm = fake.find("vms", power_state="Halted")["id"]
        for _ in range(2):
            world.restore()
            task = {"id": "0", "status": "failure", "properties": {"name": said}, "start": 1, "result": result}
            fake.fault(
                "GET /tasks/{id}",
                "status-200",
                body=json.dumps(task).encode(),
                headers={"Content-Type": "application/json"},
                times=None,
            )
            assert watch.call("start_vm", {"id": vm}).is_error
            watch.call("get_task", {"id": fake.find("tasks")["id"]})
        assert fake.admin_token not in watch.everything()


def test_a_resource_may_echo_our_token(fake: FakeXo, world: World, tmp_path: Path):
    del world
    vm = fake.find("vms")["id"]
    body = json.dumps({"id": vm, "name_label": f"has {fake.admin_token}"}).encode()
    headers = {"Content-Type": "application/json"}
    struck = fake.fault("GET /vms/{id}", "status-200", body=body, headers=headers, times=None)
    with Desk(watched(fake, tmp_path)) as desk:
        shown = desk.read(f"xo://vms/{vm}")
    assert struck.hits
    assert "has [secret]" in shown
    assert fake.admin_token not in shown


@pytest.mark.parametrize("confirm", ["none", "all"])
@pytest.mark.parametrize("name", GIVEN)
def test_a_password_among_the_arguments_stays_there(
    fake: FakeXo, world: World, tmp_path: Path, name: str, confirm: str
):
    person = Person()
    entry = ENTRIES[name]
    given = aimed(fake, entry, candidates(fake, entry)[0]) | GIVEN[name]
    with Desk(watched(fake, tmp_path, XO_MCP_CONFIRM=confirm), person=person) as desk:
        watch = Watch(desk, tmp_path / "audit.log")
        watch.call(name, given)
        world.restore()
        refusal = json.dumps({"error": {"body.password": NESTED, "body.name": NESTED}, "data": NESTED}).encode()
        fake.fault(str(entry.facts.operation), "status-422", body=refusal, headers={"Content-Type": "application/json"})
        assert watch.call(name, given).is_error
        watch.answers += person.asked
        everything = watch.everything()
        assert len(person.asked) == 2 * (confirm == "all")
    assert [form for form in forms(PLANTED) if form in everything] == []
    assert json.loads((tmp_path / "audit.log").read_text().splitlines()[-1])["tool"] == name


@pytest.mark.anyio
async def test_the_program_logs_no_secret_at_its_most_talkative(fake: FakeXo, world: World, tmp_path: Path):
    log = tmp_path / "stderr"
    settings = {"XO_URL": fake.url, "XO_TOKEN": fake.admin_token, **EVERYTHING, "XO_MCP_LOG_LEVEL": "debug"}
    async with over_stdio(settings, "2026-07-28", log=str(log)) as client:
        await client.call_tool("list_vms", {"limit": 1})
        fake.fault("GET /hosts", "status-500", body=json.dumps({"error": fake.admin_token}).encode(), times=None)
        await client.call_tool("list_hosts", {})
        await client.call_tool("create_user", {"name": "new", "password": PLANTED})
    written = log.read_text()
    assert "GET" in written
    assert fake.admin_token not in written
    assert PLANTED not in written
    del world
