"""The chunked coding, held against h11: the same content, or the same refusal, however the bytes are cut."""

from itertools import pairwise

import h11
import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from xo_mcp.transfer.chunked import LONGEST, Chunked

HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

contents = st.lists(st.binary(min_size=1, max_size=300), max_size=5)
extensions = st.sampled_from([b"", b";a", b";a=1", b';a="x y"', b"; a = \xff;b", b" ", b"\t", b";"])
sizes = st.sampled_from([b"%x", b"%X", b"00%x", b"%016x"])
trailers = st.lists(st.sampled_from([b"X-Sum: 1", b"a:", b"!#$%: x y", b"X-Long: " + b"x" * 200]), max_size=3)
cuts = st.lists(st.integers(0, 2000), max_size=8)


@st.composite
def chunks(draw: st.DrawFn) -> tuple[bytes, bytes]:
    """Some chunks, without their end, and what is in them."""
    pieces = draw(contents)
    coded = [draw(sizes) % len(piece) + draw(extensions) + b"\r\n" + piece + b"\r\n" for piece in pieces]
    return b"".join(coded), b"".join(pieces)


@st.composite
def ends(draw: st.DrawFn) -> bytes:
    """The last chunk, with trailers."""
    lines = [draw(st.sampled_from([b"0", b"000"])) + draw(extensions), *draw(trailers), b"", b""]
    return b"\r\n".join(lines)


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """Chunks of which a few bytes were taken, put in or replaced."""
    coded, _ = draw(chunks())
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(coded)))
        end = min(len(coded), start + draw(st.integers(0, 3)))
        put = draw(st.one_of(st.binary(max_size=3), st.sampled_from([b"\n", b"\r\n", b"\r", b";", b"g", b" ", b"0x"])))
        coded = coded[:start] + put + coded[end:]
    return coded


def split(data: bytes, where: list[int]) -> list[bytes]:
    edges = sorted({0, len(data), *(cut for cut in where if cut < len(data))})
    return [data[start:end] for start, end in pairwise(edges)]


def ours(pieces: list[bytes]) -> bytes | None:
    """The content, `None` when it is refused or the connection ends too early."""
    decoder, content = Chunked(), b""
    for piece in pieces:
        data = bytearray(piece)
        try:
            content += data[: decoder.decode(memoryview(data))]
        except httpx2.RemoteProtocolError:
            return None
    return content if decoder.ended else None


def theirs(pieces: list[bytes]) -> bytes | None:
    connection, content = h11.Connection(h11.CLIENT), b""
    connection.send(h11.Request(method="GET", target="/", headers=[("Host", "xo")]))
    connection.send(h11.EndOfMessage())
    try:
        for piece in [HEAD, *pieces, b""]:
            connection.receive_data(piece)
            while (event := connection.next_event()) is not h11.NEED_DATA:
                if isinstance(event, h11.EndOfMessage):
                    return content
                content += event.data if isinstance(event, h11.Data) else b""
    except h11.RemoteProtocolError:
        return None
    return None


@given(chunks(), ends(), st.binary(max_size=20), cuts)
def test_what_was_coded_comes_out(coded: tuple[bytes, bytes], end: bytes, rest: bytes, where: list[int]):
    pieces = split(coded[0] + end + rest, where)
    assert ours(pieces) == coded[1]
    assert theirs(pieces) == coded[1]


@given(chunks(), ends(), cuts, st.data())
def test_what_was_cut_is_not_whole(coded: tuple[bytes, bytes], end: bytes, where: list[int], data: st.DataObject):
    whole = coded[0] + end
    pieces = split(whole[: data.draw(st.integers(0, len(whole) - 1))], where)
    assert ours(pieces) is None
    assert theirs(pieces) is None


@given(damaged(), ends(), cuts)
def test_damage_is_judged_as_the_library_does(coded: bytes, end: bytes, where: list[int]):
    pieces = split(coded + end, where)
    content = ours(pieces)
    # Where damage makes trailers of what were chunks, ours may be stricter, never more lenient.
    assert content == theirs(pieces) or content is None


@pytest.mark.parametrize(
    "wire",
    [
        b"x\r\nabc\r\n0\r\n\r\n",
        b"\r\nabc\r\n0\r\n\r\n",
        b"-3\r\nabc\r\n0\r\n\r\n",
        b"0x3\r\nabc\r\n0\r\n\r\n",
        b"3 ;a\r\nabc\r\n0\r\n\r\n",
        b"3\nabc\r\n0\r\n\r\n",
        b"3\r\nabc\n0\r\n\r\n",
        b"3\r\nabcd\r\n0\r\n\r\n",
        b"3\r\nabc0\r\n\r\n",
        b"1" * 21 + b"\r\nabc",
        b"f" * 20 + b"\r\nabc",
        b"0\r\nno trailer\r\n\r\n",
        b"0\r\n: x\r\n\r\n",
        b"0\r\na: x\0\r\n\r\n",
    ],
)
def test_what_is_no_chunk_is_refused_by_both(wire: bytes):
    assert ours([wire]) is None
    assert theirs([wire]) is None


@pytest.mark.parametrize("endless", [b"1;", b"0\r\na:"], ids=["extension", "trailer"])
def test_an_endless_line_is_not_kept(endless: bytes):
    decoder = Chunked()
    decoder.decode(memoryview(bytearray(endless)))
    with pytest.raises(httpx2.RemoteProtocolError, match="too long"):
        decoder.decode(memoryview(bytearray(LONGEST)))


def test_endless_trailers_are_refused():
    decoder = Chunked()
    with pytest.raises(httpx2.RemoteProtocolError, match="trailers"):
        decoder.decode(memoryview(bytearray(b"0\r\n" + b"a: b\r\n" * LONGEST)))


def test_the_same_memory_holds_the_content():
    data = bytearray(b"3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n")
    assert Chunked().decode(memoryview(data)) == 7
    assert data[:7] == b"abcdefg"


@pytest.mark.parametrize(
    ("wire", "why"),
    [
        (b"x\r\n", "a chunk has no size"),
        (b"1\r\nabc\r\n", "a chunk is longer than its size"),
        (b"0\r\nno trailer\r\n", "a chunked body ends in something else than trailers"),
        (b"1;" + b"a" * LONGEST, "a line of a chunked body is too long"),
    ],
)
def test_a_refusal_says_what_is_wrong(wire: bytes, why: str):
    with pytest.raises(httpx2.RemoteProtocolError, match=f"^{why}$"):
        Chunked().decode(memoryview(bytearray(wire)))


def test_limits_are_met_to_the_byte():
    decoder = Chunked()
    longest = b"1;" + b"a" * (LONGEST - 4) + b"\r\n"
    trailer = b"a: " + b"b" * (LONGEST - 7) + b"\r\n"
    data = bytearray(longest + b"x\r\n0\r\n" + trailer + b"\r\n")
    assert len(longest) == LONGEST == len(trailer) + 2
    assert data[: decoder.decode(memoryview(data))] == b"x"
    assert decoder.ended
