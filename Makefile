# The first two are all that most people need; each works on a fresh clone.
PYTHON ?= python3
VENV ?= .venv
export VENV
BIN := $(VENV)/bin
PYTEST := PORTAL_DB_FSYNC=off PORTAL_DATA_DIR=$${PORTAL_DATA_DIR:-$(CURDIR)/.data/test} $(BIN)/pytest
JOBS ?= 2

.PHONY: demo test test-fast test-slow check bench lock clean dev help

help:  ## show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

demo:  ## the whole portal with demo data on http://localhost:8000 (PORT=... for another)
	@$(PYTHON) scripts/setup.py demo
	@exec $(BIN)/python -m coordinator.local.demo

dev:
	@$(PYTHON) scripts/setup.py dev

test: dev  ## all tests but the slow ones
	@sh scripts/test_tools.sh
	@$(PYTEST) -n $(JOBS) --dist loadscope

test-fast: dev  ## without browsers
	@$(PYTEST) -n $(JOBS) --dist loadscope -m "not slow and not browser"

test-slow: dev  ## fuzzers, kill loops, long proofs
	@sh scripts/test_tools.sh slow
	@$(PYTEST) -m slow

check: dev  ## format, lint, types, layers, templates, migrations, settings, lock
	@$(BIN)/python scripts/check.py

bench: dev  ## the figures of the issues, into bench/results.json
	@$(BIN)/python -m bench

lock:  ## lock requirements/*.txt from pyproject.toml (needs uv)
	@$(PYTHON) scripts/lock.py

clean:  ## remove the virtual environment, data and caches
	@if [ -x $(BIN)/python ]; then $(BIN)/python -m coordinator.local.database stop || true; fi
	@if [ -L .data/postgres ]; then rm -rf "$$(readlink .data/postgres)"; fi
	rm -rf $(VENV) .data .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .coverage
