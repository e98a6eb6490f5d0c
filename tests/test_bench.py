"""The benchmark runs, and shows that the same work was done."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from needs import needs

ROOT = Path(__file__).parent.parent


@pytest.mark.slow
def test_the_benchmark_runs_once_small(tmp_path):
    for library in ("jax", "torch", "sklearn", "scipy"):
        needs(library)
    command = [sys.executable, "bench/bench.py", "--small", "--rounds", "1", "--out", tmp_path]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    found = json.loads((tmp_path / "small.json").read_text("utf-8"))
    assert len(found["rows"]) == 9
    assert all(row["same_work"] for row in found["rows"])
    assert all(row["seconds"]["whygrad"] > 0 for row in found["rows"])
    assert found["rows"][-1]["median_iterations"] <= 20
    assert all(row["met"] for row in found["autoencoders"])
