"""Exercises: readable numbers, right answers, blanks by level, a planted mistake, files.

The answers are held to PyTorch, to the article's figures, and to the arithmetic on the sheets.
"""

from __future__ import annotations

import json
import math
import re

import numpy as np
import pytest

import whygrad as wg
from whygrad.errors import ConfigError, DataError, WhygradError
from whygrad.exercises.blanks import copies
from whygrad.exercises.exercise import read
from whygrad.exercises.kinds import DECIMALS, KINDS, LEVELS
from whygrad.exercises.numbers import Draw, Grid
from whygrad.exercises.roster import read_names
from whygrad.mistakes.ledger import quantities
from whygrad.mistakes.slips import KEYS
from whygrad.names import Partial, Updated

EVERY = [(kind, level) for kind in KINDS for level in LEVELS]
BLANKED = [(kind, level) for kind, level in EVERY if kind != "find_the_mistake"]
NETWORKS = [(kind, level) for kind, level in EVERY if kind != "convolution"]


@pytest.fixture(scope="module")
def made():
    """Exercises of four variants, each made once."""
    kept = {}

    def make(kind, level):
        if (kind, level) not in kept:
            kept[kind, level] = wg.exercise(kind, level=level, seed=7, variants=4)
        return kept[kind, level]

    return make


PINNED = [14, 434, 103, 484, 484]
PINNED_ANSWERS = {"out_h1": 0.7957596977159, "net_h2": 1.9, "E_o1": 0.1549399006747}

# ---- numbers ------------------------------------------------------------------------------------


def test_numbers_are_the_same_on_every_machine():
    draw = Draw(7, "forward", 1, 1)
    assert [draw.below(1000) for _ in range(5)] == PINNED
    assert wg.exercise("forward", seed=7).answers[1] == pytest.approx(PINNED_ANSWERS, abs=1e-12)


def test_a_grid_has_its_decimals_and_no_one():
    sizes = Grid(0.5, 1.5, 1).sizes
    assert sizes == [0.5, 0.6, 0.7, 0.8, 0.9, 1.1, 1.2, 1.3, 1.4, 1.5]
    numbers = Draw(0).numbers(10, Grid(0.5, 1.5, 1))
    assert sorted(map(abs, numbers)) == sizes  # none twice
    assert min(numbers) < 0 < max(numbers)


@pytest.mark.parametrize(("kind", "level"), EVERY)
def test_what_is_given_is_readable(made, kind, level):
    for variant in made(kind, level).variants:
        problem = variant.problem
        for ref in problem.given:
            value = problem.trace.recorded.value(ref)
            assert value == round(value, 2)
            assert 0.05 <= abs(value) <= 2


@pytest.mark.parametrize(("kind", "level"), EVERY)
def test_variants_differ_and_nothing_degenerates(made, kind, level):
    exercise = made(kind, level)
    assert len({tuple(v.answers.values()) for v in exercise.variants}) == 4
    unit = 10.0 ** -DECIMALS[level]
    for variant in exercise.variants:
        zeros = 0
        for step in variant.solution.steps:
            assert math.isfinite(step.value)
            assert step.value == 0 or abs(step.value) > 100 * unit, step.ref
            zeros += step.value == 0
        assert not zeros or kind in ("dead_relu", "convolution")
        values = variant.problem.trace.recorded.values
        network = variant.problem.trace.network
        for k, activation in enumerate(network.activations if network else (), start=1):
            net = np.abs(values[f"net{k}"])
            assert activation.name in ("relu", "identity") or net.max() <= 4
            assert np.diff(np.sort(net.ravel())).min(initial=1.0) > 1e-3


@pytest.mark.parametrize("level", LEVELS)
def test_exactly_one_unit_is_dead(made, level):
    for variant in made("dead_relu", level).variants:
        net = variant.problem.trace.recorded.values["net1"]
        dead, alive = (net < 0).all(axis=0), (net > 0).all(axis=0)
        assert dead.sum() == 1
        assert (dead | alive).all()
        gradient = variant.problem.trace.gradients["W1"]
        assert (gradient[dead] == 0).all()
        assert (gradient[alive] != 0).all()


