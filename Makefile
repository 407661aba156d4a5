# Linegate: everything a developer types. `make` alone shows it.
# Written for GNU make 3.81 (macOS) and later.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SUFFIXES:

ARGS ?=
MINUTES ?= 20

V := .venv/bin
HERE := $(V)/python
PATH_HERE := PATH="$(CURDIR)/$(V):$$PATH"
CDK := $(PATH_HERE) node_modules/.bin/cdk
PYTEST := $(PATH_HERE) $(V)/python -m pytest
READY := .local/ready
LOCKS := requirements-dev.txt client/pyproject.toml requirements.txt package-lock.json local/requirements.txt
INSTALLED := $(V)/python $(V)/uv node_modules/.bin/cdk .local/venv/bin/ministack

# A Python that runs and is new enough: PYTHON=… and no other; else what is in use, or the newest.
# Found by trying: a version manager leaves commands in the path that only say they don't work.
CANDIDATES := $(or $(PYTHON),$(V)/python python3.14 python3.13 python3.12 python3.11 python3)
FIND_PYTHON = for p in $(CANDIDATES); do \
	  "$$p" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' \
	  >/dev/null 2>&1 && { echo "$$p"; break; }; done

.PHONY: help
help: ## Show this
	@echo 'Linegate: a Files API for batch inference, on your own AWS account.'
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo
	@echo '  PORT=… chooses the local port, PYTHON=… the Python (3.11 to 3.14),'
	@echo '  ARGS=… is passed on: make unit ARGS="-k page", make up ARGS="-c retention_s=7200".'

# --- On this machine ---------------------------------------------------------------------------

.PHONY: start up down
start: $(READY) ## Run the service on this machine and show its requests; Ctrl-C stops it
	@$(HERE) -m local start $(PORT:%=--port %) $(ARGS)

up: $(READY) ## Run the service on this machine in the background
	@$(HERE) -m local up $(PORT:%=--port %) $(ARGS)

down: $(READY) ## Stop what make up started
	@$(HERE) -m local down $(ARGS)

# --- Tests and checks --------------------------------------------------------------------------

.PHONY: test unit integration infrastructure contract browser conformance test-iam test-relay test-release scan faults soak lint format
SUITES := contract infrastructure integration unit
test: $(READY) ## All tests: unit, integration, infrastructure, contract
	@$(PYTEST) -q -n 3 --dist loadfile $(SUITES:%=tests/%) $(ARGS)

$(SUITES): $(READY)
	@$(PYTEST) -q tests/$@ $(ARGS)
unit: ## Tests without AWS: pure code, client, local tools
integration: ## Tests of stores, workflows and handlers, on moto
infrastructure: ## Tests of the synthesized template
contract: ## Real clients against the local stack (one that is up, or one of its own)

browser: $(READY) ## The console in headless Chromium, against the local stack (one that is up, or its own)
	@$(PYTEST) -q tests/browser $(ARGS)

conformance: $(READY) ## The presigned path against independent S3 servers, where available
	@LINEGATE_CONFORMANCE=$${LINEGATE_CONFORMANCE:-wanted} $(PYTEST) -q tests/conformance $(ARGS)

test-iam: $(READY) ## Real clients and probes of every role, with signatures and IAM enforced over TLS
	@$(PYTEST) -q tests/iam $(ARGS)

test-relay: $(READY) ## Unmodified clients with 200 MiB through linegate relay, to the local stack
	@$(PYTEST) -q tests/relay $(ARGS)

.PHONY: test-endpoints
test-endpoints: $(READY) ## Batches against LiteLLM's proxy, in an environment of its own
	@$(PYTEST) -q tests/endpoints $(ARGS)

faults: $(READY) ## Make each call to AWS fail in each way; ARGS=--write-table documents it
	@$(PYTEST) -q tests/faults $(ARGS)

soak: $(READY) ## Random clients on the local stack (make up) for MINUTES, compared with a model
	@$(HERE) -m tests.soak --minutes $(MINUTES) $(ARGS)

test-release: $(READY) release/requirements.txt ## Build a release twice, install it, deploy it without the CDK
	@$(HERE) local/environment.py release
	@$(PYTEST) -q tests/release $(ARGS)

scan: $(READY) tests/scan/requirements.txt ## Check the templates against cfn-lint, cdk-nag and checkov
	@$(HERE) local/environment.py scanner
	@$(PYTEST) -q tests/scan $(ARGS)

lint: $(READY) ## Check style, types and the dependency rule
	@$(V)/ruff check .
	@$(V)/ruff format --check .
	@$(V)/mypy
	@PYTHONPATH=client/src $(V)/lint-imports --no-logo

format: $(READY) ## Put the code into its form
	@$(V)/ruff check --fix .
	@$(V)/ruff format .

# --- On AWS ------------------------------------------------------------------------------------

.PHONY: synth bootstrap deploy release accept
synth: $(READY) ## Build the template and the functions' bundle into cdk.out; needs no AWS
	@$(CDK) synth --quiet $(ARGS)

bootstrap: $(READY) ## Bootstrap the AWS account of your credentials for the CDK, once
	@$(CDK) bootstrap $(ARGS)

