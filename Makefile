# The habits. `make` alone prints them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
.DEFAULT_GOAL := help
.PHONY: help install demo regenerate upgrade check test coverage snapshots conformance bench mutants clean

help:  ## Print the habits
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(STAMP): pyproject.toml templates/pyproject.toml.j2
	@command -v $(PYTHON) >/dev/null || { echo "There is no $(PYTHON). Install Python 3.11 or newer, or name one: make PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; $(PYTHON) is older. Try: make PYTHON=python3.12"; exit 1; }
	@echo "Setting up $(VENV), once; this takes about a minute."
	@$(PYTHON) -m venv $(VENV) || { echo "Python can't make virtual environments here. On Debian: apt-get install python3-venv"; exit 1; }
	@$(BIN)/python -m pip install --quiet --retries 2 --disable-pip-version-check --editable '.[dev]' --editable './generated[charts]' || { echo "pip could not install what is needed (above). Is there a network, and can pip reach a package index?"; exit 1; }
	@$(BIN)/python -m compileall -q generator  # where Python is told not to write compiled files, each run would compile again
	@touch $@

install: $(STAMP)  ## Set up .venv with everything needed here

demo: $(STAMP)  ## Watch the server work with a built-in fake XO
	@cd tests && ../$(BIN)/python -m demo

# Only a XO_URL on this command line counts: the environment's is the operator's, for running the server.
regenerate: $(STAMP)  ## Render generated/ from specs/, overrides/ and templates/, or from XO_URL=https://my-xo
	$(BIN)/python -m generator build $(if $(filter command line,$(origin XO_URL)),--xo-url '$(XO_URL)')

upgrade: $(STAMP)  ## Take a new XO release in: FROM=npm|url|file RELEASE=6.8.0
	@test -n '$(FROM)' -a -n '$(RELEASE)' || { echo "Say where it is and what it is: make upgrade FROM=npm RELEASE=6.8.0 (or FROM=https://my-xo, FROM=swagger.json)"; exit 2; }
	$(BIN)/python -m generator upgrade --from '$(FROM)' --release '$(RELEASE)' $(if $(DATE),--date '$(DATE)')

check: $(STAMP)  ## Lint, type-check, and hold generated/ against its inputs
	$(BIN)/ruff check .
	$(BIN)/ruff format --check --diff .
	$(BIN)/mypy
	$(BIN)/python -m generator check

test: $(STAMP)  ## Run every test
	$(BIN)/python -m pytest -n auto

coverage: $(STAMP)  ## Run every test, and fail where too few branches are covered
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -n auto
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report --include 'generator/*'
	$(BIN)/coverage report --include 'generated/xo_mcp/*'

snapshots: $(STAMP)  ## Accept what the tools look like now
	$(BIN)/python -m pytest tests/generator/test_snapshots.py --snapshot-update

conformance: $(STAMP)  ## Run the protocol's own test tools (npm is needed) against the server
	cd tests && ../$(BIN)/python -m conformance

bench: $(STAMP)  ## Measure, as ratios against a reference in the same run
	cd tests && ../$(BIN)/python -m bench

mutants: $(STAMP)  ## Change the library in small ways, in a copy, and see whether tests notice
	cd tests && ../$(BIN)/python -m mutants

clean:  ## Remove everything that is not committed
	git clean -fdX
