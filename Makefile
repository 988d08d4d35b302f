# Two commands for a newcomer: `make demo` and `make test`. Each sets up .venv by itself.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --constraint constraints.txt

.PHONY: demo test check lint types imports format clean

demo: .venv/.train  ## built-in data → teacher → detectors → report.html
	$(BIN)/mtfas demo --out demo

test: .venv/.dev  ## every test
	$(BIN)/python -m pytest -n 2

check: lint types imports test  ## all that continuous integration runs

lint: .venv/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/.dev
	$(BIN)/mypy

imports: .venv/.dev
	$(BIN)/lint-imports

format: .venv/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "mtfas needs Python 3.11 or newer; give one with: make PYTHON=/path/to/python3.11")'
	$(PYTHON) -m venv .venv

.venv/.train: .venv/bin/python pyproject.toml constraints.txt
	@echo "installing mtfas with torch (a minute or two)"
	$(PIP) --editable '.[train]'
	@touch $@

.venv/.dev: .venv/bin/python pyproject.toml constraints.txt
	@echo "installing mtfas with torch and the test tools (a minute or two)"
	$(PIP) --editable '.[train,dev]'
	@touch $@ .venv/.train

clean:
	rm -rf .venv build dist demo src/*.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
