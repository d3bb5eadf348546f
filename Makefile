# make book | pdf | example | test | check | bench | notebooks | wheels | sbom | lock | clean. Each makes .venv first, if it has to.
PYTHON ?= python3
BIN := .venv/bin
BUILD := $(BIN)/jupyter-book build . -q -W --keep-going -n

.PHONY: book pdf example test lint pytest check bench notebooks wheels sbom lock clean setup

book: setup ## _build/html/index.html, with every notebook run whose inputs changed
	@$(BUILD)

pdf: setup ## _build/book.pdf: the whole book, printed by Chromium
	@$(BUILD) --builder custom --custom-builder singlehtml
	@$(BIN)/python tools/print_book.py _build/singlehtml/index.html _build/book.pdf

example: setup ## _build/pbc/book/_build/html: the second cohort's own book, from its cohort.yml
	@rm -rf _build/pbc && mkdir -p _build && cp -R data/pbc _build/pbc
	@$(BIN)/python -m jdm_utils book _build/pbc

test: setup ## lint, types, unit tests, goldens, doctests, notebooks, the book in a browser
	@$(MAKE) --no-print-directory -j 2 lint pytest

lint:
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy

pytest:
	@$(BIN)/pytest -n 2 --dist loadfile -m "not slow"

check: setup ## the slow tests (broken builds, axe, PDF, large files), then two builds of the same bytes
	@$(BIN)/pytest -n 2 --dist loadfile -m slow
	@rm -rf _build/check
	@for n in 1 2; do $(BUILD) --path-output _build/check/$$n || exit; done
	@diff -r _build/check/1/_build/html _build/check/2/_build/html
	@rm -rf _build/check
	@echo "Two clean builds gave the same bytes."

bench: setup ## data/benchmarks: the audit on invented papers (10 minutes) and published tables, times against peers
	@$(BIN)/python -m benchmarks.benchmark
	@$(BIN)/python -m benchmarks.report
	@$(BIN)/python -m venv --clear _build/peers
	@_build/peers/bin/pip install -q --require-hashes -r requirements.txt
	@_build/peers/bin/pip install -q -r tools/peers.txt
	@_build/peers/bin/pip install -q --no-deps --no-build-isolation -e packages/smallstats \
	  -e packages/paperaudit -e packages/cohortbook -e .
	@_build/peers/bin/python tools/time_peers.py

notebooks: setup ## write fresh outputs into the notebooks, which the tests compare with, and list them
	@$(BIN)/python -m cohortbook.report.execution
	@$(BIN)/python -m tools.write_metadata

wheels: setup ## dist: wheel and sdist of each package, of the same bytes wherever they are made
	@rm -rf dist && mkdir dist
	@for name in smallstats paperaudit cohortbook; do \
	  (cd packages/$$name && SOURCE_DATE_EPOCH=$${SOURCE_DATE_EPOCH:-315619200} ../../$(BIN)/python -c \
	  "from flit_core.buildapi import build_sdist as s, build_wheel as w; w('../../dist'); s('../../dist')") \
	  || exit; done

sbom: setup ## _build/sbom.cdx.json: every package of the lock with its licence (CycloneDX)
	@$(BIN)/python -m venv --clear _build/sbom
	@_build/sbom/bin/pip install -q --require-hashes -r tools/sbom.txt
	@$(BIN)/python tools/write_sbom.py _build/sbom/bin/cyclonedx-py _build/sbom.cdx.json

lock: ## choose the newest packages that all four pyproject.toml allow, with hashes (needs uv)
	@uv pip compile pyproject.toml packages/*/pyproject.toml --extra dev --extra app --universal \
	  --fork-strategy fewest --upgrade --generate-hashes --no-strip-extras --no-annotate --quiet \
	  --no-emit-package smallstats --no-emit-package paperaudit --no-emit-package cohortbook \
	  --custom-compile-command "make lock" -o requirements.txt

clean: ## remove what the other targets made, but .venv
	@rm -rf _build .doctrees dist .hypothesis .mypy_cache .pytest_cache .ruff_cache
	@find . -name .venv -prune -o -name __pycache__ -type d -exec rm -rf {} +

setup:
	@command -v $(PYTHON) >/dev/null || { echo "This project needs Python 3.11 or newer."; exit 1; }
	@$(PYTHON) tools/setup_env.py
