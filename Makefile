# Two commands for a newcomer: `make demo` and `make test`. All others are for people who change the code.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
PORT   ?= 8050
# Browsers and killed processes live by the clock, and a machine that others use may be late: what fails is tried
# again, and pytest tells of it (RERUN). A fault of ours fails each time.
AGAIN  := --reruns 2 --reruns-delay 2
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_ROOT_USER_ACTION := ignore
# Where this is set, each of the many processes of a test compiles our sources anew.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: demo test test-deps bench bench-history lint format clean

$(VENV)/.core: pyproject.toml constraints.txt
	@echo "scopc: creating $(VENV) and installing (about 90 s the first time) ..."
	@$(PYTHON) -c 'import sys; sys.exit("scopc needs Python 3.11 or newer, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { echo "scopc: no venv module; on Debian and Ubuntu: apt-get install python3-venv"; exit 2; }
	@$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.core
	@echo "scopc: installing what tests and tools need ..."
	@$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[postgres,test,dev]'
	@touch $@

demo: $(VENV)/.core
	@$(BIN)/scopc demo --port $(PORT) $(ARGS)

test-deps:
	@sh tests/install_servers.sh

test: $(VENV)/.dev test-deps lint
	@if command -v node >/dev/null && [ "$$(node -p 'parseInt(process.versions.node)')" -ge 20 ]; then \
	  node --test tests/js/; else echo "skipped: JavaScript tests (needs Node 20 or newer)"; fi
	@$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder -m "not faults" --ignore tests/browser $(ARGS)
	@$(BIN)/python -m pytest -n 2 -m "not faults" $(AGAIN) $(ARGS) tests/browser
	@$(BIN)/python -m pytest -n 2 --dist loadfile -m faults $(AGAIN) $(ARGS)

bench: $(VENV)/.dev
	@$(BIN)/python -m tests.bench $(ARGS)

bench-history: $(VENV)/.dev
	@$(BIN)/python -m tests.bench.history $(ARGS)

lint: $(VENV)/.dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo --verbosity quiet 2>/dev/null || $(BIN)/lint-imports

format: $(VENV)/.dev
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
