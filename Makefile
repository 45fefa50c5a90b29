# Every target with a `## text` shows in `make help`.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
PORT ?= 4601
CUSTOMERS ?= 20000
VENV := .venv
PY := $(VENV)/bin/python
UV := $(VENV)/bin/uv
INSTALLED := $(VENV)/.installed
# BANK: the folder of another bank, with its bank.toml; all of it is made there. Without one: Santander.
BANK ?=
RAW := data/raw/train_ver2.csv
CLEAN := $(if $(BANK),$(BANK)/data/snapshots,data/preprocessed_data.parquet)
EXECUTED := $(if $(BANK),$(BANK)/models,models_and_recommendations)
RECS := $(if $(BANK),$(BANK)/recs,services/recs)
SET := $(RECS)/current/manifest.json
# Arguments for another bank, of commands and of notebooks; own features are used where the file exists.
FEATURES = $(wildcard $(BANK)/data/features.parquet)
BANK_ARGUMENTS = $(if $(BANK),--bank $(BANK)/bank.toml $(addprefix --features ,$(FEATURES)))
SETTINGS = $(if $(BANK),--without santander --set description=$(BANK)/bank.toml --set clean=$(CLEAN))
LEARNING = $(if $(BANK),--set description=$(BANK)/bank.toml --set data=$(CLEAN) --set models=$(EXECUTED) \
	--set recs=$(RECS) $(addprefix --set features=,$(FEATURES)))
SERVICE_VENV := .cache/service-venv
SPARK_VENV := .cache/spark-venv
SPARK := pyspark==4.0.5
COMPOSE := $(shell docker compose version >/dev/null 2>&1 && echo docker compose || echo docker-compose)
# A process a core, each test file in one of them; one BLAS thread each, so that they don't fight over the cores.
TESTS := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(PY) -m pytest -n auto --dist loadfile
GROUPS := --group serve --group notebooks --group tune --group dashboard --group dev

.PHONY: help
help: ## this list
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: run
run: port $(SET) ## everything: environment, data, notebooks, a published set, the service on port 4601
	@$(MAKE) --no-print-directory serve

# Before the minutes of training. With the system's Python, as .venv may not be there yet.
.PHONY: port
port:
	@test -z "$(PYTHON)" || $(PYTHON) -c 'import socket, sys; one = socket.socket(); \
		one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); one.bind(("127.0.0.1", int(sys.argv[1]) or -1))' \
		"$(PORT)" 2>/dev/null || { echo "PORT=$(PORT) can't be used: it is taken, or no port; choose another (make run PORT=4602)"; exit 2; }
	@test -e $(SET) || echo "[run] about three minutes on two cores, the first time"

.PHONY: setup
setup: $(INSTALLED) ## .venv with the pinned packages of requirements.txt

$(INSTALLED): requirements.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; set PYTHON=/path/to/python3"; exit 1; }
	@echo "[setup] .venv with $$($(PYTHON) --version), packages of requirements.txt"
	@test -x $(PY) || $(PYTHON) -m venv $(VENV)
	@$(PY) -m pip install --quiet --disable-pip-version-check "$$(grep '^uv==' requirements.txt)"
	@$(UV) pip install --quiet --python $(PY) -r requirements.txt
	@touch $@

.PHONY: data
data: $(RAW) ## raw data: from Kaggle if credentials are set, else a simulated bank of 20,000 customers

$(RAW): | $(INSTALLED)
	@echo "[data] $@"
	@$(PY) download_dataset.py --customers $(CUSTOMERS)

ifeq ($(BANK),)
$(CLEAN): $(RAW) | $(INSTALLED)
	@echo "[notebook] preprocessing.ipynb -> $@"
	@$(PY) -m bankrec.notebooks preprocessing.ipynb --output $(EXECUTED)/preprocessing.ipynb
	@touch $@
else
$(CLEAN): | $(INSTALLED)
	@echo "[data] $@"
	@$(PY) examples/generate.py $(notdir $(BANK)) --customers $(CUSTOMERS) --output $(BANK)/data
endif

$(SET): $(CLEAN) | $(INSTALLED)
	@mkdir -p $(EXECUTED)
	@if test -n "$(BANK)"; then echo "[notebook] preprocessing.ipynb" && \
		$(PY) -m bankrec.notebooks preprocessing.ipynb $(SETTINGS) --output $(EXECUTED)/preprocessing.ipynb; fi
	@echo "[notebook] recommendations.ipynb -> $(RECS)/current"
	@$(PY) -m bankrec.notebooks recommendations.ipynb $(LEARNING) --output $(EXECUTED)/recommendations.ipynb
	@test -f $@

# Only looks: data made here would be a simulated bank's, and `publish` may write to the sets of real customers.
.PHONY: clean-data
clean-data:
	@test -e "$(CLEAN)" || { echo "make publish trains on clean data, and $(CLEAN) is missing: start the monthly job of \
	docs/operations.md for a bank's own months, or \`make run\` for a demonstration"; exit 2; }

