# Every target is a line that you could type yourself.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: help setup serve test test-slow check bench clean
help:  ## say what can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 12

setup: .venv/installed  ## install calotype and its pinned dependencies into .venv
serve: .venv/installed  ## start the server on http://127.0.0.1:8000
	$(BIN)/calotype serve
test: .venv/installed-dev  ## install what tests need and run them, all but the slow ones
	$(BIN)/pytest -n auto --dist loadfile -m "not slow"
test-slow: .venv/installed-dev  ## those that take long by nature: killed servers, races, browsers, the guides
	$(BIN)/pytest -n auto --dist loadfile -m slow
check: .venv/installed-dev  ## linters and type checks
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
bench: .venv/installed-dev  ## measure against peers and bare limits, print ratios
	$(BIN)/python -m bench
clean:  ## remove what setup made; your data stays
	rm -rf .venv build dist

.venv/bin/pip:
	$(PYTHON) -m venv .venv
.venv/installed: .venv/bin/pip pyproject.toml constraints.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable .
	touch $@
.venv/installed-dev: .venv/bin/pip pyproject.toml constraints.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	touch $@ .venv/installed
