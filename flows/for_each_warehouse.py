"""The same work for each warehouse, so that a failing one stops no other and the run says which failed.

Much of what a warehouse costs is the same for several at once, so work is done for groups of them, and groups are gone
through side by side: threads are enough, since numpy, LightGBM and the database let go of Python's lock. Whom a step
must refuse by what is known before it begins is left out of its group. A group is done whole or not at all; where it
fails all the same, each of its warehouses is done alone, so that the one at fault is named.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import AbstractContextManager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol, TypeVar

from data.languages import say
from flows.errors import Refusal
from flows.failures import in_words
from flows.step_words import step_in_words
from forecasting.all_cores import cores, one_of_many

Region = TypeVar("Region")
Progress = Callable[[str, int, int], None]  # (step, of how many, done so far)


def _nobody_watches(step: str, of: int, done: int) -> None:
    """What progress is told to where nobody watches."""


watched_by: ContextVar[Progress] = ContextVar("watched_by", default=_nobody_watches)


@dataclass
class RunSummary:
    """What became of a step: a result by warehouse, what went wrong by warehouse, and what concerns all of them.

    `refused` are those of the failed in which nothing went wrong: their state does not allow the step."""

    step: str
    done: dict[str, Any] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)

    @property
    def only_refused(self) -> bool:
        """Whether nothing was done, and nothing went wrong either."""
        return not self.done and bool(self.failed) and self.failed.keys() <= self.refused

    def __str__(self) -> str:
        step, done, in_all = step_in_words(self.step), len(self.done), len(self.done) + len(self.failed)
        text = say("{step}: {done} of {all} warehouses done", step=step, done=done, all=in_all)
        for name, why in sorted(self.failed.items()):
            text += f"\n  {say('refused') if name in self.refused else say('failed')}: {name}: {why}"
        return text + "".join(f"\n  {note}" for note in self.notes)

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "step": self.step,
            "done": self.done,
            "failed": self.failed,
            "refused": sorted(self.refused),
            "notes": self.notes,
        }


class SomeWarehousesFailed(RuntimeError):
    """Raised when a step is over and some of its warehouses have failed; the others' results are kept."""

    def __init__(self, summary: RunSummary) -> None:
        super().__init__(str(summary))
        self.summary = summary


# for some warehouses: a result by warehouse, which may be why it is refused, or an error for all
Work = Callable[[Sequence[str]], Mapping[str, Any]]
Refused = Callable[[Sequence[str]], Mapping[str, Refusal]]  # which of some warehouses a step must refuse, and why
GroupFailure = tuple[Sequence[str], BaseException]


class Each(Protocol):
    """A way of doing the same work for every warehouse, at most so many of them at once: here, in Prefect as tasks."""

    def __call__(self, step: str, work: Work, warehouse_ids: Sequence[str], together: int = 1) -> RunSummary: ...


def one_at_a_time(work: Callable[[str], Any]) -> Work:
    """Work that costs the same for one warehouse as for one of several."""
    return partial(_one_at_a_time, work)


def _one_at_a_time(work: Callable[[str], Any], warehouse_ids: Sequence[str]) -> dict[str, Any]:
    return {name: work(name) for name in warehouse_ids}


def leaving_out(refused: Refused, work: Work) -> Work:
    """The work for a group without those whom it must refuse, so that one of them does not cost the others their
    group, night after night."""
    return partial(_leaving_out, refused, work)


def _leaving_out(refused: Refused, work: Work, warehouse_ids: Sequence[str]) -> dict[str, Any]:
    why = refused(warehouse_ids)
    others = [name for name in warehouse_ids if name not in why]
    return {**why, **(work(others) if others else {})}


def groups_of(warehouse_ids: Sequence[str], together: int, workers: int) -> list[Sequence[str]]:
    """Groups of at most so many, and no fewer of them than there are workers where there are warehouses enough."""
    size = max(1, min(together, -(-len(warehouse_ids) // workers)))
    return [warehouse_ids[start : start + size] for start in range(0, len(warehouse_ids), size)]


def side_by_side(step: str, work: Work, warehouse_ids: Sequence[str], together: int = 1) -> RunSummary:
    """Does the work in this process, on all its cores."""
    progress = watched_by.get()
    results: dict[str, Any] = {}
    failures: list[GroupFailure] = []
    progress(step, len(warehouse_ids), 0)
    pool = ThreadPoolExecutor(cores())
    try:
        groups = groups_of(warehouse_ids, together, cores())
        within = one_of_many if len(groups) > 1 else nullcontext  # a single group may go on all cores itself
        for done in as_completed([pool.submit(_done_within, within, work, group, failures) for group in groups]):
            results |= done.result()
            progress(step, len(warehouse_ids), len(results))
    finally:
        pool.shutdown(cancel_futures=True)  # who is interrupted waits for what has begun, not for all
    return summary_of(step, {name: results[name] for name in warehouse_ids}, failures)


def _done_within(
    within: Callable[[], AbstractContextManager[None]], work: Work, group: Sequence[str], failures: list[GroupFailure]
) -> dict[str, Any]:
    with within():
        return _done_or_named(work, group, failures)


def _done_or_named(work: Work, group: Sequence[str], failures: list[GroupFailure]) -> dict[str, Any]:
    """The result of each warehouse, or the error that it raises alone."""
    try:
        return dict(work(group))
    except Exception as error:  # whatever fails in one warehouse is told and must not stop the others
        if len(group) == 1:
            return {group[0]: error}
        failures.append((group, error))
    results: dict[str, Any] = {}
    for name in group:
        results |= _done_or_named(work, [name], failures)
    return results


def summary_of(step: str, results: Mapping[str, Any], failures: Sequence[GroupFailure]) -> RunSummary:
    """What became of a step: by warehouse its result or its error; groups that failed though none of their warehouses
    does alone are noted, as they cost more than they need to."""
    summary = RunSummary(step)
    for name, result in results.items():
        if isinstance(result, BaseException):
            summary.failed[name] = reason_of(result)
            if isinstance(result, Refusal):
                summary.refused.add(name)
        else:
            summary.done[name] = result
    for group, error in failures:
        if not summary.failed.keys() & set(group):
            why = reason_of(error)
            summary.notes.append(
                say("{first} to {last} were done one by one: {why}", first=group[0], last=group[-1], why=why)
            )
    return summary


def in_regions(step: str, regions: Mapping[str, Region], work: Callable[[Region], RunSummary]) -> RunSummary:
    """The summaries of a step's work in several regions, by name, as one; a region where warehouses fail stops no
    other. Raises SomeWarehousesFailed in the end."""
    joined = RunSummary(step)
    for name, region in regions.items():
        try:
            found = work(region)
        except SomeWarehousesFailed as error:
            found = error.summary
        joined.done |= found.done
        joined.failed |= found.failed
        joined.refused |= found.refused
        joined.notes += [f"{name}: {note}" for note in found.notes] if len(regions) > 1 else found.notes
    return finished(joined)


def reason_of(error: BaseException) -> str:
    """What went wrong, in one line: a refusal in its own words, what stands in the way of a whole process with the
    remedy, anything else with its type."""
    text = " ".join(str(error).split())
    return text if isinstance(error, Refusal) else in_words(error) or f"{type(error).__name__}: {text}"


def finished(summary: RunSummary) -> RunSummary:
    """The summary of a step in which no warehouse failed. Raises SomeWarehousesFailed otherwise."""
    if summary.failed:
        raise SomeWarehousesFailed(summary)
    return summary
