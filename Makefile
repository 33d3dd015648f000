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
# A named Python (make PYTHON=python3.12) replaces a virtual environment of another version.
ifneq ($(origin PYTHON),file)
OF_ANOTHER_PYTHON := $(shell $(RUN) $(PYTHON) -I tools/install.py --of-another-python)
$(OF_ANOTHER_PYTHON): of-another-python
endif
# What is passed to programs: as it was written, for make and the shell expand nothing in it. Empty takes the default after it.
quoted = '$(subst ','\'',$(or $(value $1),$2))'
option = $(if $(value $1),$2 $(call quoted,$1))
# What removes a question or a safeguard counts on make's command line alone: an exported variable is easily forgotten.
ACTING := ALLOW_REPLACE ALLOW_WEAKER BACK DESTROY EXIT_ZERO FIX FORCE RAISE ROTATE YES
on_command_line = $(if $(filter command,$(origin $1)),$(value $1))
flag = $(if $(call on_command_line,$1),$(if $(filter 1,$(value $1)),$2,$(error $1=$(value $1): write $1=1, or leave it out)))
$(foreach name,$(ACTING),$(if $(filter environment,$(origin $(name))),$(shell \
	echo '$(name) is set in your environment and ignored: it counts on the command line, make … $(name)=1' >&2)))
# make would expand them to hand them down.
unexport BASE CLIENT ENV FAIL_ON FORMAT FROM LOCK_TIMEOUT MODEL MONTH NAME OUT PLAN PORT PROVIDER STORE SUMMARY $(ACTING)
# One environment or a comma-separated list; empty means all of them.
ENV ?=
# The release of hashicorp/aws that rehearsals and tests run with; empty means the one of tools/provider_mirror.py.
REHEARSE = GATEWAY_REHEARSAL_PROVIDER=$(call quoted,PROVIDER) $(PROJECT)

.PHONY: provider-lock of-another-python help setup synth list envs bootstrap deploy diff destroy describe secrets token smoke usage quotas pipeline images recover import-settings adopt demo emulator review test lint format bench snapshots tables diagram hcl run lock clean check provider envs

CHECKED := tests/envs tests/constructs_lib tests/stacks tests/test_main.py

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: .venv/.primed node_modules/.synced .tools/bin/terraform ## Install what the other commands need (they call it)

synth: setup ## Write the Terraform JSON of every environment, or of ENV=dev, to cdktf.out/
	@GATEWAY_ENVIRONMENTS=$(call quoted,ENV) $(OPS) synth

list: setup ## List the environments and their stacks
	@GATEWAY_ENVIRONMENTS=$(call quoted,ENV) $(OPS) list

bootstrap: setup ## Create the state bucket and lock table of ENV (FIX=1 repairs what differs, YES=1 asks nothing)
	$(OPS) bootstrap $(call quoted,ENV) $(call flag,YES,--yes) $(call flag,FIX,--fix)

deploy: setup ## Bootstrap where needed, then cdktf deploy ENV (YES=1 asks nothing; LOCK_TIMEOUT=15m; PLAN=sha256 applies a stored plan)
	$(OPS) deploy $(call quoted,ENV) $(call flag,YES,--yes) $(call option,LOCK_TIMEOUT,--lock-timeout) $(call option,PLAN,--plan)

diff: setup ## Show what a deployment of ENV would change; fails when something would (EXIT_ZERO=1: does not; SUMMARY=file; LOCK_TIMEOUT=5m; STORE=file keeps the plan for make deploy PLAN=…)
	$(OPS) diff $(call quoted,ENV) $(call flag,EXIT_ZERO,--exit-zero) $(call option,LOCK_TIMEOUT,--lock-timeout) $(call option,SUMMARY,--summary) $(call option,STORE,--store)

destroy: setup ## Delete everything of ENV but its state (YES=1 asks nothing)
	$(OPS) destroy $(call quoted,ENV) $(call flag,YES,--yes) $(call option,LOCK_TIMEOUT,--lock-timeout)

describe: setup ## Show what exists of ENV, read back from AWS
	$(OPS) describe $(call quoted,ENV)

secrets: setup ## Write the values of ENV's secrets: asks, or FROM=file, FROM=- (ROTATE=1 writes over them)
	$(OPS) secrets $(call quoted,ENV) $(call option,FROM,--from) $(call flag,ROTATE,--rotate) $(call flag,YES,--yes)

