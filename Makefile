# `make` alone lists the targets. `make run` and `make test` set themselves up on a machine with Python and make.
# The newest Python that is there and starts: a name on the path may stand for a version that is not installed.
PYTHON ?= $(firstword $(foreach python,python3.14 python3.13 python3.12 python3.11,\
	$(shell $(python) -c '' 2>/dev/null && echo $(python))))
BIN := .venv/bin
INSTALLED := .venv/.installed
YARDSTICKS := .bench-venv/.installed
MUTMUT := .mutants-venv/.installed

# Compiled once and kept, whatever the environment asks for: `run` and the tests start many processes.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help audit sbom run test pytest lint bench-shop bench-coverage bench-forecast bench-years bench-order-forecasts bench-orders bench-orders-kill bench-mutants bench-plan-hour bench-allocation bench-plan-lines bench-killed-sending bench-night bench-retention bench-coldchain bench-coldchain-tradeoff bench-writers bench-footprint bench-doors bench-optimum bench-quantities bench-couriers bench-assortment bench-promotions bench-trials bench-feeds bench-transfers bench-readings bench-slots bench-slot-batches docs-floor bench-slot-growth bench-slot-database install lock clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 22

run: $(INSTALLED) ## start Freshfront on http://127.0.0.1:8000, with a sample region the first time
	@exec $(BIN)/freshfront run

# mypy keeps one core busy for a minute, so the tests run beside it.
test: $(INSTALLED) ## lint, types, architecture and all tests, on SQLite and PostgreSQL
	@$(MAKE) --no-print-directory --jobs 2 lint pytest

# Files go to the two processes in their order: the long ones, which run services, come before the many short ones.
pytest: $(INSTALLED)
	$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder

lint: $(INSTALLED) ## ruff, mypy and the directions of the house
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# FRESHRETAILNET=train.parquet names the data set's file; without it only the synthetic part runs.
bench-forecast: $(INSTALLED) $(YARDSTICKS) ## cost and accuracy of forecasting beside yardsticks, into docs/measured.md
	$(BIN)/python tests/bench/forecast.py $(if $(FRESHRETAILNET),--freshretailnet $(FRESHRETAILNET)) $(BENCH)

bench-years: $(INSTALLED) $(YARDSTICKS) ## generated shops of five years beside AutoETS and LightGBM with the same calendar
	$(BIN)/python -m tests.bench.years $(BENCH)

# VEGETABLES=item_day.csv names the data set's file.
bench-shop: $(INSTALLED) $(YARDSTICKS) ## one shop's vegetables beside mlforecast and seven quantile models
	$(BIN)/python -m tests.bench.shop $(VEGETABLES) $(BENCH)

bench-coverage: $(INSTALLED) ## what quantiles cover of true demand, days cut short included, in made worlds
	$(BIN)/python -m tests.bench.coverage $(BENCH)

bench-order-forecasts: $(INSTALLED) ## orders by half hour beside last week and four weeks, in worlds of several makes
	$(BIN)/python -m tests.bench.order_forecasts $(if $(FRESHRETAILNET),--freshretailnet $(FRESHRETAILNET)) $(BENCH)

bench-orders: $(INSTALLED) ## many simulated weeks of purchase orders, in any order of events, against a plain oracle
	$(BIN)/python -m tests.bench.orders $(BENCH)

bench-orders-kill: $(INSTALLED) ## a process that approves, sends and receives, killed with -9 at random moments
	$(BIN)/python -m tests.bench.orders_killed $(BENCH)

bench-mutants: $(MUTMUT) ## the share of single-line mistakes in warehouse/ and api/security.py that tests notice
	.mutants-venv/bin/python tests/bench/mutants.py $(BENCH)

bench-plan-lines: $(INSTALLED) ## pages of a plan's lines, by API and as HTML, beside a bare route that returns the same bytes
	$(BIN)/python -m tests.bench.plan_lines $(BENCH)

# BENCH="--warehouses 1" is a small one.
bench-allocation: $(INSTALLED) ## 200 farms and 1,000 products chosen together, beside a buyer who takes the best offer of each
	$(BIN)/python -m tests.bench.allocation $(BENCH)

