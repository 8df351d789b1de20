"""Numbers that JSON has and no `float` holds, or that no sum survives; and crons of which XO reads another text."""

import json
import math
from typing import Any

import pytest
from xo_mcp.builders.crons import check_cron, check_timezone
from xo_mcp.builders.metadata_backups import _flat
from xo_mcp.errors import ArgumentError
from xo_mcp.inventory.measures import measured
from xo_mcp.parsing import BEYOND, number_in, objects_in, parse_json, texts_in
from xo_mcp.reads.recency import _times
from xo_mcp.reads.series import series_of, summary
from xo_mcp.reads.spans import values_of
from xo_mcp.reads.taskview import progress_of, start_of

ODD: list[Any] = [
    parse_json(text)
    for text in (b"1" + b"0" * 400, b"-1" + b"0" * 400, b"1e999", b"1e308", b"5e-324", b"NaN", b"null", b'"1"', b"true")
]


@pytest.mark.parametrize("odd", ODD, ids=range(len(ODD)))
def test_no_number_is_a_fault(odd: Any):
    assert abs(number_in(odd)) < BEYOND
    assert math.isfinite(progress_of({"progress": odd}) or 0)
    assert math.isfinite(progress_of({"done": 1, "total": odd}) or 0)
    assert math.isfinite(start_of({"start": odd}))
    assert _times([{"start": odd}, {"start": 1}], "start")
    assert values_of(3600, number_in(odd)) >= 1
    (cpus,) = series_of({"cpus": [odd] * 9})
    json.dumps(summary(cpus), allow_nan=False)
    measures = {"cpu": {"series": ["cpus"], "combine": "mean"}}
    json.dumps(measured({"interval": odd, "stats": {"cpus": {"0": [odd] * 9}}}, measures, "hour"), allow_nan=False)


@pytest.mark.parametrize("odd", [*ODD, [1], {}, [[]], [None]])
def test_what_is_no_list_of_objects_or_texts_has_none(odd: Any):
    assert objects_in(odd) == texts_in(odd) == []
    assert list(_flat({"xo": {"r": odd}, "pool": {"r": {"p": odd}}})) == []


@pytest.mark.parametrize("cron", ["0 3 * * *\n", "0  3 * * *", " 0 3 * * *", "0\t3 * * *", "0\u00a03 * * *"])
def test_a_cron_is_sent_as_it_was_read(cron: str):
    """One that XO can't read stops other schedules at its next start."""
    with pytest.raises(ArgumentError, match="one space"):
        check_cron(cron)
    check_cron(" ".join(cron.split()))


@pytest.mark.parametrize("name", ["localtime", "Factory", "posixrules", "../../etc/passwd"])
def test_a_file_of_the_system_is_no_timezone(name: str):
    with pytest.raises(ArgumentError, match="no timezone"):
        check_timezone(name)
