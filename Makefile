# The commands people type. Each sets up what it needs and does nothing where that is current.
SHELL := /bin/bash
.DEFAULT_GOAL := help

PYTHON ?= python3
# Every program starts with the environment variables that tools/environment.py leaves, whatever the shell has. What it
# ignores is printed once, here.
RUN := $(PYTHON) -I tools/environment.py --quiet
$(shell $(PYTHON) -I tools/environment.py --announce >&2)
PROJECT := $(RUN) .venv/bin/python
OPS := $(PROJECT) -m ops
# One environment or a comma-separated list; empty means all of them.
ENV ?=
# The release of hashicorp/aws that rehearsals and tests run with; empty means the one of tools/provider_mirror.py.
REHEARSE = GATEWAY_REHEARSAL_PROVIDER='$(PROVIDER)' $(PROJECT)

.PHONY: help setup synth list envs bootstrap deploy diff destroy describe secrets token smoke quotas pipeline recover import-settings adopt demo emulator review test lint format bench snapshots readme diagram hcl run lock clean check provider envs

CHECKED := tests/envs tests/helpers tests/constructs_lib tests/stacks tests/test_main.py

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: .venv/.primed node_modules/.synced .tools/bin/terraform ## Install what the other commands need (they call it)

synth: setup ## Write the Terraform JSON of every environment, or of ENV=dev, to cdktf.out/
	@GATEWAY_ENVIRONMENTS='$(ENV)' $(OPS) synth

list: setup ## List the environments
	@GATEWAY_ENVIRONMENTS='$(ENV)' $(OPS) list

bootstrap: setup ## Create the state bucket and lock table of ENV (FIX=1 repairs what differs, YES=1 asks nothing)
	$(OPS) bootstrap '$(ENV)' $(if $(YES),--yes) $(if $(FIX),--fix)

deploy: setup ## Bootstrap where needed, then cdktf deploy ENV (YES=1 asks nothing; LOCK_TIMEOUT=15m)
	$(OPS) deploy '$(ENV)' $(if $(YES),--yes) $(if $(LOCK_TIMEOUT),--lock-timeout '$(LOCK_TIMEOUT)')

diff: setup ## Show what a deployment of ENV would change; fails when something would (EXIT_ZERO=1: does not; SUMMARY=file; LOCK_TIMEOUT=5m)
	$(OPS) diff '$(ENV)' $(if $(EXIT_ZERO),--exit-zero) $(if $(LOCK_TIMEOUT),--lock-timeout '$(LOCK_TIMEOUT)') $(if $(SUMMARY),--summary '$(SUMMARY)')

destroy: setup ## Delete everything of ENV but its state (YES=1 asks nothing)
	$(OPS) destroy '$(ENV)' $(if $(YES),--yes) $(if $(LOCK_TIMEOUT),--lock-timeout '$(LOCK_TIMEOUT)')

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

demo: setup provider tests/gateway/.venv/.synced tests/gateway/node_modules/.synced ## Deploy ENV (default dev) onto an embedded AWS on this machine, show what is there and ask its gateway (PROVIDER=release)
	@$(REHEARSE) -m emulator.demo '$(or $(ENV),dev)'

emulator: setup provider ## Start an embedded AWS to work on (PORT=…, PROVIDER=release); it prints what to set in the shell that uses it
	@$(REHEARSE) -m emulator $(if $(PORT),--port '$(PORT)')

# Exit code 2 means changes, as with Terraform's plan; make says "Error 2" to that.
review: setup policy/.venv/.synced provider ## Compare the working tree with BASE (default main) on a page; FAIL_ON=replace-data,security
	@$(REHEARSE) -m review '$(or $(BASE),main)' $(if $(OUT),--out '$(OUT)') $(if $(FAIL_ON),--fail-on '$(FAIL_ON)') \
		$(if $(EXIT_ZERO),--exit-zero) $(if $(SUMMARY),--summary '$(SUMMARY)')

check: setup ## Run the tests of settings, helpers, constructs and stacks: the loop while you work
	$(PROJECT) -m pytest $(CHECKED) --no-cov -n 2