# BENCH="../shared/data/baskets/tafeng.parquet --bound --carries"
bench-slots: $(INSTALLED) ## recorded baskets walked through a floor: assigned, sorted and random, and the carries from a random layout
	$(BIN)/python -m tests.bench.slot_baskets $(BENCH)

bench-slot-batches: $(INSTALLED) ## what was expected of batches of moves beside what they saved, on recorded days of front warehouses
	$(BIN)/python -m tests.bench.slot_batches $(BENCH)

docs-floor: $(INSTALLED) ## draws docs/img/floor-before-after.svg: recorded baskets on a floor, as it lies and as it is assigned
	$(BIN)/python -m tests.bench.floor_before_after $(BENCH)

bench-slot-growth: $(INSTALLED) ## CPU and memory of slots and moves from 300 to 30,000 products (BENCH="3000")
	$(BIN)/python -m tests.bench.slot_growth $(BENCH)

bench-slot-database: $(INSTALLED) ## CPU and wall of suggesting and listing 10 warehouses x 3,000 products through SQLite
	$(BIN)/python -m tests.bench.slot_database $(BENCH)

# BENCH="--held-out --life 2" plays the demands that the rule was not chosen on.
bench-optimum: $(INSTALLED) ## what quantities cost beside dynamic programming, and what came of what plans promise
	$(BIN)/python -m tests.bench.optimum $(BENCH)

bench-couriers: $(INSTALLED) ## couriers as planned, played event by event, beside the best of all staffings and the same number all day
	$(BIN)/python -m tests.bench.couriers $(BENCH)

# BENCH="--worlds 3" is a short one.
bench-promotions: $(INSTALLED) ## reviews of promotions beside the truth of made worlds, and how often their intervals hold
	$(BIN)/python -m tests.bench.promotions $(BENCH)

# BENCH="--trials 100" is a short one.
bench-trials: $(INSTALLED) ## trials of a challenger that changes nothing, or 3%, in worlds of several makes, beside z-tests
	$(BIN)/python -m tests.bench.trials $(BENCH)

bench-feeds: $(INSTALLED) ## broken days of made shops that are told, and whole ones of made and recorded shops that are
	$(BIN)/python -m tests.bench.feeds $(BENCH)

# BENCH="--recorded ../shared/data" names the recorded shops' folder.
bench-assortment: $(INSTALLED) ## retired and new products as predicted, played with the same customers, and how stable the range's order is
	$(BIN)/python -m tests.bench.assortment $(BENCH)

# BENCH="--warehouses 10" is a region.
bench-quantities: $(INSTALLED) ## CPU seconds of a night's quantities, beside a newsvendor's quantiles of the same paths
	$(BIN)/python -m tests.bench.quantities $(BENCH)

bench-transfers: $(INSTALLED) ## stock carried between warehouses beside all that could be carried, and CPU seconds of a night's
	$(BIN)/python -m tests.bench.transfers $(BENCH)

bench-plan-hour: $(INSTALLED) ## what the hour of planning does to quantities, waste and fill
	$(BIN)/python -m tests.bench.plan_hour $(BENCH)

bench-readings: $(INSTALLED) ## batches of readings by HTTP beside a bare executemany, and 1,500 readings a second by MQTT
	$(BIN)/python -m tests.bench.readings.batches $(BENCH)
	$(BIN)/python -m tests.bench.readings.by_mqtt

bench-doors: $(INSTALLED) ## /livez, reads and memory under large bodies and 2,000 connections that are held open
	$(BIN)/python -m tests.bench.doors $(BENCH)

bench-killed-sending: $(INSTALLED) ## what suppliers get when whoever sends their orders is killed with -9
	$(BIN)/python -m tests.bench.killed_sending $(BENCH)

# BENCH="--warehouses 100 --products 300 --minutes 1" is a whole region, which takes hours and 150 GB.
bench-retention: $(INSTALLED) ## two years of a region on PostgreSQL: sizes with and without pruning, the slowest statements
	$(BIN)/python -m tests.bench.retention $(BENCH)