token: setup ## Print an access token for ENV (CLIENT=team for a team's)
	@$(OPS) token $(call quoted,ENV) $(call option,CLIENT,--client)

smoke: setup ## Ask the deployed gateway of ENV whether it works (MODEL=…, PROVIDER=… with PROVIDER_API_KEY, YES=1 sends it over HTTP)
	$(OPS) smoke $(call quoted,ENV) $(call option,MODEL,--model) $(call option,PROVIDER,--provider) $(call flag,YES,--yes)

usage: setup ## Print what ENV's teams used and what it cost (MONTH=2026-11, FORMAT=table, csv or json)
	@$(OPS) usage $(call quoted,ENV) $(call option,MONTH,--month) $(call option,FORMAT,--format)

quotas: setup ## Compare AWS's quotas with what the environments of ENV's region need (RAISE=1 asks AWS for more, YES=1)
	$(OPS) quotas $(call quoted,ENV) $(call flag,RAISE,--raise) $(call flag,YES,--yes)

pipeline: setup ## Deploy the roles with which GitHub's workflows plan and deploy ENV (DESTROY=1 deletes them, YES=1)
	$(OPS) pipeline $(call quoted,ENV) $(call flag,DESTROY,--destroy) $(call flag,YES,--yes)

images: setup ## Copy ENV's container images into its own repository, wait for the scan, pin them by digest (YES=1)
	$(OPS) images $(call quoted,ENV) $(call flag,YES,--yes)

recover: setup ## Repair the state of ENV after a deployment that died (YES=1 asks nothing)
	$(OPS) recover $(call quoted,ENV) $(call flag,YES,--yes)

import-settings: setup ## Write envs/<name>.py from FROM, a .tfvars file or a Terragrunt environment (NAME=…, FORCE=1 writes over one)
	@$(OPS) import-settings --from $(call quoted,FROM) $(call option,NAME,--name) $(call flag,FORCE,--force)

adopt: setup ## Take over what an older Terraform project deployed as ENV (FROM=show.json, ALLOW_REPLACE=1, ALLOW_WEAKER=1, BACK=1, YES=1)
	$(OPS) adopt $(call quoted,ENV) $(call option,FROM,--from) $(call flag,ALLOW_REPLACE,--allow-replace) $(call flag,ALLOW_WEAKER,--allow-weaker) $(call flag,BACK,--back) $(call flag,YES,--yes)

demo: setup provider tests/gateway/.venv/.synced tests/gateway/node_modules/.synced ## Deploy ENV (default dev) onto an embedded AWS on this machine, show what is there and ask its gateway (PROVIDER=release)
	@$(REHEARSE) -m emulator.demo $(call quoted,ENV,dev)

emulator: setup provider emulator/iam/node_modules/.synced ## Start an embedded AWS to work on (PORT=…, PROVIDER=release); it prints what to set in the shell that uses it
	@$(REHEARSE) -m emulator $(call option,PORT,--port)

known-base: setup
	@$(PROJECT) -m review.revision $(call quoted,BASE,main)

# Exit code 2 means changes, as with Terraform's plan; make says "Error 2" to that.
review: setup known-base policy/.venv/.synced provider ## Compare the working tree with BASE (default main) on a page; FAIL_ON=replace-data,security
	@$(REHEARSE) -m review $(call quoted,BASE,main) $(call option,OUT,--out) $(call option,FAIL_ON,--fail-on) \
		$(call flag,EXIT_ZERO,--exit-zero) $(call option,SUMMARY,--summary)

check: setup ## Run the tests of settings, helpers, constructs and stacks: the loop while you work
	$(PROJECT) -m pytest $(CHECKED) -n 2

test: setup emulator/iam/node_modules/.synced policy/.venv/.synced tests/cdktn/.venv/.synced tests/gateway/.venv/.synced provider tests/gateway/node_modules/.synced ## Run every test, real Terraform included (PROVIDER=release or constraint)
	$(PROJECT) -m pytest $(CHECKED) -n 2 --cov --cov-report=term-missing:skip-covered
	$(REHEARSE) -m pytest $(CHECKED:%=--ignore=%)

lint: setup policy/.venv/.synced ## ruff, mypy --strict, checkov and parliament; actionlint and zizmor for the workflows
	$(PROJECT) -m tools.lint

