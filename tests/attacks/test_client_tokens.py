"""The file of the clients' tokens: a removed token is revoked, a wrong line takes only itself out, names stay."""

import os
from pathlib import Path

import anyio
import pytest
from xo_mcp.errors import ConfigError
from xo_mcp.web.bearer import FileTokens

pytestmark = pytest.mark.anyio
ALICE, BOB, CAROL = (f"{name}-token-0123456789" for name in ("alice", "bob", "carol"))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "tokens"
    path.write_text(f"alice {ALICE}\nbob {BOB}\n{CAROL}\n")
    return path


async def names(tokens: FileTokens) -> list[str | None]:
    found = [await tokens.verify_token(token) for token in (ALICE, BOB, CAROL)]
    return [access.client_id if access else None for access in found]


def becomes(file: Path, what: str) -> None:
    match what:
        case "removed":
            file.unlink()
        case "a folder":
            file.unlink()
            file.mkdir()
        case "a pipe":
            file.unlink()
            os.mkfifo(file)
        case _:
            file.write_bytes(what.encode("latin-1"))


@pytest.mark.parametrize("what", ["", "# nobody\n", "removed", "a folder", "a pipe", "\xff\xfe"])
async def test_who_is_in_no_file_is_let_in_no_more(file: Path, what: str, caplog: pytest.LogCaptureFixture):
    tokens = FileTokens(file)
    assert None not in await names(tokens)
    becomes(file, what)
    with anyio.fail_after(10):
        assert await names(tokens) == [None, None, None]
    assert "nobody is let in" in caplog.text
    assert sum("nobody is let in" in record.message for record in caplog.records) == 1
    assert ALICE not in caplog.text


async def test_a_wrong_line_takes_only_itself_out(file: Path, caplog: pytest.LogCaptureFixture):
    tokens = FileTokens(file)
    becomes(file, f"alice {ALICE}\nbob too short\n{CAROL}\n")
    alice, bob, carol = await names(tokens)
    assert (alice, bob) == ("alice", None)
    assert carol
    assert "line 2" in caplog.text
    assert "no longer let in: bob" in caplog.text


async def test_a_token_without_a_name_keeps_its_own_wherever_it_stands(file: Path):
    tokens = FileTokens(file)
    *_, before = await names(tokens)
    becomes(file, f"{CAROL}\n")
    assert (await names(tokens))[2] == before
    becomes(file, f"{BOB}\n")
    assert (await names(tokens))[1] != before


async def test_a_name_of_two_tokens_lets_neither_in(file: Path):
    tokens = FileTokens(file)
    becomes(file, f"alice {ALICE}\nalice {BOB}\n{CAROL}\n")
    assert (await names(tokens))[:2] == [None, None]
    with pytest.raises(ConfigError, match="2 tokens"):
        FileTokens(file)


@pytest.mark.parametrize("what", ["", "removed", "a folder", "a pipe", "short\n"])
def test_a_file_that_is_wrong_at_the_start_stops_it(file: Path, what: str):
    becomes(file, what)
    with pytest.raises(ConfigError, match="--auth-token-file"):
        FileTokens(file)
