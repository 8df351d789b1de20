"""Text from a document becomes an identifier in one place, whatever the text."""

import keyword

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from generator.names.identifiers import LONGEST, RESERVED_FILES, ModuleName, PythonName, ascii_words

ANYTHING = st.one_of(
    st.text(max_size=80), st.sampled_from(keyword.kwlist), st.characters(), st.text(alphabet="_-./\\ aA0$\"'\n")
)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("id", "id"), ("hostId", "hostId"), ("_id", "_id"), ("type", "type"),
        ("backup-repository", "backup_repository"),
        ("class", "class_"), ("None", "None_"), ("async", "async_"), ("xo", "xo_"), ("3d", "x_3d"), ("", "x"),
        ("_", "x"), ("-", "x"), ("__class__", "class_"), ("__init__", "init"), ("$filter", "filter"),
        ("@type", "type"), ("a b", "a_b"), ("../etc/passwd", "etc_passwd"), ("é", "e"), ("ﬁle", "file"),
        ("x=__import__('os')", "x___import___os_"),
    ],
)  # fmt: skip
def test_python_names(text: str, name: str):
    assert PythonName(text) == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("vms", "vms"), ("backup-repositories", "backup_repositories"), ("backupJobs", "backup_jobs"), ("VMs", "vms"),
        ("class", "class_"), ("con", "con_"), ("COM1", "com1_"), ("3d", "x_3d"), ("", "x"), ("../../etc", "etc"),
        ("__init__", "init"), ("a/b\\c", "a_b_c"), ("a.py", "a_py"), ("nul\0", "nul_"),
    ],
)  # fmt: skip
def test_module_names(text: str, name: str):
    assert ModuleName(text) == name


def test_names_without_an_ascii_form_stay_apart():
    assert PythonName("名前") != PythonName("名称")
    assert ModuleName("名前") != ModuleName("名称")


def test_long_names_that_differ_at_the_end_stay_apart():
    assert PythonName("a" * 500 + "1") != PythonName("a" * 500 + "2")


def test_a_name_is_text():
    assert f"{PythonName('a-b')}" == "a_b"
    assert {PythonName("a"): 1}["a"] == 1
    assert type(PythonName("a")) is PythonName


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("findByStatus", ["find", "by", "status"]), ("find-by-status", ["find", "by", "status"]), ("VMs", ["vms"]),
        ("HTTPServer", ["http", "server"]), ("s3Buckets", ["s3", "buckets"]), ("IDs", ["ids"]), ("2fa", ["2fa"]),
        ("", []), ("--", []),
    ],
)  # fmt: skip
def test_words(text: str, words: list[str]):
    assert ascii_words(text) == words


@given(ANYTHING)
@example("\ud800")
@example("x" * 10_000)
@example("ǅ")
@example("XO")
@settings(deadline=None, max_examples=500)
def test_every_text_gives_an_identifier(text: str):
    for name in (PythonName(text), ModuleName(text)):
        assert name.isidentifier()
        assert name.isascii()
        assert not keyword.iskeyword(name)
        assert not name.startswith("__")
        assert len(name) <= LONGEST + 10
    name = PythonName(text)
    compile(f"def f(xo, *, {name}=1): return {name}", "<test>", "exec")
    module = ModuleName(text)
    assert module == module.lower()
    assert module not in RESERVED_FILES
    compile(f"from xo_mcp.tools import {module}", "<test>", "exec")


@given(st.from_regex(r"[A-Za-z][A-Za-z0-9_]{0,30}", fullmatch=True))
def test_what_is_a_name_already_stays(text: str):
    if not keyword.iskeyword(text) and text != "xo":
        assert PythonName(text) == text
