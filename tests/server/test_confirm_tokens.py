"""Confirmation tokens: good for one call, once, for a limited time; and how used ones are remembered."""

import stat
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from clock import Clock
from xo_mcp.errors import ArgumentError, ConfigError
from xo_mcp.safety.nonces import KEPT, LocalNonces, SharedNonces, open_nonces
from xo_mcp.safety.tokens import LIFETIME, Tokens

pytestmark = pytest.mark.anyio

ARGUMENTS = {"id": "1", "force": True}


def test_a_token_is_good_once():
    tokens = Tokens()
    token = tokens.mint("delete_vm", ARGUMENTS, None)
    tokens.redeem(token, "delete_vm", {"force": True, "id": "1"}, None)
    with pytest.raises(ArgumentError, match="used before"):
        tokens.redeem(token, "delete_vm", ARGUMENTS, None)


def test_a_token_expires():
    clock = Clock()
    tokens = Tokens(clock=clock)
    token = tokens.mint("delete_vm", ARGUMENTS, None)
    clock.now += LIFETIME + 1
    with pytest.raises(ArgumentError, match="expired"):
        tokens.redeem(token, "delete_vm", ARGUMENTS, None)


def test_a_used_token_is_remembered_as_long_as_it_would_be_good():
    clock = Clock()
    tokens = Tokens(nonces=LocalNonces(clock), clock=clock)
    token = tokens.mint("delete_vm", ARGUMENTS, None)
    tokens.redeem(token, "delete_vm", ARGUMENTS, None)
    clock.now += LIFETIME - 1
    tokens.redeem(tokens.mint("delete_vm", ARGUMENTS, None), "delete_vm", ARGUMENTS, None)
    with pytest.raises(ArgumentError, match="used before"):
        tokens.redeem(token, "delete_vm", ARGUMENTS, None)


def test_of_many_that_use_a_confirmation_at_once_one_is_first(tmp_path: Path):
    workers = [SharedNonces(tmp_path / "used") for _ in range(8)]
    gate = threading.Barrier(len(workers))

    def use(worker: SharedNonces) -> list[bool]:
        gate.wait()
        return [worker.add(f"nonce {number}") for number in range(50)]

    with ThreadPoolExecutor(len(workers)) as pool:
        found = list(pool.map(use, workers))
    assert [sum(firsts) for firsts in zip(*found, strict=True)] == [1] * 50


def test_markers_are_private_and_swept_once_nothing_could_use_them(tmp_path: Path):
    clock = Clock()
    clock.now = time.time()
    folder = tmp_path / "used"
    used = SharedNonces(folder, clock)
    (folder / "somebody's file").touch()
    assert used.add("../../a")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [path.name for path in tmp_path.iterdir()] == ["used"]
    clock.now += KEPT - 5
    assert not used.add("../../a")
    assert len(list(folder.iterdir())) == 2
    clock.now += 10
    assert used.add("b")
    assert len(list(folder.iterdir())) == 2
    assert (folder / "somebody's file").exists()


def test_a_place_where_nothing_can_be_noted_is_said_at_the_start(tmp_path: Path):
    key = tmp_path / "key"
    (tmp_path / "key.used").write_text("in the way")
    with pytest.raises(ConfigError, match=r"--confirm-key-file.*key\.used"):
        open_nonces(key)


@pytest.mark.parametrize(
    ("tool", "arguments", "principal"),
    [
        ("delete_vdi", ARGUMENTS, None),
        ("delete_vm", {"id": "2", "force": True}, None),
        ("delete_vm", {"id": "1"}, None),
        ("delete_vm", {"id": "1", "force": 1}, None),
        ("delete_vm", ARGUMENTS, "alice"),
    ],
)
def test_a_token_fits_no_other_call(tool: str, arguments: dict[str, Any], principal: str | None):
    tokens = Tokens()
    token = tokens.mint("delete_vm", ARGUMENTS, None)
    with pytest.raises(ArgumentError, match="another call"):
        tokens.redeem(token, tool, arguments, principal)


@pytest.mark.parametrize("change", [0, 3, 12, -1])
def test_a_changed_token_is_refused(change: int):
    tokens = Tokens()
    token = tokens.mint("delete_vm", ARGUMENTS, None)
    letters = list(token)
    letters[change] = "f" if letters[change] != "f" else "e"
    with pytest.raises(ArgumentError):
        tokens.redeem("".join(letters), "delete_vm", ARGUMENTS, None)


@pytest.mark.parametrize("token", ["", ".", "..", "x.y.z", "\udcff", "9" * 5_000, "1.2.é"])
def test_nonsense_is_no_token(token: str):
    with pytest.raises(ArgumentError):
        Tokens().redeem(token, "delete_vm", ARGUMENTS, None)


def test_a_token_can_not_be_stretched():
    clock = Clock()
    tokens = Tokens(clock=clock)
    expiry, rest = tokens.mint("delete_vm", ARGUMENTS, None).split(".", 1)
    with pytest.raises(ArgumentError, match="another call"):
        tokens.redeem(f"{int(expiry, 16) + 1000:x}.{rest}", "delete_vm", ARGUMENTS, None)
