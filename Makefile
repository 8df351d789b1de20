# The habits. `make` alone prints them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
.DEFAULT_GOAL := help
.PHONY: help install regenerate check test snapshots bench clean

help:  ## Print the habits
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(STAMP): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; $(PYTHON) is older. Try: make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

install: $(STAMP)  ## Set up .venv with everything needed here

regenerate: $(STAMP)  ## Render generated/ from specs/, overrides/ and templates/
	$(BIN)/python -m generator build

check: $(STAMP)  ## Lint, type-check, and hold generated/ against its inputs
	$(BIN)/ruff check .
	$(BIN)/ruff format --check --diff .
	$(BIN)/mypy
	$(BIN)/python -m generator check

test: $(STAMP)  ## Run every test
	$(BIN)/python -m pytest -n auto

snapshots: $(STAMP)  ## Accept what the tools look like now
	$(BIN)/python -m pytest tests/generator/test_snapshots.py --snapshot-update

bench: $(STAMP)  ## Measure, as ratios against a reference in the same run
	cd tests && ../$(BIN)/python -m bench

clean:  ## Remove everything that is not committed
	git clean -fdX
