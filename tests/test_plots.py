"""What the pictures show is read from their axes, and held to NumPy, SciPy and scikit-learn."""

from __future__ import annotations

import io
import json
from dataclasses import replace

import numpy as np
import pytest

import whygrad as wg
from needs import needs
from whygrad.cli import main
from whygrad.files.aside import evaluation
from whygrad.training.history import History
from whygrad.training.run import Run

needs("matplotlib")
from whygrad.training import plots  # noqa: E402 — it needs matplotlib
from whygrad.training.plots import canvas, offer  # noqa: E402

rng = np.random.default_rng(7)
TARGETS = rng.normal(size=60)
OUTPUTS = 0.8 * TARGETS + 0.1 + 0.2 * rng.normal(size=60)
PARTS = {"train": np.arange(40), "validation": np.arange(40, 50), "test": np.arange(50, 60)}


def words(axes):
    """What is written into the axes."""
    return [text.get_text() for text in axes.texts]


def line(axes, label):
    """The data of the line with this label."""
    found = next(drawn for drawn in axes.lines if drawn.get_label() == label)
    return np.asarray(found.get_xdata(), float), np.asarray(found.get_ydata(), float)


def record(**columns):
    """The record of a solver's run that measured these columns; the first row is the start."""
    count = len(columns["loss"])
    best = int(np.argmin(columns.get("val_loss", columns["loss"])[1:])) + 1
    rows = [
        {"epoch": k, "iteration": k, **{name: v[k] for name, v in columns.items()}}
        for k in range(1, count)
    ]
    start = {name: v[0] for name, v in columns.items()}
    return Run(None, {}, History(rows), count - 1, "done", best_epoch=best, start=start).record


LOSSES = [1.0, 0.3, 0.05, 0.02, 0.004, 0.001]
CHECKED = [1.2, 0.5, 0.09, 0.07, 0.08, 0.1]
FITTED = record(
    loss=LOSSES, val_loss=CHECKED, test_loss=[1.1 * v for v in CHECKED],
    gradient=[3.0, 1.0, 0.2, 0.1, 0.05, 0.01], mu=[1e-3 * 10.0**-k for k in range(6)],
    val_fails=[0, 0, 0, 0, 1, 2],
)  # fmt: skip


# ---- the course of a training -------------------------------------------------------------------


def test_performance_rings_the_best_epoch():
    (axes,) = plots.performance(FITTED, loss="mean squared error").axes
    assert axes.get_yscale() == "log"
    for label, values in (("training", LOSSES), ("validation", CHECKED)):
        x, drawn = line(axes, label)
        assert x.tolist() == [0, 1, 2, 3, 4, 5]
        assert drawn.tolist() == values
    at, ringed = line(axes, "best: epoch 3")
    assert (at.tolist(), ringed.tolist()) == ([3], [0.07])
    dotted = [drawn for drawn in axes.lines if drawn.get_linestyle() == ":"]
    assert {tuple(drawn.get_xdata()) for drawn in dotted} == {(3, 3), (0, 1)}
    assert axes.get_title() == "best validation performance is 0.07 at epoch 3"
    assert axes.get_ylabel() == "mean squared error"


def test_nothing_runs_through_the_legend():
    """However late the best epoch is: the legend lies outside of the axes."""
    figure = plots.performance(record(loss=LOSSES, val_loss=LOSSES))
    figure.png()
    (axes,), (legend,) = figure.axes, figure.legends
    assert [t.get_text() for t in legend.get_texts()] == [
        "training", "validation", "best: epoch 5"
    ]  # fmt: skip
    assert not legend.get_window_extent().overlaps(axes.get_tightbbox())


def test_performance_without_validation_rings_the_last():
    (axes,) = plots.performance(record(loss=LOSSES)).axes
    assert axes.get_title() == "best training performance is 0.001 at epoch 5"