# ---- answers ------------------------------------------------------------------------------------


def torch_slopes(torch, network, values, rate):
    """The loss and every parameter's gradient, worked out by PyTorch."""
    names = list(network.parameters)
    leaves = {n: torch.tensor(network.parameters[n], requires_grad=True) for n in names}
    out = torch.tensor(values["x"])
    for k, activation in enumerate(network.activations, start=1):
        out = torch.nn.functional.linear(out, leaves[f"W{k}"], leaves[f"b{k}"])
        if activation.name != "softmax":  # cross_entropy has it
            out = out if activation.name == "identity" else getattr(torch, activation.name)(out)
    target = torch.tensor(values["y"])
    if network.loss == "softmax_cross_entropy":
        loss = torch.nn.functional.cross_entropy(out, target)
    else:
        loss = (0.5 * (target - out) ** 2).sum(dim=1).mean()
    loss.backward()
    return loss.item(), {n: leaf.grad.numpy() for n, leaf in leaves.items()}


@pytest.mark.parametrize(("kind", "level"), NETWORKS)
def test_answers_are_those_of_pytorch(made, kind, level):
    torch = pytest.importorskip("torch")
    variant = made(kind, level).variants[0]
    problem = variant.problem
    network, recorded = problem.trace.network, problem.trace.recorded
    rate = problem.plan.learning_rate
    loss, slopes = torch_slopes(torch, network, recorded.values, rate)
    checked = 0
    for step in variant.solution.steps:
        if step.ref == recorded.loss:
            assert step.value == pytest.approx(loss, rel=1e-12)
        elif isinstance(step.ref, Updated):
            at = step.ref.value
            new = network.parameters[at.node][at.index] - rate * slopes[at.node][at.index]
            assert step.value == pytest.approx(new, rel=1e-12)
        elif isinstance(step.ref, Partial) and step.ref.bottom.node in slopes:
            if step.ref.top != recorded.loss:
                continue
            at = step.ref.bottom
            assert step.value == pytest.approx(slopes[at.node][at.index], rel=1e-10, abs=1e-15)
        else:
            continue
        checked += 1
    assert checked >= 1


@pytest.mark.parametrize("level", LEVELS)
def test_the_convolution_is_pytorchs(made, level):
    torch = pytest.importorskip("torch")
    variant = made("convolution", level).variants[1]
    values = variant.problem.trace.recorded.values
    x, k, b, target = (torch.tensor(values[n]) for n in ("x", "k", "b", "target"))
    k.requires_grad_()
    out = torch.nn.functional.conv2d(x, k, b)
    out = torch.relu(out) if level == 3 else out
    loss = (0.5 * (target - out) ** 2).sum()
    loss.backward()
    answers = variant.answers
    assert answers["E_total"] == pytest.approx(loss.item(), rel=1e-12)
    new = values["k"][0, 0, 0, 0] - 0.1 * k.grad[0, 0, 0, 0].item()
    assert answers["k[1,1]+"] == pytest.approx(new, rel=1e-12)


def test_ones_own_network_has_the_articles_answers(tmp_path):
    from importlib import resources

    text = resources.files("whygrad").joinpath("files/networks/article.toml").read_text("utf-8")
    (tmp_path / "article.toml").write_text(text, encoding="utf-8")
    own = wg.exercise(tmp_path / "article.toml", level=2, variants=3)
    first = own.answers[1]
    published = {"net_h1": 0.3775, "out_h1": 0.593269992, "E_total": 0.298371109,
                 "w5+": 0.35891648, "w1+": 0.149780716, "w4+": 0.29950229}  # fmt: skip
    for name, value in published.items():
        assert first[name] == pytest.approx(value, abs=5e-10 if name != "w4+" else 5e-9)
    assert "b1+" not in first  # the article's biases are not trained
    assert own.answers[2].keys() == first.keys()
    assert all(own.answers[2][name] != first[name] for name in ("net_h1", "w5+"))
    drawn = own.variants[1].problem
    assert all(drawn.trace.recorded.value(r) == round(drawn.trace.recorded.value(r), 2)
               for r in drawn.given)  # fmt: skip


