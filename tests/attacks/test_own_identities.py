"""Clients that are users of XO by themselves: their folders, and whether the server can do anything for them."""

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from fake_xo.server import FakeXo
from wire import http_server
from xo_mcp.config.identity import Identity
from xo_mcp.server.completions import _suggestions
from xo_mcp.transfer.partfile import sweep_parts


@pytest.fixture
def xo() -> Iterator[FakeXo]:
    with FakeXo(vms=2, lag=0) as fake:
        yield fake


def folder(name: str) -> str:
    return Identity(name, ()).folder


def test_nobody_is_called_like_the_folder_of_somebody_else():
    names = [
        "alice",
        "a b",
        "A b",
        "../x",
        "..",
        ".hidden",
        "",
        "x/y",
        "x\\y",
        "alice ",
        "\x00",
        "é",
        "a" * 65,
        "a" * 300,
    ]
    made = [folder(name) for name in names]
    owners: dict[str, set[str]] = {}
    for name in {*names, *made}:
        owners.setdefault(folder(name), set()).add(name)
    assert all(len(owned) == 1 for owned in owners.values())
    assert all(own not in {"", ".", ".."} and not {"/", "\\", "\0"} & set(own) for own in made)


def test_parts_of_killed_exports_are_swept_from_every_folder(tmp_path: Path):
    elsewhere = tmp_path / "elsewhere"
    downloads = tmp_path / "downloads"
    for place in (elsewhere, downloads, downloads / "alice", downloads / "bob"):
        place.mkdir()
        (place / ".vm.xva.0123abcd.part").touch()
    (downloads / "linked").symlink_to(elsewhere)
    (downloads / "alice" / "kept.xva").touch()
    assert sweep_parts(downloads) == 3
    assert [path.name for path in downloads.rglob("*.xva*")] == ["kept.xva"]
    assert list(elsewhere.iterdir()) != []


def settings(where: Path, url: str) -> dict[str, str]:
    (where / "alice").write_text("alice-xo-token")
    (where / "tokens").write_text("alice a-bearer-token-of-alice alice\n")
    return {"XO_URL": url, "XO_MCP_AUTH_TOKEN_FILE": str(where / "tokens"), "XO_MCP_REQUIRE_OWN_IDENTITY": "1"}


def test_readiness_needs_no_user_of_xo_and_shows_none(xo: FakeXo, tmp_path: Path):
    with http_server(settings(tmp_path, xo.url)) as served:
        answer = httpx2.get(f"{served.base}/readyz", timeout=30)
        assert (answer.status_code, answer.json()["status"]) == (200, "ok")
    assert {seen.path for seen in xo.requests} == {"/rest/v0/mcp/status"}
    sent = {name.lower() for seen in xo.requests for name, _ in seen.headers}
    assert not {b"cookie", b"authorization"} & sent


@pytest.mark.parametrize("down", [False, True])
def test_an_xo_that_is_down_is_reported_without_a_user_of_xo(xo: FakeXo, tmp_path: Path, *, down: bool):
    xo.fault("GET /mcp/status", "status-500", times=None)
    with http_server(settings(tmp_path, "http://127.0.0.1:9" if down else xo.url)) as served:
        reasons = set()
        while len(reasons - {"no_answer_yet"}) == 0:
            answer = httpx2.get(f"{served.base}/readyz", timeout=30)
            assert answer.status_code == 503
            reasons.add(answer.json()["reason"])
    assert reasons - {"no_answer_yet"} == {"xo_unreachable" if down else "xo_error"}


class Counting(str):
    """A name that counts how often it is looked up."""

    __slots__ = ()
    looks = 0

    def __hash__(self) -> int:
        Counting.looks += 1
        return super().__hash__()

    def __eq__(self, other: object) -> bool:
        return super().__eq__(other)


def test_names_to_complete_are_sorted_out_in_linear_time():
    records = [{"id": str(number), "name_label": Counting(f"vm-{number}")} for number in range(2_000)]
    assert len(_suggestions(records, "name_label")) == len(records)
    assert Counting.looks < 20 * len(records)


def test_names_of_any_kind_are_completed_or_left_out():
    names = ([], {}, None, 1, "", " ", "\x1b[2J", "ok")
    assert set(_suggestions([{"id": "a", "name_label": name} for name in names], "name_label")) == {"a", "ok"}