test: setup policy/.venv/.synced tests/cdktn/.venv/.synced tests/gateway/.venv/.synced provider tests/gateway/node_modules/.synced ## Run every test, real Terraform included (PROVIDER=release or constraint)
	$(REHEARSE) -m pytest

lint: setup policy/.venv/.synced ## ruff, mypy --strict, checkov and parliament; actionlint and zizmor for the workflows
	$(PROJECT) -m tools.lint

format: .venv/.synced ## Let ruff rewrite what it can
	$(RUN) .venv/bin/ruff check --fix
	$(RUN) .venv/bin/ruff format

snapshots: setup ## Accept the synthesized JSON of dev and prod as it is now
	$(PROJECT) -m pytest tests/stacks/test_snapshot.py --snapshot-update --no-cov

readme: .venv/.synced ## Write the README's tables of settings and environments again
	$(PROJECT) -m tools.readme_tables

diagram: setup ## Draw ENV's architecture, or every environment's, from its JSON into OUT (default docs/diagrams)
	@GATEWAY_ENVIRONMENTS='$(ENV)' $(PROJECT) -m tools.diagram '$(or $(OUT),docs/diagrams)'

hcl: setup provider ## Write ENV, or every environment, as readable HCL into OUT (default hcl), to continue without cdktf
	@GATEWAY_ENVIRONMENTS='$(ENV)' $(REHEARSE) -m tools.eject '$(or $(OUT),hcl)'

envs: .venv/.synced ## Compare the environments: settings, and what follows from them
	@$(PROJECT) -m tools.environments_table

run: setup tests/gateway/.venv/.synced tests/gateway/node_modules/.synced ## Start ENV's gateway (default dev) on this machine as synthesized, until Ctrl-C; keys from the shell, or a stand-in
	@$(PROJECT) -m tools.run '$(or $(ENV),dev)'

bench: setup tests/gateway/.venv/.synced tests/gateway/node_modules/.synced tests/gateway/litellm/.venv/.synced ## Measure synthesis and the gateway (some minutes), print the tables of the docs
	$(PROJECT) -m tools.bench
	LITELLM=tests/gateway/litellm/.venv/bin/litellm $(PROJECT) -m tests.gateway.bench

lock: ## Write every Pipfile.lock again after a change to a Pipfile
	$(RUN) $(PYTHON) -I tools/install.py --although-changed tools/pipenv
	$(RUN) $(PYTHON) -m tools.lock

clean: ## Remove everything that these commands created
	rm -rf .venv policy/.venv tests/cdktn/.venv tests/gateway/.venv tests/gateway/litellm/.venv tools/pipenv/.venv .tools .work node_modules tests/gateway/node_modules cdktf.out hcl

# A virtual environment for each Pipfile: checkov pins packages that the project has in newer versions, cdktn replaces
# cdktf, and the gateway runs on the Node of its image.
%.venv/.synced: %Pipfile.lock tools/install.py
	$(RUN) $(PYTHON) -I tools/install.py $(@D)/..
	@touch $@

.venv/.synced: Pipfile.lock Pipfile tools/install.py
	$(RUN) $(PYTHON) -I tools/install.py .
	@touch $@

.venv/.primed: .venv/.synced node_modules/.synced tools/prime.py
	$(RUN) .venv/bin/python -O -m tools.prime
	@touch $@

node_modules/.synced: package.json package-lock.json .venv/.synced tools/programs.py
	$(RUN) .venv/bin/python -m tools.programs
	$(RUN) npm ci $(NPM)
	@touch $@

tests/gateway/node_modules/.synced: tests/gateway/package.json tests/gateway/package-lock.json | node_modules/.synced
	$(RUN) npm ci $(NPM) --prefix tests/gateway
	@touch $@

# What a person's npmrc may say otherwise.
NPM := --no-fund --no-audit --no-update-notifier --include=dev --global=false --dry-run=false

provider: setup
	@$(REHEARSE) -m tools.provider_mirror

.tools/bin/terraform: tools/fetch_terraform.py
	@$(RUN) $(PYTHON) -I tools/fetch_terraform.py $@