.PHONY: publish
publish: clean-data | $(INSTALLED) ## train on the clean data that is there, publish a new set; a running service switches to it
	@$(PY) -m bankrec train $(BANK_ARGUMENTS) --data $(CLEAN) --output $(EXECUTED)
	@$(PY) -m bankrec recommend $(BANK_ARGUMENTS) --data $(CLEAN) --models $(EXECUTED) --publish-to $(RECS) \
		--explain-removals

.PHONY: model-card
model-card: $(CLEAN) | $(INSTALLED) ## docs/model_card.md anew: the card of a training on the data that is there
	@$(PY) -m bankrec train --data $(CLEAN) --output $(EXECUTED) --without-personal
	@cp $(EXECUTED)/model_card.md docs/model_card.md

.PHONY: notebooks
notebooks: $(RAW) ## execute both notebooks in place, as they are committed
	@$(PY) -m bankrec.notebooks preprocessing.ipynb
	@$(PY) -m bankrec.notebooks recommendations.ipynb

.PHONY: serve
serve: | $(INSTALLED) ## the service alone, on PORT (4601), with the page to try it at /
	@cd services && DEMO=1 PORT=$(PORT) RECS_DIR=$(abspath $(RECS)) exec ../$(PY) recommendation_service.py

.PHONY: mlflow
mlflow: | $(INSTALLED) ## MLflow's interface on port 5000, over the runs so far
	@PATH="$(CURDIR)/$(VENV)/bin:$$PATH" sh run_mlflow_server.sh

.PHONY: up
up: ## the whole stack in containers: service, Prometheus, Alertmanager, Grafana
	@cd services && $(COMPOSE) up --build --detach

.PHONY: down
down: ## stop the stack
	@cd services && $(COMPOSE) down

.PHONY: test
test: | $(INSTALLED) ## the tests in minutes: all that need no whole training, no Spark, no containers
	@$(TESTS)

.PHONY: test-all
test-all: | $(INSTALLED) ## every test: slow ones, the service's packages alone, Spark, containers where they can run
	@$(TESTS) -m "not docker and not spark"
	@$(MAKE) --no-print-directory test-service
	@if command -v java >/dev/null; then $(MAKE) --no-print-directory test-spark; else echo "SKIPPED: Spark (no Java here)"; fi
	@$(MAKE) --no-print-directory test-containers

.PHONY: test-service
test-service: | $(INSTALLED) ## the service's tests with the service's packages alone
	@test -x $(SERVICE_VENV)/bin/python || $(UV) venv --quiet --python $(PY) $(SERVICE_VENV)
	@$(UV) pip install --quiet --python $(SERVICE_VENV)/bin/python -r services/requirements.txt \
		-c requirements.txt pytest pytest-timeout hypothesis httpx schemathesis PyYAML \
		fastapi-cli gunicorn uvicorn-worker
	@$(SERVICE_VENV)/bin/python -m pytest tests/services

.PHONY: test-spark
test-spark: | $(INSTALLED) ## Spark against DuckDB, on a cluster of two workers on this machine (needs Java 17)
	@test -x $(SPARK_VENV)/bin/python || $(UV) venv --quiet --python $(PY) $(SPARK_VENV)
	@$(UV) pip install --quiet --python $(SPARK_VENV)/bin/python -r requirements.txt -r pyproject.toml --extra spark "$(SPARK)"
	@$(SPARK_VENV)/bin/python -m pytest -m spark tests/spark

.PHONY: test-containers
test-containers: | $(INSTALLED) ## the whole stack on a Docker engine, about five minutes; skipped aloud without one
	@$(PY) -m pytest -m docker -rs -s tests/ops

.PHONY: lint
lint: | $(INSTALLED) ## style, types, which room imports which, the workflow of GitHub
	@$(VENV)/bin/ruff check . && $(VENV)/bin/ruff format --check . && $(VENV)/bin/mypy
	@$(VENV)/bin/lint-imports --no-logo && cd services && ../$(VENV)/bin/lint-imports --no-logo
	@$(VENV)/bin/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/ci.yml
	@$(VENV)/bin/check-jsonschema --builtin-schema vendor.github-issue-forms .github/ISSUE_TEMPLATE/*.yml

.PHONY: audit
audit: | $(INSTALLED) ## known vulnerabilities of the pinned packages, where the registry lists them
	@bash .ci/audit.sh

.PHONY: format
format: | $(INSTALLED) ## format the code
	@$(VENV)/bin/ruff check --fix . ; $(VENV)/bin/ruff format .

.PHONY: lock
lock: | $(INSTALLED) ## compile pyproject.toml into both requirements files, exact versions
	@$(UV) pip compile --quiet --universal --python-version 3.11 pyproject.toml $(GROUPS) \
		--output-file requirements.txt --custom-compile-command "make lock"
	@$(UV) pip compile --quiet --universal --python-version 3.11 --group serve -c requirements.txt --no-annotate \
		--output-file services/requirements.txt --custom-compile-command "make lock"

.PHONY: clean
clean: ## remove data, models and sets, not the environment
	@rm -rf data/raw data/*.parquet data/*.json $(EXECUTED)/[!R]* services/recs/[!R]*
