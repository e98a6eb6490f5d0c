"""Presets: what a network, its data and its training are unless something else is said."""

from __future__ import annotations

from typing import Any

from whygrad.errors import ConfigError, nearest

SPLIT = {"split": [0.7, 0.15, 0.15]}
USUAL = {"epochs": 1_000, "early_stopping": 6, "scale": "minmax"}  # max_fail 6 of net.trainParam

# MATLAB's networks with their defaults: feedforwardnet and fitnet map numbers to numbers (whole
# ones too), patternnet tells classes apart. The constants of their algorithms are the solvers' own.
FIT: dict[str, dict[str, Any]] = {
    "network": {
        "hidden": [10], "activation": "tanh", "output_activation": "identity",
        "loss": "mean_squared_error", "init": "nguyen_widrow",
    },
    "data": {**SPLIT, "means": "numbers"},
    "training": {"optimizer": "lm", **USUAL, "scale_targets": "minmax"},
}  # fmt: skip
PATTERNS: dict[str, dict[str, Any]] = {
    "network": {
        "hidden": [10], "activation": "tanh", "output_activation": "softmax",
        "loss": "softmax_cross_entropy", "init": "nguyen_widrow",
    },
    "data": {**SPLIT, "means": "classes"},
    "training": {"optimizer": "scg", **USUAL},
}  # fmt: skip
PRESETS = {"matlab": FIT, "feedforwardnet": FIT, "fitnet": FIT, "patternnet": PATTERNS}
NONE: dict[str, dict[str, Any]] = {"network": {}, "data": {}, "training": {}}


def preset(name: str | None) -> dict[str, dict[str, Any]]:
    """What a preset says, by table. Raises ConfigError for an unknown one."""
    if name is None:
        return NONE
    if name not in PRESETS:
        raise ConfigError(f"There is no preset {name!r}.", hint=nearest(str(name), PRESETS))
    return PRESETS[name]
