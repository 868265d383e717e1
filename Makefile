# Croupier. `make` alone lists what there is.
#
# Needs Python 3.11 or newer and a package index. Everything else, PostgreSQL included, comes from
# the lock files into .venv; nothing is installed outside this directory and root is not needed.

SHELL := /bin/sh
.SHELLFLAGS := -eu -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# Where .venv was made. Its commands hold this path, so a moved checkout gets a new one.
HERE := $(CURDIR)
SOURCES = $(wildcard server games protocol client bench tests hatch_build.py)
# Does nothing when the pages are those of their sources.
BUILD_PAGES = $(if $(wildcard web/package.json),$(BIN)/python -m server.web.build,:)

# `make run HOST=0.0.0.0` opens both listeners to the network. Only what is said here, on the command
# line, overrides config.toml; a HOST or PORT that a shell happens to export does not.
ifeq ($(origin HOST),command line)
run: export CROUPIER_HTTP_HOST := $(HOST)
run: export CROUPIER_GATEWAY_HOST := $(HOST)
endif
ifeq ($(origin PORT),command line)
run: export CROUPIER_HTTP_PORT := $(PORT)
endif
ifeq ($(origin GATEWAY_PORT),command line)
run: export CROUPIER_GATEWAY_PORT := $(GATEWAY_PORT)
endif

.PHONY: help install run test test-math test-chaos check lint format bench bench-games bench-history bench-pages bench-live soak screenshots lock clean

help: ## List what there is
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' \
	  $(MAKEFILE_LIST)

# Without a package index for the pages the server still serves players of other clients. Not so where
# all must be there: a run of the tests builds them or fails.
install: $(VENV)/.installed ## Make .venv with everything that the server needs, and the web pages
	@$(BUILD_PAGES) || { test -z "$${CI:-}" && \
	  echo "croupier: going on without the web pages; make install tries again" >&2; }

run: install ## Start the server (HOST=0.0.0.0 for a phone, PORT=8080, GATEWAY_PORT=8081)
	@exec $(BIN)/croupier serve

test: check ## Check, then run every test (ARGS='-k name' for some)
	@$(BUILD_PAGES) test
	@$(BIN)/python -m tests $(ARGS)

test-math: $(VENV)/.tested ## Recompute the mathematics of the games and run the full batteries (an hour)
	@$(BIN)/python -m pytest -m math --timeout 3600 $(ARGS)

test-chaos: $(VENV)/.tested ## 200 faults on live tables of three nodes, the books after each; var/chaos.json
	@$(BIN)/python -m tests.chaos.live $(ARGS)
	@$(BIN)/python -m pytest -m chaos tests/chaos tests/browser

check: lint ## Lint, check types, build the web pages and weigh them
	@$(BIN)/mypy $(SOURCES)
	@$(BUILD_PAGES) check sizes

lint: $(VENV)/.tested ## Lint and check the format
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check

format: $(VENV)/.tested ## Put the format right
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

bench: $(VENV)/.tested ## Measure the server against the obvious one; var/bench.json
	@$(BIN)/python -m bench

bench-games: $(VENV)/.tested ## Measure the rules and their mathematics; var/bench-games.json
	@$(BIN)/python -m bench.games

bench-history: $(VENV)/.tested ## Measure the cost of a bet after 20 million rounds
	@$(BIN)/python -m bench.history

bench-pages: $(VENV)/.tested ## Measure the pages in a browser: opening, taps, frames, sizes
	@$(BUILD_PAGES)
	@$(BIN)/python -m bench.pages

bench-live: $(VENV)/.tested ## Measure live tables: watchers, seats, nodes, takeover; var/bench-live.json
	@$(BIN)/python -m bench.live

soak: $(VENV)/.tested ## Kill the server 500 times under load and audit each time (half an hour)
	@CROUPIER_CHAOS_KILLS=500 $(BIN)/python -m pytest tests/chaos -k every_acknowledged

screenshots: $(VENV)/.tested ## Take the pictures of the documents from a real server (ARGS='console' for some)
	@$(BUILD_PAGES)
	@$(BIN)/python -m tests.browser.screenshots $(ARGS)

lock: $(VENV)/.tested ## Pin the newest allowed versions of all dependencies, with hashes
	@for target in run dev node; do \
	  case $$target in \
	    run) from="pyproject.toml --group build"; file=requirements.lock ;; \
	    dev) from="pyproject.toml --group build --group dev"; file=requirements-dev.lock ;; \
	    node) from="--group node"; file=requirements-node.lock ;; \
	  esac; \
	  $(BIN)/uv pip compile $$from --output-file $$file --upgrade --quiet \
	    --universal --python-version 3.11 --generate-hashes --no-config \
	    --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"; \
	done

clean: ## Remove .venv and everything made by tools; the data in var/ stays
	@rm -rf $(VENV) dist build server/web/dist web/packages/*/dist web/node_modules .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@find $(SOURCES) -type d -name __pycache__ -prune -exec rm -rf {} +

# The stamps hold the checkout's path. A lock file, pyproject.toml or the path changing renews them.
ifneq ($(shell cat $(VENV)/.made 2>/dev/null && $(BIN)/python -c "" 2>&1),$(HERE))
.PHONY: $(VENV)/.made
endif

$(VENV)/.made:
	@usable='import sys; sys.exit(sys.version_info < (3, 11))'; \
	if [ ! -e $@ ] && $(PIP) --version >/dev/null 2>&1 && $(BIN)/python -c "$$usable"; then \
	  echo "$(HERE)" > $@; exit 0; \
	fi; \
	python=""; \
	for candidate in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11 python; do \
	  if "$$candidate" -c "$$usable" >/dev/null 2>&1; then \
	    python=$$candidate; break; \
	  fi; \
	done; \
	if [ -z "$$python" ]; then \
	  echo "croupier: needs Python 3.11 or newer and found none; install it," \
	    "or say where it is: make PYTHON=/path/to/python3" >&2; \
	  exit 1; \
	fi; \
	if ! "$$python" -c 'import venv, ensurepip' >/dev/null 2>&1; then \
	  echo "croupier: this Python cannot make virtual environments;" \
	    "on Debian and Ubuntu: apt install python3-venv" >&2; \
	  exit 1; \
	fi; \
	echo "croupier: making $(VENV) with $$("$$python" --version)" >&2; \
	"$$python" -m venv --clear $(VENV); \
	echo "$(HERE)" > $@

$(VENV)/.installed: $(VENV)/.made requirements.lock pyproject.toml
	@echo "croupier: installing the dependencies" >&2
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.tested: $(VENV)/.installed requirements-dev.lock
	@echo "croupier: installing what the tests need" >&2
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@
