"""PyTorch modules and functions are checked in their own type; they stay as they are."""

from __future__ import annotations

import pytest

import whygrad as wg
from needs import needs
from whygrad.errors import DataError

torch = needs("torch")


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(0)
    torch.set_num_threads(1)


def verdicts(report) -> dict[str, str]:
    return {row.parameter: row.verdict for row in report.rows}


def keys(report) -> list[str]:
    return [cause.key for cause in report.causes]


def made_of(report) -> list[tuple[str, str]]:
    """What the causes say of a gradient, and of the right one."""
    return [(c.blanks.get("said"), c.blanks.get("right")) for c in report.causes]


def test_a_module_in_its_own_type():
    for make in (lambda m: m, lambda m: m.double()):
        module = make(
            torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Linear(4, 2))
        )
        x = torch.randn(5, 3, dtype=module[0].weight.dtype)
        before = {n: p.clone() for n, p in module.named_parameters()}
        report = wg.check(module, x)
        assert report.ok
        assert set(verdicts(report)) == {"0.weight", "0.bias", "2.weight", "2.bias", "input"}
        assert all((before[n] == p).all() for n, p in module.named_parameters())
        assert all(p.grad is None for p in module.parameters())


@pytest.mark.parametrize("seed", [5, 42, 49])
def test_a_module_with_kinks_close_by_raises_no_alarm(seed):
    torch.manual_seed(seed)
    module = torch.nn.Sequential(
        torch.nn.Conv2d(1, 2, 3), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(32, 2)
    )
    assert wg.check(module, torch.randn(2, 1, 6, 6)).ok


def product():
    class Product(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, w):
            ctx.save_for_backward(x, w)
            return x @ w

        @staticmethod
        def backward(ctx, g):
            x, w = ctx.saved_tensors
            return g @ w, x.T @ g

    return Product


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_an_autograd_function_with_a_transposed_product(dtype):
    kind = getattr(torch, dtype)
    report = wg.check(product(), torch.randn(3, 3, dtype=kind), torch.randn(3, 3, dtype=kind))
    assert verdicts(report) == {"x": "wrong", "w": "right"}
    assert ("g @ w", "g @ wᵀ") in [
        (c.blanks.get("said"), c.blanks.get("right")) for c in report.causes
    ]


def test_and_one_that_does_not_fit():
    report = wg.check(product(), torch.randn(3, 4).double(), torch.randn(4, 2).double())
    assert verdicts(report) == {"x": "wrong", "w": "wrong"}
    assert {c.blanks["right"] for c in report.causes} == {"g @ wᵀ", "xᵀ @ g"}
    assert "Looked at one by one" not in str(report)


def test_dropout_is_random_until_it_is_switched_off():
    module = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Dropout(0.5))
    report = wg.check(module, torch.randn(5, 3))
    assert set(verdicts(report).values()) == {"random"}
    assert " ".join(str(report).split()).count("two calls with the same numbers") == 1
    assert wg.check(module.eval(), torch.randn(5, 3)).ok


def test_a_loss_with_labels_and_a_recurrent_net():
    loss = wg.check(
        torch.nn.functional.cross_entropy, torch.randn(4, 3), torch.tensor([0, 1, 2, 0])
    )
    assert verdicts(loss) == {"input": "right"}
    lstm = wg.check(torch.nn.LSTM(3, 4, batch_first=True), torch.randn(2, 5, 3))
    assert lstm.ok
    assert len(lstm.rows) == 5


def test_a_module_that_cuts_its_gradient():
    class Cut(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b = torch.nn.Linear(3, 3).double(), torch.nn.Linear(3, 1).double()

        def forward(self, x):
            return self.b(torch.tanh(self.a(x)).detach())

    report = wg.check(Cut(), torch.randn(4, 3, dtype=torch.float64))
    wrong = {"a.weight", "a.bias", "x"}
    assert {name for name, verdict in verdicts(report).items() if verdict == "wrong"} == wrong
    assert verdicts(report)["b.weight"] == "right"
    assert "cut" in keys(report)


def test_outputs_whose_gradients_are_exchanged():
    class Two(torch.autograd.Function):
        @staticmethod
        def forward(ctx, h, c):
            ctx.save_for_backward(h, c)
            return torch.tanh(h) * c, h + c**2

        @staticmethod
        def backward(ctx, second, first):
            h, c = ctx.saved_tensors
            slope = 1 - torch.tanh(h) ** 2
            return first * slope * c + second, first * torch.tanh(h) + second * 2 * c

    report = wg.check(Two, torch.randn(3).double(), torch.randn(3).double())
    assert verdicts(report) == {"h": "wrong", "c": "wrong"}


def test_claims_for_some_of_a_modules_parameters():
    module = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Linear(4, 1))
    x = torch.randn(5, 3)
    loss = (module(x) ** 2).sum()
    loss.backward()
    right = {n: p.grad for n, p in module.named_parameters()}

    class Squared(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = module

        def forward(self, x):
            return (self.inner(x) ** 2).sum()

    claims = {f"inner.{n}": g for n, g in right.items()}
    assert wg.check(Squared(), x, gradients=claims).ok
    report = wg.check(Squared(), x, gradients={n: 5 * g for n, g in claims.items()})
    assert set(verdicts(report).values()) == {"wrong"}
    assert keys(report) == ["factor.count"]


def test_a_function_that_differentiates_inside():
    def residual(x):
        (slope,) = torch.autograd.grad(torch.sin(x).sum(), x, create_graph=True)
        return (slope**2).sum()

    assert wg.check(residual, torch.randn(4).double()).ok


def test_a_function_that_works_in_place():
    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            x.mul_(2)
            ctx.mark_dirty(x)
            return x

        @staticmethod
        def backward(ctx, g):
            return 2 * g

    assert wg.check(Double, torch.randn(3).double()).ok


def test_what_cannot_be_run_is_refused():
    with pytest.raises(DataError, match="cannot run"):
        wg.check(lambda x: x @ torch.zeros(7, 7), torch.randn(3, 3))
