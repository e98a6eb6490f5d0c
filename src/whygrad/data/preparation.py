"""Preparation: what stands between a user's data and the numbers of a network, both ways."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from whygrad.data.encoding import Encoder
from whygrad.data.scale import Scaler
from whygrad.errors import DataError, nearest


@dataclass(frozen=True, eq=False)
class Preparation:
    """Columns → inputs, labels → class numbers, scaling; and outputs → answers.

    encoder: how a table becomes columns of numbers. inputs, targets: their scaling.
    classes: the labels in the order of their numbers. target_names: the columns that are predicted.
    """

    encoder: Encoder | None = None
    inputs: Scaler | None = None
    targets: Scaler | None = None
    classes: tuple[Any, ...] | None = None
    target_names: tuple[str, ...] = ()

    def columns(self, x: Any) -> Any:
        """Inputs as numbers: a table by its columns; an array as it is."""
        if self.encoder is None or isinstance(x, (np.ndarray, list, tuple)):
            return x
        return self.encoder.encoded(x)

    def coded(self, y: Any) -> Any:
        """Labels as class numbers. Raises DataError for a label that was never seen."""
        if y is None or self.classes is None:
            return y
        labels = np.asarray(y)
        numbers = {label: k for k, label in enumerate(self.classes)}
        flat = labels.reshape(-1).tolist()
        unknown = next((v for v in flat if v not in numbers), None)
        if unknown is not None:
            known = map(str, self.classes)
            raise DataError(f"There is no class {unknown!r}.", hint=nearest(str(unknown), known))
        return np.array([numbers[v] for v in flat])

    def answer(self, out: np.ndarray) -> np.ndarray:
        """Outputs (samples, outputs) in the data's own terms."""
        if self.classes is not None:
            best = out[:, 0] > 0.5 if out.shape[1] == 1 else out.argmax(axis=1)
            return np.array(self.classes)[best.astype(int)]
        return self.targets.restored(out) if self.targets else out

    def to_dict(self) -> dict[str, Any]:
        """As plain data, for the file of a model."""
        return {
            "encoder": self.encoder and self.encoder.to_dict(),
            "inputs": self.inputs and self.inputs.to_dict(),
            "targets": self.targets and self.targets.to_dict(),
            "classes": None if self.classes is None else list(self.classes),
            "target_names": list(self.target_names),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Preparation:
        """What `to_dict` gave."""
        return cls(
            encoder=data["encoder"] and Encoder.from_dict(data["encoder"]),
            inputs=data["inputs"] and Scaler.from_dict(data["inputs"]),
            targets=data["targets"] and Scaler.from_dict(data["targets"]),
            classes=None if data["classes"] is None else tuple(data["classes"]),
            target_names=tuple(data["target_names"]),
        )
