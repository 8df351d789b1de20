"""What deploy/ gives an operator, tried as far as a machine without systemd and containers can."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_xo.server import FakeXo, running_fake_xo

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"


@pytest.fixture(scope="module")
def xo() -> Iterator[FakeXo]:
    with running_fake_xo(vms=4) as fake:
        yield fake


def make_reader(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(DEPLOY / "read_only_user.py"), "mcp-reader", str(folder / "token")]
    return subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True, check=False)


def test_the_read_only_user_satisfies_doctor_and_may_change_nothing(xo: FakeXo, tmp_path: Path):
    done = make_reader(tmp_path, XO_URL=xo.url, XO_ADMIN_TOKEN=xo.admin_token)
    assert (done.returncode, done.stderr) == (0, "")
    token = tmp_path / "token"
    assert token.stat().st_mode & 0o777 == 0o600
    environment = {"XO_URL": xo.url, "XO_TOKEN_FILE": str(token)}
    doctor = subprocess.run(
        [sys.executable, "-m", "xo_mcp", "doctor", "--json"],
        cwd=DEPLOY.parent / "generated",
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    checks = {check["check"]: check for check in json.loads(doctor.stdout)["checks"]}
    assert {check["state"] for check in checks.values()} == {"ok"}
    assert "mcp-reader, no administrator" in checks["login"]["text"]
    with xo.client("") as client:
        client.cookies.set("authenticationToken", token.read_text().strip())
        vm = xo.find("vms", power_state="Halted")["id"]
        assert client.get(f"/vms/{vm}").status_code == 200
        assert client.post(f"/vms/{vm}/actions/start?sync=true").status_code == 403


def everything_about_people(xo: FakeXo) -> list[list[object]]:
    """Users, roles and privileges, as XO has them."""
    store = xo.xo.store
    return [sorted(str(record) for record in store.every(name)) for name in ("users", "acl-roles", "acl-privileges")]


def test_a_refusal_is_reported_without_the_token(xo: FakeXo, tmp_path: Path):
    before = everything_about_people(xo)
    done = make_reader(tmp_path, XO_URL=xo.url, XO_ADMIN_TOKEN=xo.reader_token)
    assert done.returncode == 1
    assert "privileges" in done.stderr
    assert xo.reader_token not in done.stderr
    assert "Nothing was left behind in XO." in done.stderr
    assert list(tmp_path.iterdir()) == []
    assert everything_about_people(xo) == before


def test_a_failure_half_way_leaves_nothing_behind(tmp_path: Path):
    with running_fake_xo(vms=1) as xo:
        before = everything_about_people(xo)
        xo.fault("POST /users/{id}/authentication_tokens", "status-500", times=None)
        done = make_reader(tmp_path, XO_URL=xo.url, XO_ADMIN_TOKEN=xo.admin_token)
        assert (done.returncode, list(tmp_path.iterdir())) == (1, [])
        assert "Nothing was left behind in XO." in done.stderr
        assert everything_about_people(xo) == before


def test_answers_that_never_came_leave_nothing_that_is_not_used(tmp_path: Path):
    with running_fake_xo(vms=1) as xo:
        before = [len(records) for records in everything_about_people(xo)]
        for route in ("/users", "/acl-roles", "/acl-privileges", "/users/{id}/authentication_tokens"):
            xo.fault(f"POST {route}", "lost-answer")
        done = make_reader(tmp_path, XO_URL=xo.url, XO_ADMIN_TOKEN=xo.admin_token)
        assert (done.returncode, done.stderr) == (0, "")
        users, roles, privileges = (len(records) for records in everything_about_people(xo))
        assert (users, roles) == (before[0] + 1, before[1] + 1)
        assert privileges - before[2] == len({each["resource"] for each in xo.xo.store.every("acl-privileges")})
        assert (tmp_path / "token").read_text().strip() in {token["id"] for token in xo.xo.store.every("tokens")}


def test_running_it_again_keeps_what_is_there_and_gives_a_new_token(tmp_path: Path):
    with running_fake_xo(vms=1) as xo:
        assert make_reader(tmp_path, XO_URL=xo.url, XO_ADMIN_TOKEN=xo.admin_token).returncode == 0
        first = (tmp_path / "token").read_text()
        role = next(each for each in xo.xo.store.every("acl-roles") if each["name"].startswith("mcp-reader"))
        removed = role["privilegeIds"][-1]
        xo.xo.store.update("acl-roles", role["id"], privilegeIds=role["privilegeIds"][:-1])
        xo.xo.store.remove("acl-privileges", removed)
        done = make_reader(tmp_path, XO_URL=xo.url, XO_ADMIN_TOKEN=xo.admin_token)
        assert (done.returncode, done.stderr) == (0, "")
        assert (tmp_path / "token").read_text() != first
        assert len([each for each in xo.xo.store.every("users") if each["email"] == "mcp-reader"]) == 1
        after = next(each for each in xo.xo.store.every("acl-roles") if each["id"] == role["id"])
        assert len(after["privilegeIds"]) == len(role["privilegeIds"])
        with xo.client("") as client:
            client.cookies.set("authenticationToken", (tmp_path / "token").read_text().strip())
            assert client.get("/acl-roles?fields=*").json()


@pytest.mark.parametrize("permission", ["admin", "none"])
def test_a_user_of_somebody_else_is_left_alone(tmp_path: Path, permission: str):
    with running_fake_xo(vms=1) as xo:
        with xo.client() as client:
            body = {"name": "mcp-reader", "password": "their own", "permission": permission}
            assert client.post("/users", json=body).status_code == 201
        before = everything_about_people(xo)
        done = make_reader(tmp_path, XO_URL=xo.url, XO_ADMIN_TOKEN=xo.admin_token)
        assert done.returncode == 1
        assert "choose another name" in done.stderr
        assert everything_about_people(xo) == before


def test_a_token_that_could_not_be_saved_is_not_made(xo: FakeXo, tmp_path: Path):
    before = everything_about_people(xo)
    done = make_reader(tmp_path / "missing", XO_URL=xo.url, XO_ADMIN_TOKEN=xo.admin_token)
    assert (done.returncode, everything_about_people(xo)) == (2, before)
    assert "token can't be written: No such file or directory. Nothing was changed in XO." in done.stderr


def test_it_says_how_long_the_token_lives_and_what_only_administrators_read(tmp_path: Path):
    with running_fake_xo(vms=1, max_token_validity=100 * 86_400_000) as xo:
        done = make_reader(tmp_path, XO_URL=xo.url, XO_ADMIN_TOKEN=xo.admin_token)
        assert "good for 90 days" in done.stdout
        assert "get_dashboard" in done.stdout


@pytest.mark.parametrize("file", ["xen-orchestra-mcp.service", "Containerfile"])
def test_every_setting_of_a_deployment_exists(file: str):
    from xo_mcp.config.options import OPTIONS

    text = (DEPLOY / file).read_text()
    variables = set(re.findall(r"\b(XO_[A-Z_]+)=", text))
    flags = set(re.findall(r"(?:\s|\")(--(?:transport|host|port))\b", text))
    assert variables
    assert variables <= {option.env for option in OPTIONS}
    assert flags <= {option.flag for option in OPTIONS}
    assert {"--transport", "--port"} <= flags
