"""Law 4, and what holds the rule book together: records, names, and the three adaptors."""

from __future__ import annotations

import ast
import builtins
import re
from pathlib import Path

import pytest

from laws.trials import EACH_OP
from needs import needs
from whygrad import numeric, ops, symbols
from whygrad.cases import cases
from whygrad.errors import OperationError
from whygrad.op import REGISTRY, Op, find

FOLDER = Path(ops.__path__[0])
FILES = sorted(FOLDER.glob("*.py"))


@EACH_OP
def test_an_operation_is_documented(op: Op) -> None:
    assert op.doc.partition("\n")[0].endswith("."), "the docstring's first line is a sentence"
    assert op.latex, "latex= is missing: how the function is written"


@EACH_OP
def test_an_operation_has_cases_that_can_be_drawn(op: Op) -> None:
    assert op.cases, "cases= is missing: what the laws draw arguments from"
    for case in cases(op):
        shapes = tuple(x.shape for x in case.draw())
        assert shapes == tuple(drawn.shape for drawn in case.inputs)


@EACH_OP
def test_an_operation_is_found_by_its_names(op: Op) -> None:
    for name in (op.name, *op.aliases):
        assert find(name) is op
        assert getattr(ops, name) is op


@EACH_OP
def test_the_cases_try_every_attribute(op: Op) -> None:
    tried = {name for case in op.cases for name in re.findall(r"(\w+)=", case)}
    assert tried >= set(op.attributes), "an attribute that no case gives is an attribute untested"


def test_an_unknown_operation_is_answered_with_the_nearest() -> None:
    with pytest.raises(OperationError, match="did you mean 'sigmoid'"):
        find("sigmoidd")


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_no_name_of_a_rule_file_shadows_a_builtin(file: Path) -> None:
    body = ast.parse(file.read_text(encoding="utf-8")).body
    names = {n.name for n in body if isinstance(n, ast.FunctionDef | ast.ClassDef)}
    names |= {t.id for n in body for t in ast.walk(n) if _is_assigned(t)}
    assert not names & set(dir(builtins))


def _is_assigned(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)


def test_no_file_hides_an_operation_behind_its_name() -> None:
    names = {name for op in REGISTRY.values() for name in (op.name, *op.aliases)}
    assert not {file.stem for file in FILES} & names


def test_the_three_adaptors_offer_the_same_functions() -> None:
    needs("jax")
    from whygrad.engine import compiled

    assert dir(numeric.xp) == dir(symbols.xp) == dir(compiled.xp)
    assert list(numeric.FUNCTIONS) == list(compiled.FUNCTIONS), "in the same order, to be compared"


def test_a_function_that_is_not_on_the_list_is_refused_by_name() -> None:
    needs("jax")
    from whygrad.engine import compiled

    for xp in (numeric.xp, symbols.xp, compiled.xp):
        with pytest.raises(OperationError, match=r"xp\.tanhh.*\n.*\n.*did you mean 'tanh'"):
            xp.tanhh  # noqa: B018 — the look-up is what fails
