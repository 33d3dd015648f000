# The project's commands. Each one installs what it needs first, unless that is up to date.
SHELL := /bin/bash
.DEFAULT_GOAL := help

PYTHON ?= python3
# tools/environment.py removes environment variables that would change what a program does. The second line prints once
# which of the shell's variables are ignored.
RUN := $(PYTHON) -I tools/environment.py --quiet
$(shell $(PYTHON) -I tools/environment.py --announce >&2)
PROJECT := $(RUN) .venv/bin/python
OPS := $(PROJECT) -m ops
# make PYTHON=python3.12 reinstalls a virtual environment that another Python version created.
ifneq ($(origin PYTHON),file)
OTHER_PYTHON_VENVS := $(shell $(RUN) $(PYTHON) -I tools/install.py --of-another-python)
$(OTHER_PYTHON_VENVS): of-another-python
endif
# quoted: a variable's value as the user wrote it, quoted for the shell; the second argument is the default.
# option: the same after an option name, or nothing if the variable is empty.
quoted = '$(subst ','\'',$(or $(value $1),$2))'
option = $(if $(value $1),$2 $(call quoted,$1))
# The names of the operators' commands and of their variables, from ops/commands.py: OPERATIONS; SAFETY_FLAGS, which skip a
# prompt or a safeguard, and COMMAND_LINE_VALUES work on make's command line only, since an exported variable is easily
# forgotten; VALUES are all other variables.
$(foreach list,OPERATIONS SAFETY_FLAGS COMMAND_LINE_VALUES VALUES,$(eval $(list) :=))
$(foreach word,$(shell $(PYTHON) -I ops/commands.py --lists),$(eval $(subst =, += ,$(word))))
on_command_line = $(if $(filter command,$(origin $1)),$(value $1))
flag = $(if $(call on_command_line,$1),$(if $(filter 1,$(value $1)),$2,$(error $1=$(value $1): write $1=1, or leave it out)))
$(foreach name,$(SAFETY_FLAGS),$(if $(filter environment,$(origin $(name))),$(shell \
	echo '$(name) is set in your environment and ignored: pass it on the command line, make … $(name)=1' >&2)))
# Each variable as NAME=value. The command refuses an unknown --variable, and ignores an unknown --exported.
passed = $(if $(value $1),$(if $(filter command,$(origin $1)),--variable,--exported) '$1=$(subst ','\'',$(value $1))')
VARIABLES = $(foreach name,$(VALUES),$(call passed,$(name))) \
	$(foreach name,$(COMMAND_LINE_VALUES),$(if $(call on_command_line,$(name)),$(call passed,$(name)))) \
	$(foreach name,$(SAFETY_FLAGS),$(call flag,$(name),--variable $(name)=1))
# Exporting these to child processes would expand `$` in their values.
unexport BASE FAIL_ON OUT PORT $(VALUES) $(COMMAND_LINE_VALUES) $(SAFETY_FLAGS)
# One environment or a comma-separated list; empty means all of them.
ENV ?=
# PROVIDER: release of hashicorp/aws for the embedded AWS and for tests; empty: the default in tools/provider_mirror.py.
REHEARSE = GATEWAY_REHEARSAL_PROVIDER=$(call quoted,PROVIDER) $(PROJECT)

.PHONY: provider-lock of-another-python help setup $(OPERATIONS) demo emulator review test lint format bench snapshots tables costs diagram hcl run lock clean check provider envs

CHECKED := tests/envs tests/constructs_lib tests/stacks tests/test_main.py tests/ops/test_commands.py tests/tools/test_pages.py

help: ## Show this help
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo 'Environments, on AWS:'
	@$(PYTHON) -I ops/commands.py

READY := Ready. Next: "make check" runs the fast tests, "make synth" writes the JSON, "make help" lists all commands.
setup: .venv/.primed node_modules/.synced .tools/bin/terraform ## Install what the other commands need (they run it first)
	$(if $(filter setup,$(MAKECMDGOALS)),@echo '$(READY)')

$(OPERATIONS): setup
	@$(OPS) $@ $(VARIABLES)

demo: setup provider tests/gateway/.venv/.synced tests/gateway/node_modules/.synced ## Deploy ENV (default dev) to an embedded AWS on this machine, show its resources and send its gateway requests (PROVIDER=release)
	@$(REHEARSE) -m emulator.demo $(call quoted,ENV,dev)

emulator: setup provider emulator/iam/node_modules/.synced ## Start an embedded AWS for other commands (PORT=…, PROVIDER=release); prints the variables to set in their shell
	@$(REHEARSE) -m emulator $(call option,PORT,--port)

known-base: setup
	@$(PROJECT) -m review.revision $(call quoted,BASE,main)

# Exit code 2 means changes, as with `terraform plan -detailed-exitcode`; make then prints "Error 2".
review: setup known-base policy/.venv/.synced provider ## Write a page with the changes of the working tree against BASE (default main); FAIL_ON=replace-data,security
	@$(REHEARSE) -m review $(call quoted,BASE,main) $(call option,OUT,--out) $(call option,FAIL_ON,--fail-on) \
		$(call flag,EXIT_ZERO,--exit-zero) $(call option,SUMMARY,--summary)

check: setup ## Run the fast tests: settings, helpers, constructs, stacks, commands and docs
	$(PROJECT) -m pytest $(CHECKED) -n 2

