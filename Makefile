# The commands of this project, for people and for CI. `make help` lists them.

PYTHON ?= $(shell for python in python3 python3.11 python3.12 python3.13 python3.14 python; do \
	"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$python" && break; done)
NEEDS_PYTHON = @test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed and isn't on this machine: install it and run this again."; exit 1; };
BOOTSTRAP = $(NEEDS_PYTHON) exec $(PYTHON) bootstrap.py

# Only variables from the command line count: some shells export HOST for the machine's name.
given = $(if $(filter command line,$(origin $1)),$($1))
SERVE_ARGS = $(if $(call given,HOST),--host $(HOST)) $(if $(call given,PORT),--port $(PORT)) $(ARGS)
LOCK = .venv/bin/uv pip compile --quiet --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header \
	--universal --python-version 3.11 $(ARGS)

.PHONY: help run dev test check format docs bench lock clean
.DEFAULT_GOAL := help

help: ## This list
	@awk -F ': ## ' '/^[a-z]+: ## / {printf "make %-7s %s\n", $$1, $$2}' Makefile

run: ## Install what is missing and serve (HOST=… PORT=… or ARGS="--port 9000")
	$(BOOTSTRAP) run $(SERVE_ARGS)

dev: ## Serve with reload and DEBUG on (ARGS="9000")
	$(BOOTSTRAP) dev $(ARGS)

test: ## All tests, on SQLite and on PostgreSQL with Redis (ARGS="-k stop" goes to pytest)
	$(BOOTSTRAP) test $(ARGS)

check: ## Format, lint, types, import contracts, deployment check, migrations, settings pages
	$(BOOTSTRAP) check $(ARGS)

format: ## Format Python, JavaScript and CSS as `make check` asks for
	$(BOOTSTRAP) format

docs: ## Write docs/settings.md and .env.example from chatbot/settings_table/
	$(NEEDS_PYTHON) exec $(PYTHON) -m chatbot.settings_pages

bench: ## Measure against the budgets and a plain relay (ARGS="--help" lists the options)
	$(BOOTSTRAP) bench $(ARGS)

lock: ## Rewrite the lock files after a change of pyproject.toml (ARGS=--upgrade for newer versions)
	$(BOOTSTRAP) lock
	$(LOCK) pyproject.toml -o requirements/base.txt
	$(LOCK) pyproject.toml --group test -c requirements/base.txt -o requirements/test.txt
	$(LOCK) --group embedded -c requirements/base.txt -o requirements/embedded.txt
	$(LOCK) --group office -o requirements/office.txt
	$(LOCK) --group node -o requirements/node.txt
	$(LOCK) --group s3 -c requirements/base.txt -o requirements/s3.txt
	$(LOCK) --group tracing -c requirements/base.txt -o requirements/tracing.txt
	$(LOCK) --group frameworks -o requirements/frameworks.txt
	$(LOCK) --group llama-index -o requirements/llama-index.txt
	$(LOCK) --group voices -o requirements/voices.txt
	$(LOCK) --group inspect-ai -o requirements/inspect-ai.txt

clean: ## Remove what was installed and cached; your data in var/ stays
	rm -rf .venv node_modules tests/clients/node_modules tests/clients/promptfoo/node_modules tests/clients/.venvs var/static .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