# FRESHRETAILNET=train.parquet names the data set's file; BENCH="--stores 60" takes so many of its stores.
bench-night: $(INSTALLED) ## CPU, wall and memory of train, forecast and slots on PostgreSQL, as processes
	$(BIN)/python -m tests.bench.night $(FRESHRETAILNET) $(BENCH)

# BENCH="--sensors 48 --days 60" is a small one.
bench-coldchain: $(INSTALLED) ## a generated year of 500 sensors with faults, defrosts and doors: found, and told for nothing
	$(BIN)/python -m tests.bench.coldchain_year $(BENCH)

# COLDSTORE=folder names the recorded cold store.
bench-coldchain-tradeoff: $(INSTALLED) ## fewer alarms on the recorded cold store, and what that costs
	$(BIN)/python -m tests.bench.coldchain_tradeoff $(COLDSTORE) $(BENCH)

bench-writers: $(INSTALLED) ## how long writers wait for each other on SQLite: five plans at once, a large import
	$(BIN)/python -m tests.bench.writers $(BENCH)

bench-footprint: $(INSTALLED) ## the memory of `freshfront run`, idle with the sample region, by process
	$(BIN)/python -m tests.bench.footprint $(BENCH)

# Takes root, for a disk that can be filled; BENCH="--minutes 1 --database SQLite" is a small one.
bench-storm: $(INSTALLED) ## everything used at once while all is killed, the disk full, the database away: what was acknowledged
	$(BIN)/python -m tests.bench.storm $(BENCH)

install: $(INSTALLED) ## create .venv with everything in it

# The lock is complete, so pip resolves nothing (--no-deps); byte code is made when a module is first imported: making
# it for all packages would double the time to install.
$(INSTALLED): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11, 3.12, 3.13 or 3.14 is needed; PYTHON=... names one"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --no-compile --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --no-compile --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

# mlforecast and statsforecast need pandas < 3, so the benchmark's yardsticks live apart.
$(YARDSTICKS): tests/bench/requirements-yardsticks.lock
	$(PYTHON) -m venv .bench-venv
	.bench-venv/bin/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r $<
	@touch $@

# mutmut runs the tests in its own process, so its environment holds the project's too.
$(MUTMUT): requirements.lock tests/bench/requirements-mutants.lock
	$(PYTHON) -m venv .mutants-venv
	for lock in $^; do \
		.mutants-venv/bin/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r $$lock || exit 1; \
	done
	@touch $@

lock: ## compile the locks from the ranges in pyproject.toml and of the benchmark's yardsticks (needs uv)
	uv pip compile pyproject.toml --all-extras --universal --generate-hashes --no-emit-index-url --no-header \
		--python-version 3.11 --output-file requirements.lock
	uv pip compile tests/bench/requirements-yardsticks.in --universal --generate-hashes --no-emit-index-url --no-header \
		--python-version 3.11 --output-file tests/bench/requirements-yardsticks.lock
	uv pip compile tests/bench/requirements-mutants.in --constraint requirements.lock --universal --generate-hashes \
		--no-emit-index-url --no-header --python-version 3.11 --output-file tests/bench/requirements-mutants.lock

# Both ask the package index; `audit` also the vulnerability service of PyPI, which continuous integration may not reach,
# so neither is part of `make test`.
audit: ## known vulnerabilities of the locked dependencies (asks the network)
	$(PYTHON) -m venv .audit-venv
	.audit-venv/bin/pip install --quiet --disable-pip-version-check pip-audit
	.audit-venv/bin/pip-audit --disable-pip --require-hashes --requirement requirements.lock

sbom: $(INSTALLED) ## the bill of materials of what is installed, as CycloneDX in sbom.json (asks the network)
	$(PYTHON) -m venv .audit-venv
	.audit-venv/bin/pip install --quiet --disable-pip-version-check cyclonedx-bom
	.audit-venv/bin/cyclonedx-py environment --output-file sbom.json $(BIN)/python

clean: ## remove the environment and everything generated, the database in var/ included
	rm -rf .audit-venv sbom.json .venv .bench-venv .mutants-venv .mutants var .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