test: setup emulator/iam/node_modules/.synced policy/.venv/.synced tests/cdktn/.venv/.synced tests/gateway/.venv/.synced provider tests/gateway/node_modules/.synced ## Run all tests, including those with real Terraform (PROVIDER=release or constraint)
	$(PROJECT) -m pytest $(CHECKED) -n 2 --cov --cov-report=term-missing:skip-covered
	$(REHEARSE) -m pytest $(CHECKED:%=--ignore=%)

lint: setup policy/.venv/.synced ## Run ruff, mypy --strict, checkov and parliament, and actionlint and zizmor on the workflows
	$(PROJECT) -m tools.lint

format: .venv/.synced ## Fix and format the code with ruff
	$(RUN) .venv/bin/ruff check --fix
	$(RUN) .venv/bin/ruff format

snapshots: setup ## Update the snapshots of dev's and prod's synthesized JSON
	$(PROJECT) -m pytest tests/stacks/test_snapshot.py --snapshot-update

tables: setup ## Regenerate the tables in the README, docs/settings.md and docs/costs.md
	$(PROJECT) -m views.pages

costs: setup ## Show the monthly cost of ENV, or of every environment, at AWS's list prices
	@GATEWAY_ENVIRONMENTS=$(call quoted,ENV) $(PROJECT) -m views.costs

diagram: setup ## Draw the architecture of ENV, or of every environment, from its JSON into OUT (default docs/diagrams)
	@GATEWAY_ENVIRONMENTS=$(call quoted,ENV) $(PROJECT) -m views.diagram $(call quoted,OUT,docs/diagrams)

hcl: setup provider ## Write ENV, or every environment, as readable HCL into OUT (default hcl), to continue without cdktf
	@GATEWAY_ENVIRONMENTS=$(call quoted,ENV) $(REHEARSE) -m views.hcl.export $(call quoted,OUT,hcl)

envs: .venv/.synced ## Compare all environments, or those in ENV=dev,prod: settings and derived values
	@GATEWAY_ENVIRONMENTS=$(call quoted,ENV) $(PROJECT) -m views.environments_table

run: setup tests/gateway/.venv/.synced tests/gateway/node_modules/.synced ## Run ENV's gateway (default dev) as synthesized on this machine until Ctrl-C (PORT=…); provider keys come from the shell, else a stand-in answers
	@$(PROJECT) -m local $(call quoted,ENV,dev) $(call option,PORT,--port)

bench: setup tests/gateway/.venv/.synced tests/gateway/node_modules/.synced tests/gateway/litellm/.venv/.synced ## Measure synthesis and the gateway (several minutes) and print the tables for the docs
	$(PROJECT) -m tools.bench
	$(PROJECT) -m tests.gateway.bench

lock: ## Update every Pipfile.lock after a change to a Pipfile
	$(RUN) $(PYTHON) -I tools/install.py --although-changed tools/pipenv
	$(RUN) $(PYTHON) -m tools.lock
	@$(MAKE) --no-print-directory provider-lock

provider-lock: setup ## Pin the AWS provider by hash for every platform, if a registry or mirror is reachable
	@$(PROJECT) -m tools.provider_lock

clean: ## Remove everything that these commands created
	rm -rf .venv policy/.venv tests/cdktn/.venv tests/gateway/.venv tests/gateway/litellm/.venv tools/pipenv/.venv .tools .work node_modules emulator/iam/node_modules tests/gateway/node_modules cdktf.out hcl

# One virtual environment for each Pipfile: checkov pins older versions of the project's packages, cdktn replaces cdktf,
# and the gateway runs on the Node.js version of its image.
%.venv/.synced: %Pipfile.lock tools/install.py
	@echo 'Installing the Python packages of $(<D)/Pipfile.lock'
	@$(RUN) $(PYTHON) -I tools/install.py $(@D)/..
	@touch $@

.venv/.synced: Pipfile.lock Pipfile tools/install.py
	@echo 'Installing the Python packages of Pipfile.lock (one to four minutes the first time)'
	@$(RUN) $(PYTHON) -I tools/install.py .
	@touch $@

.venv/.primed: .venv/.synced node_modules/.synced tools/prime.py
	@echo "Loading the AWS bindings once, so that later syntheses start fast (up to half a minute)"
	@$(RUN) .venv/bin/python -O -m tools.prime
	@touch $@

node_modules/.synced: package.json package-lock.json .venv/.synced tools/programs.py
	@echo 'Installing Node.js, and the npm packages of package-lock.json (up to a minute)'
	@$(RUN) .venv/bin/python -m tools.programs
	@$(RUN) npm ci $(NPM)
	@touch $@

%/node_modules/.synced: %/package.json %/package-lock.json | node_modules/.synced
	@echo 'Installing the npm packages of $*/package-lock.json'
	@$(RUN) npm ci $(NPM) --prefix $*
	@touch $@

# Options that override the user's npmrc.
NPM := --no-fund --no-audit --no-update-notifier --include=dev --global=false --dry-run=false

provider: setup
	@$(REHEARSE) -m tools.provider_mirror

.tools/bin/terraform: tools/fetch_terraform.py
	@$(RUN) $(PYTHON) -I tools/fetch_terraform.py $@