def test_an_epoch_that_was_kept_without_being_the_best_is_not_called_so():
    rows = [{"epoch": k + 1, "loss": v, "val_loss": v} for k, v in enumerate([0.5, 0.2, 0.3])]
    (axes,) = plots.performance(Run(None, {}, History(rows), 3, "done").record).axes
    assert axes.get_title() == "validation performance is 0.3 at epoch 3"
    assert line(axes, "kept: epoch 3")[1].tolist() == [0.3]


@pytest.mark.parametrize(
    "losses", [[0.51, 0.502, 0.5], [3.0, 1.0, 0.9], [1.0, 1e-4, 1e-9], [0.5, 0.5], [1.0, 0.0]]
)
def test_a_logarithmic_axis_has_several_numbers_however_short_it_is(losses):
    figure = plots.performance(record(loss=[losses[0], *losses]))
    figure.png()
    (axes,) = figure.axes
    low, high = axes.get_ylim()
    ticks = [t for t in axes.yaxis.get_major_ticks() if low <= t.get_loc() <= high]
    written = {t.label1.get_text() for t in ticks} - {""}
    assert len(written) >= 2
    if losses[-1] > 0:
        assert low < min(losses) <= max(losses) < high


def test_training_state_has_what_was_measured():
    above, middle, below = plots.training_state(FITTED).axes
    assert above.lines[0].get_ydata().tolist() == FITTED.gradient.tolist()
    assert middle.lines[0].get_ydata().tolist() == FITTED.mu.tolist()
    assert below.lines[0].get_ydata().tolist() == [0, 0, 0, 0, 1, 2]
    assert [a.get_yscale() for a in (above, middle, below)] == ["log", "log", "linear"]
    assert above.get_title() == "gradient = 0.01 at epoch 5"
    assert below.get_title() == "validation checks = 2 at epoch 5"
    assert len(plots.training_state(record(loss=LOSSES, gradient=LOSSES)).axes) == 1
    with pytest.raises(wg.WhygradError, match="no gradient, no mu"):
        plots.training_state(record(loss=LOSSES))


# ---- numbers against numbers --------------------------------------------------------------------


def test_regression_has_r_the_fit_and_matlabs_equation():
    stats = needs("scipy.stats")
    panels = plots.regression(TARGETS, OUTPUTS, parts=PARTS).axes
    named = zip(("training", "validation", "test", "all"), panels, strict=True)
    rows = [*PARTS.values(), np.arange(60)]
    for (name, axes), chosen in zip(named, rows, strict=True):
        t, o = TARGETS[chosen], OUTPUTS[chosen]
        assert axes.get_title() == f"{name}: R = {np.corrcoef(t, o)[0, 1]:.5g}"
        fitted = stats.linregress(t, o)
        sign = "+" if fitted.intercept >= 0 else "−"
        assert axes.get_ylabel() == (
            f"Output ≈ {fitted.slope:.3g} · Target {sign} {abs(fitted.intercept):.3g}"
        )
        x, drawn = line(axes, "fit")
        assert drawn == pytest.approx(fitted.slope * x + fitted.intercept)
        x, drawn = line(axes, "Y = T")
        assert x.tolist() == drawn.tolist()
        x, drawn = line(axes, "data")
        assert (x.tolist(), drawn.tolist()) == (t.tolist(), o.tolist())
        assert f"n = {len(t)}" in axes.get_xlabel()


def test_regression_leaves_unknown_targets_out():
    t = np.where(np.arange(60) % 3 == 0, np.nan, TARGETS)
    (axes,) = plots.regression(t, OUTPUTS).axes
    known = ~np.isnan(t)
    assert axes.get_title() == f"R = {np.corrcoef(t[known], OUTPUTS[known])[0, 1]:.5g}"


def test_regression_of_constant_targets_has_no_r():
    (axes,) = plots.regression(np.ones(5), OUTPUTS[:5]).axes
    assert axes.get_title() == "R is not defined"
    assert "fit" not in {drawn.get_label() for drawn in axes.lines}


