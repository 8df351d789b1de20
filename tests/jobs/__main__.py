"""`python -m jobs`, from the folder `tests`: does every job on the fake XO and prints what each costs.

Exits 1 when an answer is wrong. What only some fleets show is not asked of others: `--vms 20000` tells of each job
whether it still works there.
"""

import argparse
import logging
import sys
import time
from pathlib import Path
from statistics import median

sys.path[:0] = [str(Path(__file__).parents[1] / "contract")]

from jobs.runner import Job, Outcome, catalogue, done, tools_of  # noqa: E402 - found through the path above
from jobs.troubled import cast, troubled_fleet  # noqa: E402 - likewise
from jobs.truths import TRUTHS, Scene  # noqa: E402 - likewise

HEAD = "| # | job | tools | calls | questions | kB |\n|--:|---|---|--:|--:|--:|"


def main() -> int:
    """Print the table; answers the exit code."""
    parser = argparse.ArgumentParser(prog="jobs", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--vms", type=int, default=500, help="size of the fleet")
    vms = parser.parse_args().vms
    logging.disable(logging.INFO)  # each request
    print(HEAD)
    sizes = []
    for job in catalogue():
        try:
            outcome = _outcome(job, vms)
        except AssertionError as error:
            print(_row(job, "", (str(error).splitlines() or ["wrong, see test_jobs"])[0]))
            continue
        sizes.append(outcome.size)
        print(_row(job, str(len(outcome.questions)), f"{outcome.size / 1000:.1f}"))
    jobs = catalogue()
    calls = median(len(job.calls) for job in jobs)
    print(f"\n{len(sizes)} of {len(jobs)} jobs right; median {calls:g} call, {median(sizes) / 1000:.1f} kB.")
    return 0 if len(sizes) == len(jobs) else 1


def _outcome(job: Job, vms: int) -> Outcome:
    with troubled_fleet(vms=vms, now=int(time.time() * 1000)) as fake:
        people = cast(fake)
        outcome = done(job, fake, people)
        TRUTHS[job.number](Scene(fake, people, outcome))
    return outcome


def _row(job: Job, questions: str, size: str) -> str:
    return f"| {job.number} | {job.wish} | {tools_of(job)} | {len(job.calls)} | {questions} | {size} |"


if __name__ == "__main__":
    raise SystemExit(main())
