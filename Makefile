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
# What else the commands of ops/commands.py take.
GIVEN := CLIENT ENV FORMAT FROM LOCK_TIMEOUT MODEL MONTH NAME PROVIDER STREAM_SECONDS SUMMARY URL
# What else counts on make's command line alone, with a value.
CHOSEN := PLAN STORE
on_command_line = $(if $(filter command,$(origin $1)),$(value $1))
flag = $(if $(call on_command_line,$1),$(if $(filter 1,$(value $1)),$2,$(error $1=$(value $1): write $1=1, or leave it out)))
$(foreach name,$(ACTING),$(if $(filter environment,$(origin $(name))),$(shell \
	echo '$(name) is set in your environment and ignored: it counts on the command line, make … $(name)=1' >&2)))
# Each variable as NAME=value; the command takes what it knows, and refuses another one of make's command line.
passed = $(if $(value $1),$(if $(filter command,$(origin $1)),--variable,--exported) '$1=$(subst ','\'',$(value $1))')
VARIABLES = $(foreach name,$(GIVEN),$(call passed,$(name))) \
	$(foreach name,$(CHOSEN),$(if $(call on_command_line,$(name)),$(call passed,$(name)))) \
	$(foreach name,$(ACTING),$(call flag,$(name),--variable $(name)=1))
# make would expand them to hand them down.
unexport BASE FAIL_ON OUT PORT $(GIVEN) $(CHOSEN) $(ACTING)
# One environment or a comma-separated list; empty means all of them.
ENV ?=
# The release of hashicorp/aws that rehearsals and tests run with; empty means the one of tools/provider_mirror.py.
REHEARSE = GATEWAY_REHEARSAL_PROVIDER=$(call quoted,PROVIDER) $(PROJECT)

# The commands of ops/commands.py, where each is described.
OPERATIONS := synth list bootstrap deploy diff destroy describe secrets token smoke usage quotas preflight pipeline images recover import-settings adopt
.PHONY: provider-lock of-another-python help setup $(OPERATIONS) demo emulator review test lint format bench snapshots tables costs diagram hcl run lock clean check provider envs

CHECKED := tests/envs tests/constructs_lib tests/stacks tests/test_main.py

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo 'Environments, on AWS:'
	@$(PYTHON) -I ops/commands.py

setup: .venv/.primed node_modules/.synced .tools/bin/terraform ## Install what the other commands need (they call it)

$(OPERATIONS): setup
	@$(OPS) $@ $(VARIABLES)

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

tables: setup ## Write the tables of the README, docs/settings.md and docs/costs.md again
	$(PROJECT) -m views.pages

costs: setup ## Show what ENV, or every environment, costs a month by AWS's list prices
	@GATEWAY_ENVIRONMENTS=$(call quoted,ENV) $(PROJECT) -m views.costs

diagram: setup ## Draw ENV's architecture, or every environment's, from its JSON into OUT (default docs/diagrams)
	@GATEWAY_ENVIRONMENTS=$(call quoted,ENV) $(PROJECT) -m views.diagram $(call quoted,OUT,docs/diagrams)

hcl: setup provider ## Write ENV, or every environment, as readable HCL into OUT (default hcl), to continue without cdktf
	@GATEWAY_ENVIRONMENTS=$(call quoted,ENV) $(REHEARSE) -m views.hcl.export $(call quoted,OUT,hcl)

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
