# Requires only Python 3.10 or newer. To choose one: `make PYTHON=python3.12 test`.

PYTHON ?= python3
VENV ?= .venv
# Install in editable mode; EDITABLE= installs a copy, as users do.
EDITABLE ?= -e
# Arguments for pytest: make test ARGS="-k runs"
ARGS ?=

BIN = $(VENV)/bin
# An absolute path, because runs change the working directory.
DEMO_HOME = $(CURDIR)/.guild

.PHONY: help demo test lint style types layers docs bench clean

help:
	@echo "make demo   train a digits classifier as a run, then list it"
	@echo "make test   run the test suite"
	@echo "make lint   check style, types and layers"
	@echo "make docs   update docs/reference, the tables of docs/guildfile.md and screenshots"
	@echo "make bench  run the benchmarks"
	@echo "make clean  remove build files and environments; keep runs"

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

# A stamp file is newer than the files that were installed; without EDITABLE these include guild/.
SOURCES = $(if $(EDITABLE),,$(shell find guild -name '*.py'))

$(VENV)/.installed: pyproject.toml $(SOURCES) | $(BIN)/python
	@echo "Installing into $(VENV); this may take a minute"
	$(BIN)/pip install --quiet $(EDITABLE) .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml $(SOURCES) | $(BIN)/python
	@echo "Installing into $(VENV) with all extras; this may take several minutes"
	$(BIN)/pip install --quiet $(EDITABLE) '.[all,dev]'
	@touch $@ $(VENV)/.installed

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || \
	    { echo "Python 3.10 or newer is required; run: make PYTHON=/path/to/python ..." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