def test_an_axis_of_equal_targets_has_whole_numbers_on_it():
    """Not 1e−10 + 3: what differs by rounding alone is one point."""
    t, x = np.full(20, 3.0), np.linspace(0, 1, 20)
    y = t + 1e-10 * np.sin(9 * x)
    for figure in (plots.regression(t, y), plots.fit(x, t, y)):
        figure.png()
        axis = figure.axes[0].yaxis
        assert axis.get_offset_text().get_text() == ""
        written = [label.get_text() for label in axis.get_ticklabels()]
        assert len(set(written)) == len(written) > 2
        low, high = figure.axes[0].get_ylim()
        assert 1e-6 < high - low < 1e-4


def test_outputs_of_different_scales_have_panels_of_their_own():
    t = np.c_[TARGETS, 200 + 50 * TARGETS**2]
    y = np.c_[OUTPUTS, 210 + 50 * TARGETS * OUTPUTS]
    panels = plots.regression(t, y, parts=PARTS, names=("slow", "fast")).axes
    assert len(panels) == 8
    for k, name in enumerate(("slow", "fast")):
        for axes, chosen in zip(panels[4 * k :], (*PARTS.values(), np.arange(60)), strict=False):
            assert axes.get_title().endswith(
                f"R = {np.corrcoef(t[chosen, k], y[chosen, k])[0, 1]:.5g}"
            )
            assert axes.get_xlabel() == f"Target {name}  (n = {len(chosen)})"
    slow, fast = plots.error_histogram(t, y).axes
    assert [a.get_xlabel() for a in (slow, fast)] == [f"o{k} error = target − output" for k in "12"]
    for axes, errors in zip((slow, fast), (t - y).T, strict=True):
        assert [b.get_height() for b in axes.patches] == np.histogram(errors, 20)[0].tolist()
    alike = np.c_[TARGETS, 1.2 * TARGETS]
    assert len(plots.regression(alike, alike).axes) == 1
    assert len(plots.regression(np.c_[alike, 0 * TARGETS], np.c_[alike, 0 * TARGETS]).axes) == 1
    moved = np.c_[TARGETS, 300 + TARGETS]  # the same width elsewhere: R would be that of two heaps
    assert len(plots.regression(moved, moved).axes) == 2
    many = np.repeat(t, 4, axis=1)
    assert len(plots.regression(many, many).axes) == 1


def test_one_output_is_drawn_alone():
    t, y = np.c_[TARGETS, 50 * TARGETS], np.c_[OUTPUTS, 45 * TARGETS]
    for asked in (1, "o2"):
        (axes,) = plots.regression(t, y, output=asked).axes
        assert line(axes, "data")[0].tolist() == t[:, 1].tolist()
    (axes,) = plots.error_histogram(t, y, names=("a", "b"), output="b").axes
    assert sum(b.get_height() for b in axes.patches) == 60
    with pytest.raises(wg.WhygradError, match="did you mean 'price'"):
        plots.regression(t, y, names=("price", "size"), output="prices")
    for wrong in (2, -1, True, 0.5):
        with pytest.raises(wg.WhygradError, match="There is no output") as told:
            plots.regression(t, y, output=wrong)
        assert "0 to 1, or a name: o1, o2" in str(told.value)


def test_many_points_are_thinned_and_told_of():
    t = rng.normal(size=9_000)
    (axes,) = plots.regression(t, t + 1).axes
    assert axes.get_xlabel() == "Target  (n = 9,000, 1,800 drawn)"
    assert len(line(axes, "data")[0]) == 1_800


def test_the_error_histogram_is_numpys():
    (axes,) = plots.error_histogram(TARGETS, OUTPUTS, parts=PARTS).axes
    errors = TARGETS - OUTPUTS
    counts, edges = np.histogram(errors, 20)
    by_part = [container.patches for container in axes.containers]
    assert len(by_part) == 3
    for bars, chosen in zip(by_part, PARTS.values(), strict=True):
        assert [b.get_height() for b in bars] == np.histogram(errors[chosen], edges)[0].tolist()
    top = [b.get_y() + b.get_height() for b in by_part[-1]]
    assert top == counts.tolist()
    middles = [b.get_x() + b.get_width() / 2 for b in by_part[0]]
    assert middles == pytest.approx((edges[:-1] + edges[1:]) / 2)
    assert line(axes, "zero error")[0].tolist() == [0, 0]
    assert len(plots.error_histogram(TARGETS, OUTPUTS, bins=7).axes[0].patches) == 7


