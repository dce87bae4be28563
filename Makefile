# What one runs from a checkout. Each target first makes what it needs of .venv, from the pinned
# and hashed requirements; the servers that demo and tests need come from `ops/stack`.
#
#   make demo           a day of a salon, live, until Ctrl-C; ONCE=1 plays it, checks it and ends
#   make test           everything CI asks
#   make faults         only the fault suite, with its table; LONG=1 injects 200 faults and more
#   make lint | fix     only what is quick: format, lint, types, import contracts | put right what can be
#   make lock           pin requirements*.in anew (needs `uv`)
#   make clean          forget .venv, .ringbook (data of demo and stack) and what tools remember

ONCE ?=
LONG ?=
CODE := messages storage ops workers ingress tests
PIP  := .venv/bin/python -m pip --disable-pip-version-check --quiet
RUFF := .venv/bin/python -m ruff
MYPY := .venv/bin/python -m mypy

.PHONY: help demo test faults lint fix lock clean
help:
	@sed -n 's/^#   //p' Makefile

demo: .venv/run
	.venv/bin/python -m ops demo $(if $(filter-out 0,$(ONCE)),--once)

test: lint
	.venv/bin/python -m pytest

faults: .venv/test
	LONG=$(filter-out 0,$(LONG)) .venv/bin/python -m pytest tests/faults

lint: .venv/test
	$(RUFF) format --check .
	$(RUFF) check .
	$(MYPY) $(CODE)
	.venv/bin/lint-imports

fix: .venv/test
	$(RUFF) format .
	$(RUFF) check --fix .

# No address of a package index goes into the files: whoever installs says where from.
LOCK := uv pip compile --universal --python-version 3.11 --generate-hashes --quiet \
	--no-emit-index-url --no-emit-find-links --no-header
lock:
	@command -v uv > /dev/null || { echo 'make lock: there is no `uv` on PATH; `pipx install uv` gets it' >&2; exit 1; }
	$(LOCK) requirements.in -o requirements.txt
	$(LOCK) requirements-dev.in -o requirements-dev.txt

clean:
	rm -rf .venv .ringbook .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

# Two marks in .venv tell what is installed: what Ringbook runs on, and what its tests need on top.
.venv/run: requirements.txt .venv/bin/python
	@echo 'make: installing what Ringbook runs on'
	@$(PIP) install --require-hashes -r requirements.txt
	@touch $@

.venv/test: requirements-dev.txt .venv/bin/python
	@echo 'make: installing what Ringbook and its tests need'
	@$(PIP) install --require-hashes -r requirements-dev.txt
	@touch $@

.venv/bin/python:
	@sh .ci/venv
