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


def test_a_refusal_is_told_without_the_token(xo: FakeXo, tmp_path: Path):
    done = make_reader(tmp_path, XO_URL=xo.url, XO_ADMIN_TOKEN=xo.reader_token)
    assert done.returncode == 1
    assert "privileges" in done.stderr
    assert xo.reader_token not in done.stderr
    assert "delete the user mcp-reader" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_token_that_could_not_be_saved_is_not_made(xo: FakeXo, tmp_path: Path):
    with xo.client() as client:
        before = client.get("/users").json()
        done = make_reader(tmp_path / "missing", XO_URL=xo.url, XO_ADMIN_TOKEN=xo.admin_token)
        assert (done.returncode, client.get("/users").json()) == (2, before)
    assert "token can't be written: No such file or directory. Nothing was changed in XO." in done.stderr


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
