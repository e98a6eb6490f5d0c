"""The functions that formulas may call: every registered operation that goes number by number."""

from __future__ import annotations

from whygrad import numeric, ops  # noqa: F401 — ops fills the registry
