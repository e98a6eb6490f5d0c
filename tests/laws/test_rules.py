"""Laws 1, 2, 3, 5 and 6: each rule against judges that do not share its code."""

from __future__ import annotations

from laws import trials
from laws.trials import each_trial
from needs import needs
from whygrad import verify
from whygrad.verify import TOLERANCE, Trial


@each_trial()
def test_the_rule_is_the_finite_difference(trial: Trial) -> None:
    found = verify.finite_difference(trial)
    assert found is None or found <= TOLERANCE["finite_difference"]


@each_trial()
def test_the_rule_is_the_derivative_that_jax_finds(trial: Trial) -> None:
    needs("jax")
    found = verify.jax(trial)
    assert found is None or found <= TOLERANCE["jax"]


@each_trial(lambda op: op.composite is None)
def test_the_printed_formula_is_the_rule(trial: Trial) -> None:
    found = verify.formula(trial)
    assert found is None or found <= TOLERANCE["formula"]


@each_trial(lambda op: op.stable)
def test_the_safe_forward_is_the_plain_one(trial: Trial) -> None:
    trials.check_stable_is_plain(trial)


@each_trial(lambda op: op.stable)
def test_the_safe_forward_and_its_gradients_do_not_overflow(trial: Trial) -> None:
    trials.check_stable_is_finite(trial)


@each_trial(lambda op: op.composite is None)
def test_an_entry_read_off_the_forward_rule_is_the_value_there(trial: Trial) -> None:
    trials.check_forward_entries(trial)


@each_trial(lambda op: op.composite is None)
def test_an_entry_read_off_the_backward_rule_is_the_gradient_there(trial: Trial) -> None:
    trials.check_backward_entries(trial)


@each_trial()
def test_only_masks_and_positions_are_without_a_gradient(trial: Trial) -> None:
    if trial.op.composite is None and trial.differentiable:
        pulled = trial.pull(trials.xp, trial.upstream, trial.value, trial.inputs)
        assert list(pulled) == trial.slots