# ---- blanks -------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [k for k in KINDS if k != "find_the_mistake"])
def test_levels_leave_more_and_more_to_do(made, kind):
    for variant in made(kind, 1).variants:
        for step in variant.asked:  # a single step: it reads no other blank
            assert not {q.ref for q in quantities(step.formula)} & variant.blank
        shown = [s for s in variant.solution.asked if s.ref not in variant.blank]
        assert shown or kind == "output_weight"
        assert len(variant.asked) >= 3
    second = made(kind, 2).variants[0]
    assert [s.ref for s in second.asked] == [s.ref for s in second.solution.asked if not copies(s)]
    third = made(kind, 3).variants[0]
    assert third.blank == set(third.solution.results)
    assert len(third.asked) < len(third.solution.asked)


@pytest.mark.parametrize(("kind", "level"), BLANKED)
def test_no_given_number_is_that_of_a_blank(kind, level):
    """As it is printed; 0 is no copy of another 0, and ∂net/∂w asks which number it is."""
    exercise = wg.exercise(kind, level=level, seed=20, variants=8, lang="en")
    pages = exercise.sheet.to_text(width=1000).split("\f")
    for variant, page in zip(exercise.variants, pages, strict=True):
        lines = re.findall(r"^  \S+ = (?:.* = )?([−\d.]+)$", page, re.MULTILINE)
        given = {float(said.replace("−", "-")) for said in lines}
        assert given or level > 1
        for name, value in variant.answers.items():
            if value and not (level == 2 and "net" in name.partition("/")[0]):
                printed = round(value, exercise.decimals)
                assert printed not in given, (variant.number, name, value)


def test_a_number_that_a_blank_has_is_not_given_under_another_name():
    """By hand: of one hidden neuron and one output ∂E/∂b_h1 = δ_h1, whose blank stands above."""
    page = wg.exercise("full_step", level=1, lang="en").sheet.to_text(width=400)
    assert re.search(r"^  δ_h1 = .* = _+$", page, re.MULTILINE)
    assert re.search(r"^  ∂E_total/∂b_h1 = δ_h1$", page, re.MULTILINE)
    assert re.search(r"^  ∂E_total/∂b_o1 = δ_o1 = 0\.\d+$", page, re.MULTILINE)  # given above, too


def test_an_easy_softmax_asks_for_an_output_the_error_and_a_delta():
    made = wg.exercise("softmax_cross_entropy", level=1, variants=8)
    assert made.columns == ["out_o1", "E", "δ_o3", "w1+"]
    assert {tuple(v.problem.labels) for v in made.variants} == {(3,)}


@pytest.mark.parametrize(("kind", "level"), EVERY)
def test_every_variant_asks_for_the_same(made, kind, level):
    exercise = made(kind, level)
    assert {tuple(v.answers) for v in exercise.variants} == {tuple(exercise.columns)}


# ---- find the mistake ---------------------------------------------------------------------------


def worked_out(right_side: str) -> float:
    """A side of a printed line, worked out by Python."""
    said = right_side.translate(str.maketrans("−·²", "-*Q")).replace("Q", "**2")
    said = said.replace("½", "0.5").replace("[", "(").replace("]", ")").replace("^", "**")
    names = {n: getattr(math, n) for n in ("e", "tanh", "log", "exp")} | {"max": max}
    return float(eval(said, {"__builtins__": {}}, names))


@pytest.mark.parametrize("level", LEVELS)
def test_one_line_is_wrong_and_the_others_follow(level):
    exercise = wg.exercise("find_the_mistake", level=level, seed=3, variants=12)
    keys = set()
    for variant in exercise.variants:
        mistake, right = variant.mistake, variant.solution.steps
        place = mistake.place - 1
        assert [s.value for s in mistake.steps[:place]] == [s.value for s in right[:place]]
        wrong = mistake.steps[place]
        assert abs(wrong.value - right[place].value) >= 2e-4  # it shows
        assert mistake.slip.key in KEYS
        keys.add(mistake.slip.key)
        known = {s.ref: s.value for s in mistake.steps}
        for before, after in zip(right[place + 1 :], mistake.steps[place + 1 :], strict=True):
            for quantity in quantities(after.formula):
                if quantity.ref in known:
                    assert quantity.value == pytest.approx(known[quantity.ref], rel=1e-12)
            reads = {q.ref for q in quantities(before.formula)} & {wrong.ref}
            assert not reads or after.value != before.value or before.value == 0
    assert len(keys) >= 5


