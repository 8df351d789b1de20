# The habits. `make` alone prints them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
.DEFAULT_GOAL := help
# Tests start hundreds of processes: what one of them compiles the others read, whatever the environment says.
export PYTHONDONTWRITEBYTECODE :=
.PHONY: help install demo regenerate sync page upgrade rehearse rehearse-quick foreign check test test-fast test-ci test-all coverage snapshots conformance bench jobs mutants lock pin-image sbom soak fuzz package clean

help:  ## Print the habits
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

LOCK := .ci/requirements.txt

$(STAMP): pyproject.toml templates/pyproject.toml.j2 $(LOCK)
	@command -v $(PYTHON) >/dev/null || { echo "There is no $(PYTHON). Install Python 3.11 or newer, or name one: make PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; $(PYTHON) is older. Try: make PYTHON=python3.12"; exit 1; }
	@echo "Setting up $(VENV), once; this takes about a minute."
	@$(PYTHON) -m venv $(VENV) || { echo "Python can't make virtual environments here. On Debian: apt-get install python3-venv"; exit 1; }
	@# What is locked, as it was hashed; then our two packages in place, and what a lock that is behind lacks (not in CI).
	@$(BIN)/python -m pip install --quiet --retries 2 --disable-pip-version-check --require-hashes -r $(LOCK) \
	&& $(BIN)/python -m pip install --quiet --retries 2 --disable-pip-version-check --no-build-isolation $(if $(CI),--no-deps) \
		--editable '.[dev]' --editable './generated[charts,cluster,setup,telemetry]' \
	|| { echo "pip could not install what is needed (above). Is there a network, and can pip reach a package index?"; exit 1; }
	@$(BIN)/python -m compileall -q generator  # where Python is set not to write compiled files, each run would compile again
	@touch $@

install: $(STAMP)  ## Set up .venv with everything needed here

demo: sync  ## Watch the server work with a built-in fake XO
	@cd tests && ../$(BIN)/python -m demo

# Only a XO_URL on this command line counts: the environment's is the operator's, for running the server.
regenerate: $(STAMP)  ## Render generated/ from specs/, overrides/ and templates/, or from XO_URL=https://my-xo
	$(BIN)/python -m generator build $(if $(filter command line,$(origin XO_URL)),--xo-url '$(XO_URL)')

# Tests and mypy see generated/, people edit what it is made from; the habits below bring it up to date first.
sync: $(STAMP)
	@$(BIN)/python -m generator build --if-stale

page: $(STAMP)  ## Build build/tools.html: every operation, searchable, in one file
	$(BIN)/python -m generator page

upgrade: $(STAMP)  ## Take a new XO release in: FROM=npm|url|file RELEASE=6.8 [JSONRPC=url|file]
	@test -n '$(FROM)' -a -n '$(RELEASE)' || { echo "Say where it is and what it is: make upgrade FROM=npm RELEASE=6.8 (or FROM=https://my-xo, FROM=swagger.json)"; exit 2; }
	$(BIN)/python -m generator upgrade --from '$(FROM)' --release '$(RELEASE)' $(if $(JSONRPC),--jsonrpc '$(JSONRPC)') $(if $(DATE),--date '$(DATE)')

rehearse: sync  ## Take in two releases XO has not made, in a copy, and run every test after each
	cd tests && ../$(BIN)/python -m rehearsal

rehearse-quick: sync  ## The same in minutes: with the tests that look at the newest release
	cd tests && ../$(BIN)/python -m rehearsal --quick

foreign: sync  ## Build servers from documents of other products (npm is needed)
	cd tests && ../$(BIN)/python -m foreign

check: $(STAMP)  ## Lint, type-check, and compare generated/ with its inputs
	$(BIN)/python -m generator check
	$(BIN)/ruff check .
	$(BIN)/ruff format --check --diff .
	$(BIN)/mypy
	@git log -1 --format=%s 2>/dev/null | awk 'length >= 72 {print "shorten the commit subject to 71 characters:", $$0; exit 1}'

# A module's tests share what they start, so that it is not started twice; twice as many as there are cores, as many wait.
PYTEST := $(BIN)/python -m pytest -n $(shell expr $$(getconf _NPROCESSORS_ONLN) \* 2) --dist loadfile

test-fast: sync  ## Run what a change of an override or of the library needs, in about a minute
	$(BIN)/python -m pytest -q -n 4 --depth fast

test: sync  ## Run what a commit needs, in minutes: nothing that builds trees, calls every tool or waits for long
	$(PYTEST) --depth usual