deploy: $(READY) ## Deploy to the AWS account of your credentials
	@$(HERE) -m infra.account_check $(ARGS)
	@$(CDK) deploy $(ARGS)

release: $(READY) release/requirements.txt ## Build the release into dist/: packages, template, zip, SBOM, checksums
	@$(HERE) local/environment.py release
	@$(HERE) -m release $(ARGS)

accept: $(READY) ## Check the promises on STACK=name, on BASE_URL=… with KEY=…, or on the local stack
	@$(HERE) -m accept $(PORT:%=--port %) $(ARGS)

# --- The line checker --------------------------------------------------------------------------

.PHONY: bench crowd differential fuzz
bench: $(READY) ## Measure the figures of docs/numbers.md; ARGS="--only load" measures some
	@$(HERE) -m benchmarks.figures $(ARGS)

.PHONY: bench-batches
bench-batches: $(READY) ## 50,000 requests as a batch and by a plain script, on the local stack (make up)
	@$(HERE) -m benchmarks.batches $(ARGS)

crowd: $(READY) ## One account, 50 concurrent clients, 2,000 files on the local stack (make up)
	@$(HERE) -m benchmarks.crowd $(ARGS)

differential: $(READY) ## Compare the line checker with a slow reference on generated lines
	@$(HERE) -m tests.unit.jsonl.differential $(ARGS)

fuzz: $(READY) ## Fuzz the form parser and the line checker
	@$(HERE) -m tests.unit.form_fuzz $(ARGS)
	@$(HERE) -m tests.unit.jsonl.fuzz $(ARGS)

# --- Upkeep ------------------------------------------------------------------------------------

.PHONY: setup lock docs picture clean
setup: $(READY) ## Install dependencies into .venv, node_modules and .local; every target does this

ifneq ($(words $(realpath $(INSTALLED))),$(words $(INSTALLED)))
.PHONY: $(READY)  # whatever was removed by hand is made again
else ifneq ($(PYTHON),)
.PHONY: $(READY)  # another Python than the one in use makes the environment again
endif
$(READY): $(LOCKS) local/environment.py
	@python=$$($(FIND_PYTHON)); \
	  if [ -z "$$python" ]; then \
	    echo 'linegate: $(if $(PYTHON),PYTHON=$(PYTHON) is not Python 3.11 to 3.14: set PYTHON to one that is,no Python 3.11 to 3.14 was found: install one (python.org, brew, apt), or name it with PYTHON=…)' >&2; \
	    exit 1; \
	  fi; \
	  "$$python" local/environment.py
	@touch $@

COMPILE := $(V)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-annotate --no-emit-index-url --custom-compile-command 'make lock'

lock: $(READY) ## Resolve the dependencies again; ARGS=--upgrade updates them
	$(COMPILE) $(ARGS) requirements-dev.in -o requirements-dev.txt
	$(COMPILE) requirements.in -c requirements-dev.txt -o requirements.txt
	$(COMPILE) lambdas/requirements.in -c requirements-dev.txt -o lambdas/requirements.txt
	$(COMPILE) $(ARGS) local/requirements.in -o local/requirements.txt
	$(COMPILE) $(ARGS) tests/scan/requirements.in -o tests/scan/requirements.txt
	$(COMPILE) $(ARGS) release/requirements.in -o release/requirements.txt
	$(COMPILE) --extra relay client/pyproject.toml -c requirements-dev.txt -o client/relay.txt
	$(COMPILE) $(ARGS) tests/contract/client/openai2.in -o tests/contract/client/openai2.txt
	$(COMPILE) $(ARGS) tests/contract/batch_libraries/requirements.in \
	  -o tests/contract/batch_libraries/requirements.txt
	$(COMPILE) $(ARGS) tests/endpoints/requirements.in -o tests/endpoints/requirements.txt
	$(PATH_HERE) npm install --package-lock-only --omit-lockfile-registry-resolved \
	  --no-audit --no-fund
	for folder in tests/contract/node tests/contract/client/node tests/browser/node; do \
	  (cd $$folder && $(PATH_HERE) npm install --package-lock-only \
	    --omit-lockfile-registry-resolved --no-audit --no-fund) || exit 1; done

docs: $(READY) ## Write all generated files: the OpenAPI document, tables, reference pages
	@$(HERE) -m release.manifests
	@$(HERE) -m lambdas.domain.document > lambdas/openapi.new && mv lambdas/openapi.new lambdas/openapi.json
	@$(PATH_HERE) $(HERE) -m infra.parameter_table docs/settings.md
	@$(HERE) -m accept.page docs/acceptance.md
	@$(PATH_HERE) $(HERE) -m infra.runbook docs/runbook.md
	@$(PATH_HERE) $(HERE) -m docgen.permissions_page docs/permissions.md
	@$(PATH_HERE) $(HERE) -m docgen

picture: $(READY) ## Record the README's terminal picture on the local stack (make up)
	@$(HERE) -m docgen.terminal_picture

clean: ## Remove everything that was built or stored here, including the local stack's data
	@if [ -x $(V)/python ]; then $(HERE) -m local down; fi
	rm -rf cdk.out .local node_modules .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis \
	  .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
