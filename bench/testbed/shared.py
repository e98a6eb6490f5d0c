"""Weights that are used several times: a recurrent network and a penalty, by hand in NumPy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

Arrays = dict[str, np.ndarray]
PENALTY = 0.05


@dataclass(frozen=True)
class Recurrent:
    """h_t = tanh(h_{t−1} Wᵀ + x_t Uᵀ + b) from h_0 = 0; the loss is Σ (h_T vᵀ)²."""

    steps: int
    parameters: Arrays  # W, U, b, v
    x: np.ndarray  # (steps, samples, inputs)

    def states(self) -> list[np.ndarray]:
        p = self.parameters
        states = [np.zeros((self.x.shape[1], len(p["W"])))]
        for t in range(self.steps):
            states.append(np.tanh(states[-1] @ p["W"].T + self.x[t] @ p["U"].T + p["b"]))
        return states

    def gradients(self, mistake: str = "", step: int = 0) -> Arrays:
        """Back-propagation through time. step: which one is left out (from 1)."""
        p, states = self.parameters, self.states()
        error = 2 * states[-1] @ p["v"].T
        parts: dict[str, list[np.ndarray]] = {"W": [], "U": [], "b": []}
        back = error @ p["v"]
        for t in range(self.steps, 0, -1):
            delta = back * (1 - states[t] ** 2)
            parts["W"].insert(0, delta.T @ states[t - 1])
            parts["U"].insert(0, delta.T @ self.x[t - 1])
            parts["b"].insert(0, delta.sum(axis=0))
            back = delta @ (p["W"].T if mistake == "transposed" else p["W"])
        chosen = {
            "only_last_use": lambda part: part[-1],
            "only_first_use": lambda part: part[0],
            "use_missing": lambda part: sum(part) - part[step - 1],
        }.get(mistake, sum)
        found = {name: np.asarray(chosen(part)) for name, part in parts.items()}
        return {**found, "v": error.T @ states[-1]}


@dataclass(frozen=True)
class Penalised:
    """A tanh layer and a straight one with a squared loss and ½ · 0.05 · ΣW² on the weights."""

    parameters: Arrays  # W, b, V, c
    x: np.ndarray
    y: np.ndarray

    def gradients(self, mistake: str = "") -> Arrays:
        p = self.parameters
        h = np.tanh(self.x @ p["W"].T + p["b"])
        error = 2 * (h @ p["V"].T + p["c"] - self.y)
        delta = error @ p["V"] * (1 - h**2)
        found = {
            "W": delta.T @ self.x, "b": delta.sum(axis=0), "V": error.T @ h, "c": error.sum(axis=0),
        }  # fmt: skip
        on = {"penalty_forgotten": "", "penalty_on_biases": "WVbc"}.get(mistake, "WV")
        return {n: g + PENALTY * p[n] if n in on else g for n, g in found.items()}


def recurrent(rng: np.random.Generator) -> Recurrent:
    units, inputs, outputs = rng.integers(2, 5, 3)
    steps, samples = int(rng.integers(3, 6)), int(rng.integers(1, 4))
    parameters = {
        "W": rng.normal(size=(units, units)) * 0.6, "U": rng.normal(size=(units, inputs)) * 0.6,
        "b": rng.normal(size=units) * 0.3, "v": rng.normal(size=(outputs, units)),
    }  # fmt: skip
    return Recurrent(steps, parameters, rng.normal(size=(steps, samples, inputs)))


def penalised(rng: np.random.Generator) -> Penalised:
    inputs, units, outputs = rng.integers(2, 5, 3)
    parameters = {
        "W": rng.normal(size=(units, inputs)), "b": rng.normal(size=units),
        "V": rng.normal(size=(outputs, units)), "c": rng.normal(size=outputs),
    }  # fmt: skip
    n = int(rng.integers(2, 6))
    return Penalised(parameters, rng.normal(size=(n, inputs)), rng.normal(size=(n, outputs)))
