# Firstwatch: `make demo` shows it, `make test` proves it, `make check` holds the house in order.
PY ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
STAMPS := $(VENV)/stamps
PORT ?= 8501
export PYTHONPATH := .

.PHONY: demo test check lock clean
.DEFAULT_GOAL := help

help: ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

$(STAMPS)/venv:
	@command -v $(PY) >/dev/null || { echo "Firstwatch needs $(PY); name another with: make PY=/path/to/python" >&2; exit 1; }
	$(PY) -m venv $(VENV)
	@mkdir -p $(STAMPS) && touch $@

# uv installs three times faster; where it cannot be had, pip does the same with the same hashes.
define install
	@$(BIN)/pip install -q --disable-pip-version-check uv==0.13.9 2>/dev/null || true
	@if [ -x $(BIN)/uv ]; then VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install -q --compile-bytecode --require-hashes -r $(1); \
	else $(BIN)/pip install -q --disable-pip-version-check --require-hashes -r $(1); fi
	@touch $@
endef

$(STAMPS)/run: requirements.txt $(STAMPS)/venv
	@echo "Installing the run-time packages (once, about half a minute) ..."
	$(call install,requirements.txt)

$(STAMPS)/dev: requirements-dev.txt $(STAMPS)/run
	@echo "Installing the test packages (once) ..."
	$(call install,requirements-dev.txt)

demo: $(STAMPS)/run ## the dashboard on a made-up trial, at http://127.0.0.1:8501
	@$(BIN)/python -m synthetic --if-empty
	@echo "Firstwatch: http://127.0.0.1:$(PORT)   (Ctrl+C ends it)"
	@exec $(BIN)/python -m streamlit run app.py --server.port $(PORT)

test: $(STAMPS)/dev ## every test, in a real browser too where Chromium can be had
	@sh tests/prepare_browser.sh
	$(BIN)/python -m pytest -n 2 --dist loadgroup tests

check: $(STAMPS)/dev ## format, lint, types, import rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

lock: $(STAMPS)/dev ## pin every package with its hashes; the reasons stand at the head
	@for list in requirements requirements-dev; do \
	  $(BIN)/uv pip compile -q --generate-hashes --no-header --python-version 3.11 $$list.in -o .lock.tmp && \
	  { sed -n 's/^#* */# /p' $$list.in; echo; cat .lock.tmp; } > $$list.txt && rm .lock.tmp; \
	done

clean: ## remove the virtual environment; data stay
	rm -rf $(VENV)