def test_fit_shows_targets_outputs_errors_and_the_curve():
    x = np.linspace(0, 1, 60)
    figure = plots.fit(x, TARGETS, OUTPUTS, curve=([0, 1], [2, 3]), parts=PARTS)
    above, below = figure.axes
    assert [v.tolist() for v in line(above, "fit")] == [[0, 1], [2, 3]]
    assert line(above, "validation targets")[1].tolist() == TARGETS[40:50].tolist()
    ends = np.array([segment[:, 1] for segment in above.collections[0].get_segments()])
    assert ends == pytest.approx(np.stack([OUTPUTS, TARGETS], axis=1))
    ends = np.array([segment[:, 1] for segment in below.collections[0].get_segments()])
    assert ends[:, 1] - ends[:, 0] == pytest.approx(TARGETS - OUTPUTS)


# ---- classes ------------------------------------------------------------------------------------


def test_confusion_has_scikit_learns_counts_and_rates():
    metrics = needs("sklearn.metrics")
    labels = ["cat", "dog", "$5 or _x_$"]
    true, predicted = (np.array(labels)[rng.integers(0, 3, 50)] for _ in range(2))
    figure = plots.confusion(true, predicted, labels)
    (axes,) = figure.axes
    matrix = metrics.confusion_matrix(true, predicted, labels=labels)
    written = np.array(words(axes)).reshape(4, 4)
    for (row, column), count in np.ndenumerate(matrix):
        assert written[row, column] == (f"{count}\n{count / 50:.1%}" if count else "")
    given = {"labels": labels, "average": None}
    recalls = metrics.recall_score(true, predicted, **given)
    precisions = metrics.precision_score(true, predicted, **given)
    assert written[:3, 3].tolist() == [f"{v:.1%}" for v in recalls]
    assert written[3, :3].tolist() == [f"{v:.1%}" for v in precisions]
    assert written[3, 3] == f"{metrics.accuracy_score(true, predicted):.1%}"
    ticks = [t.get_text() for t in axes.get_xticklabels()]
    assert ticks == [*labels, "recall"]
    assert figure.png()[:4] == b"\x89PNG"  # a $ is a sign like any other


def test_confusion_by_parts_and_of_many_classes():
    labels = rng.integers(0, 4, 60)
    panels = plots.confusion(labels, labels, parts=PARTS).axes
    assert [a.get_title() for a in panels] == [
        "training: 100.0% right of 40",
        "validation: 100.0% right of 10",
        "test: 100.0% right of 10",
        "all: 100.0% right of 60",
    ]
    (many,) = plots.confusion(np.arange(40), np.arange(40)).axes
    assert not words(many)  # colours alone
    with pytest.raises(wg.WhygradError, match="not among the labels"):
        plots.confusion([1, 2], [1, 3], [1, 2])


# ---- auto-encoders ------------------------------------------------------------------------------


def test_filters_are_scaled_to_their_own_largest_weight():
    W = rng.normal(size=(5, 12))
    (axes,) = plots.filters(W, shape=(3, 4)).axes
    (image,) = axes.images
    canvas_ = np.asarray(image.get_array(), float)
    assert image.get_clim() == (-1, 1)
    first, second = canvas_[1:4, 1:5], canvas_[1:4, 6:10]
    assert first == pytest.approx((W[0] / np.abs(W[0]).max()).reshape(3, 4))
    assert second == pytest.approx((W[1] / np.abs(W[1]).max()).reshape(3, 4))
    assert "5 filters of 3×4" in axes.get_title()
    assert "first 2 of 5" in plots.filters(W, shape=(3, 4), most=2).axes[0].get_title()
    with pytest.raises(wg.WhygradError, match="no square image"):
        plots.filters(W)
    with pytest.raises(wg.WhygradError, match="no image of this shape"):
        plots.filters(W, shape=(5, 5))


