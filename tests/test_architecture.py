"""Imports run one way, public names are pinned, importing is cheap, sentences are complete."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import whygrad
from whygrad.pages.prose import SENTENCES

PACKAGE = Path(whygrad.__file__).parent

# A room may import from rooms of lower floors, and from its own folder.
FLOORS = [
    ["errors", "names", "shown"],
    ["numeric", "data", "disk", "arguments", "unicode", "equivalents"],
    ["expr"],
    ["symbols"],
    ["op"],
    ["graph", "ops", "cases", "differences"],
    ["forward", "formulas"],
    ["reverse"],
    ["split", "notation", "derivatives"],
    ["derivation", "models"],
    ["deriver"],
    ["engine"],
    ["recording", "training"],
    ["drawing", "files", "mistakes"],
    ["checking"],
    ["interop"],
    ["gradcheck", "diagnosis", "exercises", "sklearn"],
    ["grading"],
    ["pages"],
    ["render"],
    ["verify", "exports"],
    ["web"],
    ["cli"],
    ["__main__", "__init__"],
]
FLOOR = {room: k for k, rooms in enumerate(FLOORS) for room in rooms}
# An object that shows itself reaches up to the renderers, inside the method: the one exception.
SHOWS_ITSELF = {"checking", "derivation", "recording", "pages", "models", "exercises", "grading",
                "diagnosis", "training"}  # fmt: skip
# What only a type checker reads binds nothing at run time.


def modules():
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        yield parts[0], ".".join(parts), ast.parse(path.read_text(encoding="utf-8"))


def imports(tree: ast.Module):
    """Every room of the package that a module imports, and whether inside a function."""
    top = {id(n) for n in tree.body}
    typing_only = {
        id(inner)
        for n in tree.body
        if isinstance(n, ast.If) and ast.unparse(n.test) == "TYPE_CHECKING"
        for inner in ast.walk(n)
    }
    for node in ast.walk(tree):
        if id(node) in typing_only:
            continue
        names = []
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("whygrad"):
            deeper = node.module.split(".")[1:]
            names = deeper[:1] or [alias.name for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [a.name.split(".")[1] for a in node.names if a.name.startswith("whygrad.")]
        for name in names:
            yield name, id(node) in top


def test_every_room_has_a_floor():
    rooms = {room for room, _, _ in modules()}
    assert rooms <= set(FLOOR), f"say where these belong: {sorted(rooms - set(FLOOR))}"


def test_imports_run_one_way():
    wrong = []
    for room, module, tree in modules():
        for other, at_top in imports(tree):
            if other not in FLOOR or other == room or room == "__init__":
                continue
            lazily = not at_top and room in SHOWS_ITSELF
            if FLOOR[other] >= FLOOR[room] and not lazily:
                wrong.append(f"{module} imports {other}")
    assert not wrong


def test_render_and_engine_never_see_each_other():
    pairs = {(room, other) for room, _, tree in modules() for other, _ in imports(tree)}
    assert ("render", "engine") not in pairs
    assert ("engine", "render") not in pairs


def test_public_names_are_pinned():
    assert sorted(whygrad.__all__) == [
        "Derivation",
        "Graph",
        "Network",
        "Run",
        "Trace",
        "WhygradError",
        "backprop",
        "check",
        "check_gradient",
        "exercise",
        "export",
        "from_matlab",
        "grade",
        "load",
        "mlp",
        "op",
        "ops",
        "spec",
        "trace",
        "train",
        "view",
        "why_gradient",
        "why_not_finite",
    ]
    assert all(hasattr(whygrad, name) for name in whygrad.__all__)


def test_importing_loads_numpy_and_nothing_heavier():
    code = "import sys, whygrad; print(*sorted({m.split('.')[0] for m in sys.modules}))"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    heavy = {"jax", "torch", "sklearn", "scipy", "rich", "jinja2", "pandas", "matplotlib"}
    assert "numpy" in loaded
    assert not heavy & set(loaded)


def test_no_sentence_lacks_a_language():
    for id_, languages in SENTENCES.items():
        assert len(languages) == 2, id_
        assert all(text.strip() for text in languages), id_
        english, chinese = (set(re.findall(r"\{(\w+)\}", text)) for text in languages)
        assert english == chinese, id_
        assert re.search(r"[\u4e00-\u9fff]", languages[1]), f"{id_} is not in Chinese"


def page_source() -> str:
    """The modules of the page in the browser."""
    return "\n".join(p.read_text(encoding="utf-8") for p in PACKAGE.rglob("*.js"))


def test_every_sentence_that_the_page_asks_for_exists():
    asked = re.findall(r'"(view\.[\w.]*\w)"', page_source())
    assert asked
    assert not set(asked) - set(SENTENCES)


def test_every_sentence_is_used():
    """A sentence that nothing asks for is dead; one that is asked for must exist."""
    source = "\n".join(
        p.read_text(encoding="utf-8")
        for p in (*PACKAGE.rglob("*.py"), *PACKAGE.rglob("*.js"), *PACKAGE.rglob("*.html"))
        if p.parent.name != "prose"
    )
    made_of_parts = (
        "rule.",
        "head.",
        "derive.",
        "rule_of.",
        "kink.",
        "should.",
        "result.",
        "mend.",
        "gradient.",
        "do.",
        "factor.",
        "class.",
        "exercise.kind.",
        "exercise.task.",
        "exercise.level.",
        "marks.head.",
        "marks.pen.",
        "cause.",
        "slip.",
        "convention.",
        "grade.is.",
        "grade.head.",
        "check.table.",
        "opinion.",
        "pattern.",
        "verdict.",
        "word.",
    )  # their ids end in the name of a rule, a column, a mistake, a judge, a verdict
    made_of_parts += tuple(re.findall(r"[`\"](view\.[\w.]*\.)(?:\$\{|\")", page_source()))
    made = ("path.caption", "meeting.caption")
    unused = [
        i
        for i in SENTENCES
        if f'"{i}"' not in source and f"'{i}'" not in source
        if i not in made and not i.startswith(made_of_parts)
    ]
    assert not unused


def test_the_files_have_one_subject_each():
    """Not a law, a question: a file of more than 450 lines has two subjects, as a rule."""
    long = {
        str(p.relative_to(PACKAGE)): n
        for p in PACKAGE.rglob("*.py")
        if (n := len(p.read_text(encoding="utf-8").splitlines())) > 450
        and p.name not in ("expr.py", "symbols.py")
    }
    assert not long
