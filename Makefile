.DEFAULT_GOAL := help
SHELL := /bin/sh
TOOLS := .tools
UV := $(shell command -v uv 2>/dev/null || echo $(TOOLS)/bin/uv)
RUN := .venv/bin/python
STAMP := .venv/.installed
MANIFESTS := pyproject.toml uv.lock $(wildcard */pyproject.toml services/*/pyproject.toml)

.PHONY: help
help: ## say what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: demo
demo: $(STAMP) ## start everything, play the story of an answer, stop everything
	@exec $(RUN) -m dev.demo play

.PHONY: up
up: $(STAMP) ## start everything and leave it up; prints URLs, tokens and first calls
	@exec $(RUN) -m dev.demo up

.PHONY: down
down: $(STAMP) ## stop what `make up` left up
	@exec $(RUN) -m dev.demo down

.PHONY: test
test: check ## every check and every test, on real Kafka and MongoDB
	$(RUN) -m pytest

.PHONY: test-fast
test-fast: $(STAMP) ## the tests that need no server
	$(RUN) -m pytest -m "not servers and not faults"

.PHONY: check
check: $(STAMP) ## style, types, import rules, contract drift, dead links
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/mypy -p contracts -p chassis -p mailboxes -p signatures -p documents -p reply_hub -p dossier_router -p dev
	.venv/bin/mypy tests
	.venv/bin/lint-imports
	$(RUN) -m dev.contracts check
	$(RUN) -m dev.links

.PHONY: contracts
contracts: $(STAMP) ## write schemas, AsyncAPI, OpenAPI and generated pages anew
	@exec $(RUN) -m dev.contracts write

.PHONY: bench
bench: $(STAMP) ## measure against bare baselines; writes build/bench.json
	@exec $(RUN) -m dev.benchmarks

$(STAMP): $(MANIFESTS) | $(UV)
	$(UV) sync --frozen --quiet
	@touch $@

# Only where no uv is on the path.
$(TOOLS)/bin/uv:
	@python3 -c 'import ensurepip' 2>/dev/null || \
		{ [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get install -qq -y python3-venv >/dev/null; } || \
		{ echo "Install uv (https://docs.astral.sh/uv), or Python's venv module, and try again." >&2; exit 1; }
	python3 -m venv $(TOOLS)
	$(TOOLS)/bin/pip install --quiet "uv>=0.9,<1"
