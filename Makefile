# Equipoise: make demo, make test. Needs Python 3.11 or newer, make and a package index.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: setup demo test check lint types bench bench-peers docs lock clean

setup: $(STAMP)

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Equipoise needs Python 3.11 or newer" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(STAMP)
	$(BIN)/equipoise verdict examples/msc-covid19 --as-of 2020-03-25 --out build/msc-covid19-2020-03-25.html

test: $(STAMP)
	$(BIN)/python -m pytest

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-logo 2>/dev/null || $(BIN)/lint-imports

types: $(STAMP)
	$(BIN)/mypy

check: lint types test docs

docs: $(STAMP)
	$(BIN)/sphinx-build -W -q -b html docs docs/_build

bench: $(STAMP)
	$(BIN)/python -m benchmarks

# The Python peers, in an environment of their own; without it `make bench` names them and goes on.
bench-peers:
	$(PYTHON) -m venv .venv-bench
	.venv-bench/bin/python -m pip install --quiet statsmodels pymare

# Needs the tool `uv`; names no registry host.
lock:
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --upgrade --quiet --output-file requirements.lock

clean:
	rm -rf build docs/_build .mypy_cache .ruff_cache .pytest_cache .hypothesis
