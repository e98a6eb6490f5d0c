"""One head of attention with a skip connection, explained down to one weight of the queries.

python examples/attention.py
"""

import numpy as np

import whygrad as wg

ops = wg.ops


def head(X, Wq, Wk, Wv, target):
    q, k, v = (X @ Wq).named("q"), (X @ Wk).named("k"), (X @ Wv).named("v")
    scores = (q @ k.T / np.sqrt(2.0)).named("scores")
    attention = ops.softmax(scores).named("attention")
    out = (attention @ v + X).named("out")  # the skip: X goes on by four ways
    return ops.sum(ops.half_squared_error(out, target)).named("loss")


rng = np.random.default_rng(1)
arrays = {
    "X": rng.normal(size=(3, 2)),
    "Wq": rng.normal(size=(2, 2)),
    "Wk": rng.normal(size=(2, 2)),
    "Wv": rng.normal(size=(2, 2)),
    "target": rng.normal(size=(3, 2)),
}

if __name__ == "__main__":
    graph = wg.trace(head, **arrays)
    trace = wg.backprop(graph, **arrays)
    print(trace)
    print(trace.why("Wq[0,1]"))
    print(trace.why("X[1,0]", depth=1))