@pytest.mark.parametrize("level", LEVELS)
def test_each_printed_line_of_the_wrong_solution_is_true_arithmetic(level):
    text = wg.exercise("find_the_mistake", level=level, seed=5, variants=6).sheet.to_text(width=400)
    lines = re.findall(r"^ +\(\d+\) (.+)$", text, re.MULTILINE)
    assert len(lines) >= 6 * 11
    for line in lines:
        *_, sides, value = re.split(r" [=≈] ", line)
        if re.search(r"[a-zδη]", sides.replace("e^", "").replace("tanh", "").replace("max", "")):
            continue  # a side of names: the number is the line's only one
        assert worked_out(sides) == pytest.approx(worked_out(value), abs=3e-5), line


# ---- names and files ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Ann\nBob\n", ["Ann", "Bob"]),
        ("name\nAnn\n\nBob\n", ["Ann", "Bob"]),
        ("\ufeff编号,姓名\n1,李雷\n2,韩梅梅\n", ["李雷", "韩梅梅"]),
        ("id;Name\n7; Ann  Lee \n", ["Ann Lee"]),
        ('group,NAME\na,"Lee, Ann"\n', ["Lee, Ann"]),
    ],
)
def test_lists_of_names(tmp_path, text, names):
    path = tmp_path / "list.csv"
    path.write_text(text, encoding="utf-8")
    assert read_names(path) == names


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gbk", "gb18030"])
def test_a_list_of_names_as_excel_saves_it(tmp_path, encoding):
    path = tmp_path / "list.csv"
    path.write_bytes("编号\t姓名\r\n1\t李雷\r\n2\t韩梅梅\r\n".encode(encoding))
    assert read_names(path) == ["李雷", "韩梅梅"]


def test_bytes_that_are_no_text_are_named(tmp_path):
    for raw, said in ((b"name\n\xff\xff\n", "not UTF-8"), (b"\xff\xfea", "cannot be read")):
        (tmp_path / "list.csv").write_bytes(raw)
        with pytest.raises(ConfigError, match=said):
            read_names(tmp_path / "list.csv")


def test_names_take_turns_where_there_are_fewer_variants():
    exercise = wg.exercise("forward", names=["Ann", "Bob", "Cy"], variants=2)
    assert [(p.name, p.variant.number) for p in exercise.pages] == [
        ("Ann", 1),
        ("Bob", 2),
        ("Cy", 1),
    ]
    spare = wg.exercise("forward", names=["Ann"], variants=2)
    assert [(p.name, p.variant.number) for p in spare.pages] == [("Ann", 1), ("", 2)]
    assert wg.exercise("forward", names=["Ann", "Bob", "Cy"]).count == 3


@pytest.mark.parametrize("kind", ["hidden_weight", "find_the_mistake"])
def test_a_folder_is_read_back(tmp_path, kind):
    made = wg.exercise(kind, level=2, seed=11, names=["Ann", "李雷"], lang="zh")
    paths = made.save(tmp_path / "class", "markdown")
    assert sorted(p.name for p in paths) == ["answers.csv", "exercise.json", "key.md", "sheet.md"]
    again = read(tmp_path / "class" / "exercise.json")
    assert again.answers == made.answers
    assert (again.names, again.lang, again.decimals) == (made.names, "zh", 6)
    table = (tmp_path / "class" / "answers.csv").read_text("utf-8-sig").splitlines()
    assert table[0].split(",")[:2] == ["name", "variant"]
    assert table[2].startswith("李雷,2,")


