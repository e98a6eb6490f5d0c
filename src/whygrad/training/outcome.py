"""Outcome: the run that a course came to."""

from __future__ import annotations

from whygrad.training.by_epochs import ByEpochs
from whygrad.training.cost import slower_than_need_be
from whygrad.training.course import Course, copied
from whygrad.training.ending import Ending
from whygrad.training.folder import RunFolder
from whygrad.training.history import History
from whygrad.training.run import Run, run_of
from whygrad.training.trouble import remarks, trouble_of


def outcome(course: Course, ending: Ending, engine: str, folder: RunFolder | None = None) -> Run:
    """What is given back: the best epoch's parameters or the last ones, and all that is known."""
    best = course.best_parameters() if isinstance(course, ByEpochs) else None
    # Now, not when it is asked for: a run must not keep the course with all that lies on a device.
    said = (*remarks(course.rows), *slower_than_need_be(course.task, course.plan))
    return run_of(
        course.task,
        copied(course.state.parameters if best is None else best[1]),
        folder,
        history=History(course.rows),
        iterations=course.state.done,
        stop_reason=ending.reason,
        end=ending.end,
        interrupted=ending.interrupted,
        best_epoch=best[0] if best else None,
        engine=engine,
        device=course.ways[0].platform,
        seconds=course.clock.seconds,
        trouble=trouble_of(ending, course),
        _remarks=lambda: said,
    )
