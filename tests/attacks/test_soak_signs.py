"""The signs by which `make soak` finds what a server left behind."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

from soak.signs import Holding, tracebacks, unfinished, without_end


def line(call: str, outcome: str, **more: Any) -> str:
    return json.dumps({"call": call, "outcome": outcome, **more}) + "\n"


def test_a_call_without_an_end_is_found_in_every_file(tmp_path: Path):
    audit = tmp_path / "audit.log"
    assert without_end(audit) == []
    (tmp_path / "audit.log.workers").mkdir()
    (tmp_path / "audit.log.1").write_text(line("a", "started") + line("b", "started") + line("c", "started"))
    audit.write_text(line("a", "done") + line("b", "started", tool="x") + line("c", "unknown") + line("d", "refused"))
    assert [json.loads(each)["call"] for each in without_end(audit)] == ["b"]


def test_part_files_tracebacks_and_growth_are_found(tmp_path: Path):
    assert unfinished(tmp_path / "nowhere") == unfinished(tmp_path) == []
    for name in (".vm.xva.0123abcd.part", "vm.xva", ".hidden"):
        (tmp_path / name).touch()
    assert unfinished(tmp_path) == [".vm.xva.0123abcd.part"]
    lines = ["all is well\n", "Traceback (most recent call last):\n", "  in x\n"]
    assert tracebacks(lines) == ["".join(lines[1:])]
    before, after = (Holding(100, 20, 5, Counter(objects)) for objects in ({"dict": 5}, {"dict": 5, "list": 3}))
    assert after.more(before) == "+3 list"