def test_an_own_network_is_read_back(tmp_path):
    net = wg.mlp([2, 2, 3], activation="tanh", loss="softmax_cross_entropy", seed=4)
    trace = wg.backprop(net, [[0.5, 0.1], [0.2, 0.3]], [1, 2])
    made = wg.exercise(trace, level=3, variants=2, learning_rate=0.1)
    made.save(tmp_path / "own")
    assert read(tmp_path / "own" / "exercise.json").answers == made.answers


def test_numbers_of_another_version_are_noticed(tmp_path):
    made = wg.exercise("forward")
    made.save(tmp_path / "class")
    path = tmp_path / "class" / "exercise.json"
    data = json.loads(path.read_text("utf-8"))
    data["answers"]["1"]["net_h2"] += 0.01
    path.write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(ConfigError, match="another version"):
        read(path)


@pytest.mark.parametrize("damage", ["{", "[]", '{"format": "whygrad exercise 1"}'])
def test_a_damaged_file_is_named(tmp_path, damage):
    path = tmp_path / "exercise.json"
    path.write_text(damage, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"exercise\.json"):
        read(path)


def test_nothing_is_written_over(tmp_path):
    (tmp_path / "mine.txt").write_text("kept")
    with pytest.raises(ConfigError, match="is there already"):
        wg.exercise("forward").save(tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]
    (tmp_path / "empty").mkdir()
    wg.exercise("forward").save(tmp_path / "empty")
    assert len(list((tmp_path / "empty").iterdir())) == 4
    assert not [p for p in tmp_path.iterdir() if p.name.endswith(".part")]


@pytest.mark.parametrize(
    ("what", "options", "said"),
    [
        ("hiden_weight", {}, "did you mean 'hidden_weight'"),
        ("forward", {"level": 4}, "level 4"),
        ("forward", {"variants": 0}, "variants"),
        ("forward", {"variants": True}, "variants"),
        ("forward", {"seed": -1}, "seed"),
        ("forward", {"decimals": 2}, "decimals"),
        ("forward", {"names": []}, "no names"),
        ("forward", {"lang": "fr"}, "language"),
        (3, {}, "a kind or a network"),
        ("missing.toml", {}, "no file"),
    ],
)
def test_what_cannot_be_is_refused(what, options, said):
    with pytest.raises(WhygradError, match=said):
        wg.exercise(what, **options)


def test_networks_that_no_sheet_holds_are_refused():
    large = wg.backprop(wg.mlp([10, 10, 2]), np.ones(10), [0.1, 0.9])
    with pytest.raises(ConfigError, match="too large for a sheet"):
        wg.exercise(large)
    traced = wg.trace(lambda x: wg.ops.sum(x * x), x=(2,))
    with pytest.raises(ConfigError, match="traced function"):
        wg.exercise(wg.backprop(traced, x=np.ones(2)))
    with pytest.raises(DataError):
        wg.exercise(wg.mlp([2, 1]), [0.1, float("nan")], [0.5])


@pytest.mark.parametrize(("kind", "level"), EVERY)
def test_a_line_reads_only_what_stands_above_it(made, kind, level):
    for variant in made(kind, level).variants:
        steps = variant.solution.steps
        lines = {step.ref for step in steps}
        above = set()
        for step in steps:
            assert not ({q.ref for q in quantities(step.formula)} & lines) - above, step.ref
            above.add(step.ref)


@pytest.mark.parametrize("level", [1, 2])
def test_a_dead_units_lines_look_like_the_others(made, level):
    """Nothing in the form of a line tells which unit is dead, and no line needs what has none."""
    for variant in made("dead_relu", level).variants:
        text = variant.problem.names.text
        forms = {text(s.ref): s.formula for s in variant.solution.steps}
        lines = {s.ref for s in variant.solution.steps} | set(variant.problem.given)
        shapes = {str([type(p).__name__ for p in forms[n].walk()]) for n in ("δ_h1", "δ_h2")}
        assert len(shapes) == 1
        for weight, unit in (("w1", "δ_h1"), ("w3", "δ_h2")):
            read = [text(q.ref) for q in quantities(forms[f"∂E_total/∂{weight}"])]
            assert read == [unit, "i1"]
        for step in variant.solution.steps:
            assert {q.ref for q in quantities(step.formula)} <= lines