def test_the_latent_plane_is_coloured_by_labels():
    codes = rng.normal(size=(30, 3))
    kinds = np.array(["b", "a", "_c"])[np.arange(30) % 3]
    (axes,) = plots.latent(codes, kinds).axes
    for label, kind in ((" _c", "_c"), ("a", "a"), ("b", "b")):
        x, drawn = line(axes, label)
        assert (x.tolist(), drawn.tolist()) == tuple(codes[kinds == kind].T[:2].tolist())
    assert "of 3" in axes.get_title()
    numbers = plots.latent(codes, np.linspace(0, 1, 30))
    assert len(numbers.axes) == 2  # a colour bar
    coloured = numbers.axes[0].collections[0].get_array().tolist()
    assert coloured == pytest.approx(np.linspace(0, 1, 30))
    with pytest.raises(wg.WhygradError, match="two numbers"):
        plots.latent(codes[:, :1])


def test_the_worst_reconstructions_come_first():
    x = rng.normal(size=(9, 16))
    again = x + np.arange(9)[:, None] * 0.1
    figure = plots.reconstructions(x, again, count=3)
    above, below = figure.axes[:3], figure.axes[3:]
    assert [a.get_title() for a in above] == ["row 8", "row 7", "row 6"]
    assert [a.get_xlabel() for a in below] == ["0.8", "0.7", "0.6"]
    assert np.asarray(above[1].images[0].get_array()) == pytest.approx(x[7].reshape(4, 4))
    assert np.asarray(below[1].images[0].get_array()) == pytest.approx(again[7].reshape(4, 4))
    narrow = plots.reconstructions(x[:, :5], again[:, :5], count=2, rows=np.arange(9) + 100)
    assert [a.get_title() for a in narrow.axes] == ["row 108: 0.8", "row 107: 0.7"]
    assert line(narrow.axes[0], "again")[1] == pytest.approx(again[8, :5])


# ---- what a run has -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def regression_run():
    x = np.linspace(-2, 2, 50)[:, None]
    return wg.train(
        x, 100 + 20 * np.sin(x), hidden=[5], epochs=3, validation=0.2, seed=1, engine="eager",
        quiet=True,
    )  # fmt: skip


@pytest.fixture(scope="module")
def classes_run():
    x = rng.normal(size=(60, 2))
    return wg.train(
        x, np.where(x[:, 0] > 0, "right", "left"), hidden=[4], epochs=3, validation=0.2,
        engine="eager", quiet=True,
    )  # fmt: skip


@pytest.fixture(scope="module")
def encoder_run():
    return wg.train(
        rng.random((40, 16)), None, hidden=[9, 2, 9], task="autoencoder", epochs=2, validation=0.2,
        engine="eager", quiet=True,
    )  # fmt: skip


def test_all_that_apply(regression_run, classes_run, encoder_run):
    always = ["performance", "training_state", "gradients"]
    numbers = ["error_histogram", "regression"]
    assert list(regression_run.plot()) == [*always, *numbers, "fit"]
    assert list(classes_run.plot()) == [*always, "confusion"]
    codes = ["filters", "latent", "reconstructions"]
    assert list(encoder_run.plot()) == [*always, *numbers, *codes]
    graph = wg.trace(lambda x, w: wg.ops.sum((x * w - 1) ** 2), x=(3,), w=(3,))
    run = wg.train(
        graph, x=np.ones(3), w=np.zeros(3), parameters=["w"], learning_rate=0.1, iterations=4,
        quiet=True,
    )  # fmt: skip
    assert list(run.plot()) == ["performance"]


def test_answers_to_very_many_samples_are_drawn_only_by_name(regression_run, monkeypatch):
    monkeypatch.setattr(offer, "MOST_NUMBERS", 99)  # 50 samples of two numbers each
    assert list(regression_run.plot()) == ["performance", "training_state", "gradients"]
    assert len(regression_run.plot("regression").axes) == 3