format: .venv/.synced ## Let ruff rewrite what it can
	$(RUN) .venv/bin/ruff check --fix
	$(RUN) .venv/bin/ruff format

snapshots: setup ## Accept the synthesized JSON of dev and prod as it is now
	$(PROJECT) -m pytest tests/stacks/test_snapshot.py --snapshot-update

tables: .venv/.synced ## Write the tables of docs/settings.md again
	$(PROJECT) -m views.settings_tables

diagram: setup ## Draw ENV's architecture, or every environment's, from its JSON into OUT (default docs/diagrams)
	@GATEWAY_ENVIRONMENTS=$(call quoted,ENV) $(PROJECT) -m views.diagram $(call quoted,OUT,docs/diagrams)

hcl: setup provider ## Write ENV, or every environment, as readable HCL into OUT (default hcl), to continue without cdktf
	@GATEWAY_ENVIRONMENTS=$(call quoted,ENV) $(REHEARSE) -m views.hcl_export $(call quoted,OUT,hcl)

envs: .venv/.synced ## Compare the environments, or those of ENV=dev,prod: settings, and what follows from them
	@GATEWAY_ENVIRONMENTS=$(call quoted,ENV) $(PROJECT) -m views.environments_table

run: setup tests/gateway/.venv/.synced tests/gateway/node_modules/.synced ## Start ENV's gateway (default dev) on this machine as synthesized, until Ctrl-C (PORT=…); keys from the shell, or a stand-in
	@$(PROJECT) -m local $(call quoted,ENV,dev) $(call option,PORT,--port)

bench: setup tests/gateway/.venv/.synced tests/gateway/node_modules/.synced tests/gateway/litellm/.venv/.synced ## Measure synthesis and the gateway (some minutes), print the tables of the docs
	$(PROJECT) -m tools.bench
	$(PROJECT) -m tests.gateway.bench

lock: ## Write every Pipfile.lock again after a change to a Pipfile
	$(RUN) $(PYTHON) -I tools/install.py --although-changed tools/pipenv
	$(RUN) $(PYTHON) -m tools.lock
	@$(MAKE) --no-print-directory provider-lock

provider-lock: setup ## Pin the AWS provider by hash for every platform, where a registry or mirror answers
	@$(PROJECT) -m tools.provider_lock

clean: ## Remove everything that these commands created
	rm -rf .venv policy/.venv tests/cdktn/.venv tests/gateway/.venv tests/gateway/litellm/.venv tools/pipenv/.venv .tools .work node_modules emulator/iam/node_modules tests/gateway/node_modules cdktf.out hcl

# A virtual environment for each Pipfile: checkov pins packages that the project has in newer versions, cdktn replaces
# cdktf, and the gateway runs on the Node of its image.
%.venv/.synced: %Pipfile.lock tools/install.py
	@echo 'Installing the Python packages of $(<D)/Pipfile.lock'
	@$(RUN) $(PYTHON) -I tools/install.py $(@D)/..
	@touch $@

.venv/.synced: Pipfile.lock Pipfile tools/install.py
	@echo 'Installing the Python packages of Pipfile.lock (a minute or two the first time)'
	@$(RUN) $(PYTHON) -I tools/install.py .
	@touch $@

.venv/.primed: .venv/.synced node_modules/.synced tools/prime.py
	@echo 'Loading the bindings once, so that synthesis starts fast'
	@$(RUN) .venv/bin/python -O -m tools.prime
	@touch $@

node_modules/.synced: package.json package-lock.json .venv/.synced tools/programs.py
	@echo 'Installing the npm packages of package-lock.json'
	@$(RUN) .venv/bin/python -m tools.programs
	@$(RUN) npm ci $(NPM)
	@touch $@

%/node_modules/.synced: %/package.json %/package-lock.json | node_modules/.synced
	@echo 'Installing the npm packages of $*/package-lock.json'
	@$(RUN) npm ci $(NPM) --prefix $*
	@touch $@

# What a person's npmrc may say otherwise.
NPM := --no-fund --no-audit --no-update-notifier --include=dev --global=false --dry-run=false

provider: setup
	@$(REHEARSE) -m tools.provider_mirror

.tools/bin/terraform: tools/fetch_terraform.py
	@$(RUN) $(PYTHON) -I tools/fetch_terraform.py $@
