"""One piece of work for each warehouse, so that a failing one stops no other and the run says which failed."""

from collections.abc import Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Protocol

from flows.errors import Refusal

Progress = Callable[[str, int, int], None]  # (step, of how many, done so far)


def _nobody_watches(step: str, of: int, done: int) -> None:
    """What progress is told to where nobody watches."""


watched_by: ContextVar[Progress] = ContextVar("watched_by", default=_nobody_watches)


@dataclass
class RunSummary:
    """What became of a step: a result by warehouse, what went wrong by warehouse, and what concerns all of them."""

    step: str
    done: dict[str, Any] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        text = f"{self.step}: {len(self.done)} of {len(self.done) + len(self.failed)} warehouses done"
        text += "".join(f"\n  failed: {name}: {why}" for name, why in sorted(self.failed.items()))
        return text + "".join(f"\n  {note}" for note in self.notes)

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return {"step": self.step, "done": self.done, "failed": self.failed, "notes": self.notes}


class SomeWarehousesFailed(RuntimeError):
    """Raised when a step is over and some of its warehouses have failed; the others' results are kept."""

    def __init__(self, summary: RunSummary) -> None:
        super().__init__(str(summary))
        self.summary = summary


class Each(Protocol):
    """A way of doing the same work for every warehouse: here one after the other, in Prefect as tasks."""

    def __call__(self, step: str, work: Callable[[str], Any], warehouse_ids: Sequence[str]) -> RunSummary: ...


def one_after_the_other(step: str, work: Callable[[str], Any], warehouse_ids: Sequence[str]) -> RunSummary:
    """Does the work in this process."""
    progress = watched_by.get()
    summary = RunSummary(step)
    for done, warehouse_id in enumerate(warehouse_ids):
        progress(step, len(warehouse_ids), done)
        try:
            summary.done[warehouse_id] = work(warehouse_id)
        except Exception as error:  # whatever fails in one warehouse is told and must not stop the others
            summary.failed[warehouse_id] = reason_of(error)
    progress(step, len(warehouse_ids), len(warehouse_ids))
    return summary


def reason_of(error: BaseException) -> str:
    """What went wrong, in one line: a refusal in its own words, anything else with its type."""
    text = " ".join(str(error).split())
    return text if isinstance(error, Refusal) else f"{type(error).__name__}: {text}"


def finished(summary: RunSummary) -> RunSummary:
    """The summary of a step in which no warehouse failed. Raises SomeWarehousesFailed otherwise."""
    if summary.failed:
        raise SomeWarehousesFailed(summary)
    return summary