def test_a_runs_pictures_are_in_the_datas_own_terms(regression_run, classes_run):
    """Targets and outputs as the data have them, each part in its own place."""
    run = regression_run
    x = np.linspace(-2, 2, 50)[:, None]
    y = 100 + 20 * np.sin(x)
    train, held = run.parts["train"], run.parts["validation"]
    panels = run.plot("regression").axes
    for axes, chosen in zip(panels, (train, held, [*train, *held]), strict=True):
        t, o = line(axes, "data")
        assert t == pytest.approx(y[chosen].ravel())
        assert o == pytest.approx(run.model.predict(x[chosen]).ravel())
    above, _ = run.plot("plotfit").axes  # as MATLAB calls it
    at, curve = line(above, "fit")
    assert curve == pytest.approx(run.model.predict(at[:, None]).ravel())
    matrix = classes_run.plot("confusion").axes[-1]
    assert matrix.get_title().endswith("right of 60")
    assert [t.get_text() for t in matrix.get_yticklabels()] == ["left", "right", "precision"]


def test_one_part_is_drawn_alone(regression_run, classes_run):
    held = regression_run.parts["validation"]
    (axes,) = regression_run.plot("regression", part="validation").axes
    assert axes.get_title().startswith("validation: R = ")
    assert f"n = {len(held)}" in axes.get_xlabel()
    (axes,) = regression_run.plot("regression", part="all").axes
    assert "n = 50" in axes.get_xlabel()
    (axes,) = regression_run.plot("error_histogram", part="validation", bins=5).axes
    assert sum(b.get_height() for b in axes.patches) == len(held)
    (axes,) = classes_run.plot("plotconfusion", part="validation").axes
    assert axes.get_title().startswith("validation: ")
    assert axes.get_title().endswith(f"right of {len(classes_run.parts['validation'])}")
    with pytest.raises(wg.WhygradError, match="did you mean 'validation'"):
        classes_run.plot("confusion", part="validaton")


def test_outputs_are_called_as_the_table_calls_them():
    x = rng.normal(size=40)
    table = {"x": x.tolist(), "cost": (3 * x).tolist(), "size": (500 + x).tolist()}
    run = wg.train(
        table, target=["cost", "size"], hidden=[2], epochs=1, engine="eager", quiet=True
    )  # fmt: skip
    assert {a.get_xlabel().split()[1] for a in run.plot("regression").axes} == {"cost", "size"}
    assert run.plot("error_histogram", output="size").axes[0].get_xlabel().startswith("size error")
    with pytest.raises(wg.WhygradError, match="it has 1 input and 2 outputs, not one each"):
        run.plot("fit")


def test_labels_of_a_latent_plane_follow_the_rows(encoder_run):
    run = encoder_run
    figure = run.plot("latent", labels=np.arange(40.0))
    order = [*run.parts["train"], *run.parts["validation"]]
    assert figure.axes[0].collections[0].get_array().tolist() == order


def test_a_picture_that_is_not_there_is_told(regression_run, classes_run, tmp_path):
    with pytest.raises(wg.WhygradError, match="did you mean 'regression'") as told:
        regression_run.plot("regresion")
    assert "it has performance, training_state" in str(told.value)
    with pytest.raises(wg.WhygradError, match="predicts numbers, not classes"):
        regression_run.plot("confusion")
    with pytest.raises(wg.WhygradError, match="predicts classes, not numbers") as told:
        classes_run.plot("fit")
    assert "it has performance, training_state, gradients, confusion" in str(told.value)
    with pytest.raises(wg.WhygradError, match="has no option 'bin'"):
        regression_run.plot("error_histogram", bin=5)
    with pytest.raises(wg.WhygradError, match=r"'\.bmp'"):
        regression_run.plot("performance", path=tmp_path / "a.bmp")
    with pytest.raises(wg.WhygradError, match="for was not said"):
        regression_run.plot(bins=5)
    assert not list(tmp_path.iterdir())


