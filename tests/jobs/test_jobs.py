"""The 27 jobs of administrators at 500 VMs: the right answer, in how many calls and bytes."""

import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from fake_xo import FakeXo
from xo_mcp.definitions import load_entries

from jobs.runner import MOST_BYTES, MOST_CALLS, Job, Outcome, administrator, catalogue, done, tools_of
from jobs.troubled import cast, troubled_fleet
from jobs.truths import TRUTHS, Scene

README = Path(__file__).resolve().parents[2] / "README.md"
READS = [job for job in catalogue() if not job.changes]
WRITES = [job for job in catalogue() if job.changes]


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeXo]:
    with troubled_fleet(now=int(time.time() * 1000)) as found:
        yield found


def held(job: Job, fake: FakeXo) -> Outcome:
    """Do a job, and hold its answer against the fleet."""
    people = cast(fake)
    outcome = done(job, fake, people)
    TRUTHS[job.number](Scene(fake, people, outcome))
    assert len(job.calls) <= MOST_CALLS
    return outcome


def label_of(job: Any) -> str:
    return f"{job.number}-{job.wish}"


@pytest.mark.parametrize("job", READS, ids=label_of)
def test_a_question_is_answered_right_in_few_bytes(fake: FakeXo, job: Job):
    outcome = held(job, fake)
    assert outcome.size <= MOST_BYTES
    assert outcome.questions == []


@pytest.mark.parametrize("job", WRITES, ids=label_of)
def test_a_change_is_done_right_and_asked_about_at_most_once(job: Job):
    with troubled_fleet(now=int(time.time() * 1000)) as fake:
        outcome = held(job, fake)
    assert len(outcome.questions) <= 1
    assert outcome.size <= MOST_BYTES


def test_a_guide_says_what_each_report_answers(fake: FakeXo, tmp_path: Path):
    with administrator(fake, tmp_path) as (desk, _):
        guide = desk.read("xo://guides/reports")
    reports = [entry for entry in load_entries() if entry.facts.kind == "report"]
    assert len(reports) > 10
    assert all(f"- `{entry.name}`: {entry.tool.description}" in guide for entry in reports)


def test_every_job_has_a_truth_and_most_take_one_call():
    assert {job.number for job in catalogue()} == set(TRUTHS)
    assert median(len(job.calls) for job in catalogue()) == 1


def test_the_table_of_the_readme_is_of_these_jobs():
    readme = README.read_text(encoding="utf-8")
    for job in catalogue():
        assert f"| {job.number} | {job.wish} | {tools_of(job)} | {len(job.calls)} |" in readme
