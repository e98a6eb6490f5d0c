"""A training by updates: a descent whose history has the loss of all samples now and then."""

from __future__ import annotations

import math
from typing import Any

from whygrad.training.course import Course, next_stretch
from whygrad.training.ending import End, Ending, NotFiniteError
from whygrad.training.history import next_recorded, recorded, recorded_between
from whygrad.training.ways import State, Way


class ByUpdates(Course):
    """A descent counted in updates, whose history has the loss of all samples now and then."""

    def _advance(self) -> None:
        for way in self.ways:
            self._by(way)

    def _by(self, way: Way) -> None:
        """As many updates as this way can make."""
        whole, last = self.plan.whole, self.plan.iterations
        while self.state.done < last and not self.stopped_by_callback and not self.clock.over:
            start, new = self.state, list[dict[str, Any]]()
            if not whole and recorded(start.done):
                new.append(self._row(start.done, self.task.loss(start.parameters)))
            end = last if whole else min(last, next_recorded(start.done))
            began, most = self.clock.seconds, min(way.most, end - start.done)
            if self.plan.options.max_time is not None:
                most = min(most, self.stretch)
            losses, after = way.updates(start, most)
            took, made = self.clock.seconds - began, after.done - start.done
            self.stretch = next_stretch(self.stretch, took, made)
            if after.done == start.done:
                return
            self.state = after
            if whole:
                new += [
                    self._row(k, float(losses[k - start.done]))
                    for k in recorded_between(start.done, after.done)
                ]
            self.rows += new
            self.progress.at(after.done, {"loss": float(losses[-1])})
            self._told(new)

    def _row(self, iteration: int, loss: float) -> dict[str, Any]:
        return {"iteration": iteration, "loss": loss}

    def _final(self, loss: float) -> None:
        """The last row: of the parameters as they are now."""
        row = self._row(self.state.done, loss)
        self.rows = [r for r in self.rows if r["iteration"] < self.state.done] + [row]

    def ended(self, interrupted: bool, failed: NotFiniteError | None) -> Ending:
        """Where the loss is not finite by now, the update that led there is taken back."""
        reached, loss = self.state, self.task.loss(self.state.parameters)
        self._final(loss)
        if not math.isfinite(loss):
            failed = NotFiniteError("loss", loss)
            if reached.before is not None:
                lost = self.rows[-1]
                before = reached.before()
                self.state = State(reached.done - 1, before, None, reached.optimizer)
                self._final(self.task.loss(before))
                self.rows.append(lost)
        done, asked = self.state.done, self.plan.iterations
        if interrupted:
            return Ending(
                "interrupted",
                f"interrupted by Ctrl-C after {done:,} of {asked:,} "
                f"iterations: the result so far is kept",
            )
        if self.stopped_by_callback and failed is None:
            said = f"stopped by a callback after {done:,} of {asked:,} iterations"
            return Ending("callback", said)
        if failed is None and done < asked and self.clock.over:
            return Ending("time", f"{self._time_over()} after {done:,} of {asked:,} iterations")
        end: End = "done" if failed is None else "not_finite"
        return Ending(end, reason(reached.done, asked, failed), failed)


def reason(done: int, asked: int, trouble: NotFiniteError | None) -> str:
    """Why a training by updates stopped after so many, in words."""
    if trouble is None:
        return f"{done:,} iteration{'' if done == 1 else 's'} done"
    became = "NaN" if math.isnan(trouble.value) else "infinite"
    if trouble.what == "loss" and done == 0:
        return f"the loss is {became} before the first step: nothing was trained"
    at, what = (done, "the loss") if trouble.what == "loss" else (done + 1, trouble.what)
    return (
        f"{what} became {became} at iteration {at:,} of {asked:,}: stopped; "
        f"the last finite weights are kept; try a smaller learning rate"
    )
