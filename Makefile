# Needs nothing but Python 3.10 or newer: `make PYTHON=python3.12 test` chooses one.

PYTHON ?= python3
VENV ?= .venv
# Install as a link to this checkout; EDITABLE= installs a copy, as users have it.
EDITABLE ?= -e
# Arguments for pytest: make test ARGS="-k runs"
ARGS ?=

BIN = $(VENV)/bin
# The real path, because a run has a working directory of its own.
DEMO_HOME = $(CURDIR)/.guild

.PHONY: help demo test lint style types layers docs bench clean

help:
	@echo "make demo   train a digits classifier as a run, then list it"
	@echo "make test   run the test suite"
	@echo "make lint   check style, types and layers"
	@echo "make docs   write docs/reference from the commands' help, and pictures of the table"
	@echo "make bench  measure speed, as ratios"
	@echo "make clean  remove what these have made, but no runs"

demo: $(VENV)/.installed
	@mkdir -p $(DEMO_HOME)
	GUILD_HOME=$(DEMO_HOME) $(BIN)/guild -C examples/digits run train.py -y
	GUILD_HOME=$(DEMO_HOME) $(BIN)/guild -C examples/digits runs

test: $(VENV)/.installed-dev
	$(BIN)/pytest -n 2 $(ARGS)

lint: style types layers

style: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.installed-dev
	$(BIN)/mypy

layers: $(VENV)/.installed-dev
	$(BIN)/lint-imports

docs: $(VENV)/.installed-dev
	$(BIN)/python docs/reference.py
	$(BIN)/python docs/screenshots.py

bench: $(VENV)/.installed-dev
	$(BIN)/python -m benchmarks $(ARGS)

clean:
	rm -rf .venv build dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis

# Each stamp is newer than what it was installed from; without EDITABLE, that is all of guild/.
SOURCES = $(if $(EDITABLE),,$(shell find guild -name '*.py'))

$(VENV)/.installed: pyproject.toml $(SOURCES) | $(BIN)/python
	@echo "Installing into $(VENV), which may take a minute"
	$(BIN)/pip install --quiet $(EDITABLE) .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml $(SOURCES) | $(BIN)/python
	@echo "Installing into $(VENV) with all extras, which may take some minutes"
	$(BIN)/pip install --quiet $(EDITABLE) '.[all,dev]'
	@touch $@ $(VENV)/.installed

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || \
	    { echo "Python 3.10 or newer is needed: make PYTHON=/path/to/python ..." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
