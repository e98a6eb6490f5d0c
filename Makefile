# `make` lists the targets. tools/setup.sh makes .venv, once; the rest is one line each.
python := .venv/bin/python

.PHONY: help demo test bench verdicts op lint types format clean setup-bare setup-test

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' Makefile

demo: setup-bare ## Install into .venv and explain the worked example
	@$(python) -m whygrad demo

test: setup-test ## Run all tests
	@$(python) -m pytest -q -n 3

bench: setup-test ## Time training beside its peers (minutes; alone on the machine)
	@$(python) bench/bench.py

verdicts: setup-test ## Judge planted mistakes and right gradients (minutes)
	@$(python) bench/verdicts.py

op: setup-test ## Run the laws of one operation: make op NAME=mish
	@test -n "$(NAME)" || { echo "which operation? make op NAME=mish" >&2; exit 2; }
	@$(python) -m pytest -q tests/laws -k "[$(NAME)"

lint: setup-test ## Check style and formatting
	@$(python) -m ruff check
	@$(python) -m ruff format --check

types: setup-test ## Check types
	@$(python) -m mypy

format: setup-test ## Mend what lint can mend by itself
	@$(python) -m ruff check --fix-only
	@$(python) -m ruff format

clean: ## Remove caches and builds (rm -rf .venv for the environment)
	@rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@find src tests tools -name __pycache__ -type d -prune -exec rm -rf {} +

setup-bare:
	@sh tools/setup.sh bare

setup-test:
	@sh tools/setup.sh test
