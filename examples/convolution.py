"""A small convolutional network, explained down to one weight.

    python examples/convolution.py

Two convolutions, a pooling, a dense layer, cross-entropy with labels. Nothing in whygrad knows what
a convolutional network is: this is a traced function, every line read off the operations' rules.
"""

import numpy as np

import whygrad as wg

ops = wg.ops


def network(images, W1, b1, W2, b2, V, c, labels):
    h = ops.relu(ops.conv2d(images, W1, b1, padding=1)).named("h1")  # (N, 2, 6, 6)
    h = ops.max_pool2d(h, 2).named("pooled")  # (N, 2, 3, 3)
    h = ops.relu(ops.conv2d(h, W2, b2)).named("h2")  # (N, 2, 2, 2)
    net = ops.linear(ops.reshape(h, (2, 8)), V, c).named("net")  # (N, 3)
    return ops.mean(ops.softmax_cross_entropy(net, labels)).named("loss")


rng = np.random.default_rng(0)
arrays = {
    "images": rng.normal(size=(2, 1, 6, 6)),
    "W1": rng.normal(size=(2, 1, 3, 3)) * 0.5,
    "b1": np.zeros(2),
    "W2": rng.normal(size=(2, 2, 2, 2)) * 0.5,
    "b2": np.zeros(2),
    "V": rng.normal(size=(3, 8)) * 0.5,
    "c": np.zeros(3),
    "labels": np.array([0, 2]),
}

if __name__ == "__main__":
    graph = wg.trace(network, **arrays)
    trace = wg.backprop(graph, **arrays)
    print(trace)
    print(trace.why("V[0,1]"))
    print(trace.why("W1[0,0,1,1]", depth=1))