def test_pictures_are_written_and_show_themselves(regression_run, tmp_path):
    figure = regression_run.plot("performance", path=tmp_path / "a.svg")
    assert (tmp_path / "a.svg").read_text("utf-8").lstrip().startswith("<?xml")
    assert figure._repr_png_()[:4] == b"\x89PNG"
    chosen = {"performance": figure}
    written = plots.write(chosen, tmp_path / "made" / "here")
    assert [p.name for p in written] == ["performance.png", "performance.svg"]
    assert "data:image/png;base64," in type(regression_run.plot())(chosen)._repr_html_()
    assert figure.canvas.manager is None  # it is not among pyplot's figures


def test_a_name_in_no_installed_letters_warns_of_nothing(monkeypatch):
    monkeypatch.setattr(canvas, "families", lambda: ["DejaVu Sans"])
    assert plots.confusion(["猫", "狗"], ["猫", "狗"]).png()


def test_evaluate_draws_what_the_rows_have(tmp_path, monkeypatch, capsys):
    needs("safetensors")
    monkeypatch.chdir(tmp_path)
    x = np.linspace(0, 1, 60)
    lines = "\n".join(f"{a:.6f},{np.sin(5 * a):.6f}" for a in x)
    (tmp_path / "sine.csv").write_text(f"x,y\n{lines}\n")
    command = ["train", "sine.csv", "--target", "y", "--quiet", "--set", "network.hidden=[4]"]
    assert main([*command, "--set", "training.epochs=3", "--set", "training.engine=eager"]) == 0
    kept = {p.name for p in (tmp_path / "runs/sine-1/plots").iterdir()}
    assert {"performance.png", "regression.png", "error_histogram.png", "fit.png"} <= kept
    capsys.readouterr()
    assert main(["evaluate", "runs/sine-1", "--plots", "seen", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["rows"] == 9
    seen = {p.stem for p in (tmp_path / "seen").iterdir()}
    assert seen == {"regression", "error_histogram", "fit"}
    scored = evaluation(tmp_path / "runs/sine-1", None)
    assert x[scored.numbers] == pytest.approx(scored.inputs.ravel(), abs=1e-6)


def test_a_run_without_its_samples_says_so(regression_run):
    bare = replace(regression_run, _sets=dict)
    with pytest.raises(wg.WhygradError, match="its samples are not here"):
        bare.plot("regression")
    assert "performance" in bare.plot()


def test_a_training_that_diverged_is_drawn_as_far_as_it_went(tmp_path):
    needs("safetensors")
    x = np.linspace(-1, 1, 20)[:, None]
    net = wg.mlp([1, 3, 1], activation="identity", output_activation="identity")
    run = wg.train(
        net, x, 3 * x, learning_rate=60.0, epochs=400, engine="eager", quiet=True,
        run=tmp_path / "run",
    )  # fmt: skip
    assert "finite" in run.stop_reason
    assert (tmp_path / "run/plots/performance.png").stat().st_size > 5_000
    assert np.isfinite(run.record.best_perf)


def test_unknown_targets_of_a_run_are_left_out():
    x = rng.normal(size=(30, 2))
    y = np.where(rng.random((30, 2)) < 0.2, np.nan, x @ [[1.0, 0.5], [0.2, 1.0]])
    run = wg.train(
        wg.mlp([2, 3, 2], output_activation="identity"), x, y, missing_targets="mask",
        epochs=2, learning_rate=0.1, engine="eager", quiet=True,
    )  # fmt: skip
    (axes,) = run.plot("regression").axes
    assert f"n = {np.isfinite(y).sum()}" in axes.get_xlabel()


def test_pixels_of_a_picture_are_not_white():
    """The canvas is really drawn on."""
    image = needs("PIL.Image")
    drawn = np.asarray(image.open(io.BytesIO(plots.performance(FITTED).png())).convert("L"))
    assert (drawn < 100).mean() > 0.002