test-ci: sync  ## Run the tests that CI runs: all but those that go over everything once more
	$(PYTEST) --depth ci

test-all: sync  ## Run every test
	$(PYTEST) --depth all

coverage: sync  ## Run every test, and fail where too few branches are covered
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -n auto
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report --include 'generator/*'
	$(BIN)/coverage report --include 'generated/xo_mcp/*'

snapshots: sync  ## Accept what the tools look like now
	@# It ends with an error where it wrote, so it is asked once more.
	$(BIN)/python -m pytest -q tests/generator/test_snapshots.py --snapshot-update --allow-snapshot-deletion >/dev/null || true
	$(BIN)/python -m pytest -q tests/generator/test_snapshots.py

conformance: sync  ## Run the protocol's own test tools (npm is needed) against the server
	cd tests && ../$(BIN)/python -m conformance

bench: sync  ## Measure, as ratios against a reference in the same run
	cd tests && ../$(BIN)/python -m bench

jobs: sync  ## Do the jobs of administrators, and print what each costs
	cd tests && ../$(BIN)/python -m jobs 2>/dev/null

mutants: sync  ## Change the library in small ways, in a copy, and see whether tests notice
	cd tests && ../$(BIN)/python -m mutants

# In an environment of their own: they bring a library that costs each process that imports jsonschema, the server too, seconds.
TOOLS := $(VENV)/release
TOOLS_STAMP := $(TOOLS)/.installed
COMPILE := $(TOOLS)/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-emit-find-links --custom-compile-command 'make lock'

$(TOOLS_STAMP): $(STAMP)
	@$(PYTHON) -m venv $(TOOLS)
	@$(TOOLS)/bin/python -m pip install --quiet --disable-pip-version-check 'uv>=0.9,<1' 'cyclonedx-bom>=7,<8'
	@touch $@

lock: sync $(TOOLS_STAMP)  ## Lock what is installed, with hashes: CI's, the server's, what builds it (UPGRADE=1: anew)
	printf 'hatchling\neditables\n' | $(COMPILE) $(if $(UPGRADE),--upgrade) pyproject.toml generated/pyproject.toml - \
		--extra dev --extra charts --extra cluster --extra setup --extra telemetry --output-file $(LOCK)
	$(COMPILE) $(if $(UPGRADE),--upgrade) --constraints $(LOCK) generated/pyproject.toml \
		--extra charts --extra screens --extra cluster --extra telemetry --output-file templates/requirements.txt
	printf 'hatchling\n' | $(COMPILE) $(if $(UPGRADE),--upgrade) --constraints $(LOCK) - \
		--output-file templates/requirements-build.txt
	$(BIN)/python -m generator build

pin-image:  ## Write the digest of the container's base image into deploy/Containerfile (a registry is asked)
	$(PYTHON) deploy/pin_image.py deploy/Containerfile

sbom: sync $(TOOLS_STAMP)  ## Build the wheel and its bill of materials (CycloneDX) into dist/
	$(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation --wheel-dir dist ./generated
	$(TOOLS)/bin/cyclonedx-py requirements generated/requirements.txt --pyproject generated/pyproject.toml --mc-type application \
		--output-reproducible --validate --output-format JSON --output-file dist/xen-orchestra-mcp.cdx.json

MCPB := @anthropic-ai/mcpb@2.1.2

package: sbom  ## Build what is published into dist/: wheel, sdist, bill of materials, bundle for Claude Desktop (npm checks it)
	cd generated && ../$(BIN)/python -m hatchling build --target sdist --directory ../dist
	$(BIN)/python deploy/bundle.py dist
	rm -rf build/bundle && mkdir -p build/bundle && cd build/bundle && $(CURDIR)/$(BIN)/python -m zipfile -e ../../dist/xen-orchestra-mcp.mcpb . \
		&& npx --yes $(MCPB) validate manifest.json

soak: sync  ## Run the server for ten minutes under faults, disconnects and sudden ends (SECONDS=20: shorter)
	cd tests && ../$(BIN)/python -m soak $(if $(SECONDS),--seconds $(SECONDS))

fuzz: sync  ## Make up texts from outside for minutes, at every door (EXAMPLES=2000 for each test)
	$(BIN)/python -m pytest -q -n auto -m hypothesis --hypothesis-profile=fuzz tests/attacks tests/server tests/generator

clean:  ## Remove everything that is not committed
	git clean -fdX
