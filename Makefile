# make reports | make test | make lab     (all paths are relative, so that the folder's own path may hold spaces)
PYTHON ?= python3
VENV ?= .venv
RUN := $(VENV)/bin/python
INSTALLED := $(VENV)/installed
HEAVY := $(VENV)/installed-heavy
WARM := $(RUN) -m kpikit.report.kernels
unexport PYTHONDONTWRITEBYTECODE  # else each of the many processes that tests start would compile everything anew

SERVE ?= techsolutions_scorecard --as-of 2026-01-15  # what `make dashboard` serves

.PHONY: reports dashboard test browser test-heavy test-lowest accept lab lint unit notebooks-check notebooks sample docs lock bench clean

reports: $(INSTALLED)  ## the catalogue as pages, and every case in data/cases to a report; ends with the path of the index
	@$(RUN) -m kpikit catalogue
	@$(RUN) -m kpikit report

test: lint unit notebooks-check  ## all that is checked, but for the heavy engines and the browser

test-heavy: $(HEAVY)  ## the same counts on Spark (needs Java) and PostgreSQL (needs Debian's postgresql, or is skipped by name)
	$(RUN) -m pytest -n 2 tests/heavy

# all of it on another Python, in a venv of its own: make test VENV=.venv-3.13 PYTHON=python3.13

LOWEST := $(VENV)-lowest

test-lowest: $(INSTALLED)  ## the unit tests on the lowest versions that pyproject.toml allows; takes long, so it is no part of make test
	$(RUN) -m uv venv --quiet --clear --python $(RUN) $(LOWEST)
	$(RUN) -m uv pip compile --quiet pyproject.toml --extra demo --extra send --extra explore --extra dashboard --extra dev --resolution lowest-direct --python $(RUN) \
		--no-annotate --no-header -o $(LOWEST)/lowest.txt
	$(RUN) -m uv pip install --quiet --python $(LOWEST)/bin/python -r $(LOWEST)/lowest.txt
	$(RUN) -m uv pip install --quiet --python $(LOWEST)/bin/python --no-deps --no-build-isolation -e .
	$(LOWEST)/bin/python $(UNIT)

accept: $(INSTALLED)  ## after a change: shows which numbers of the cases differ, and pins the new ones after a yes (or ACCEPT=yes)
	$(RUN) tests/accept.py $(CASES)

lab: $(INSTALLED)  ## JupyterLab on the notebooks
	$(RUN) -m jupyterlab notebooks

dashboard: $(INSTALLED)  ## the scorecard in the browser of this machine; of your own case: make dashboard SERVE=my_case
	$(RUN) -m kpikit dashboard $(SERVE)

lint: $(INSTALLED)
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check kpikit tests data
	$(VENV)/bin/lint-imports --no-cache
	$(RUN) -m mypy -n 2

UNIT := -m pytest -n 2 --dist worksteal --doctest-modules --doctest-glob=README.md --ignore=tests/heavy --ignore=tests/browser kpikit README.md tests

unit: $(INSTALLED)  ## unit tests and doctests, README's examples too
	$(RUN) $(UNIT)

browser: $(INSTALLED)  ## reports, catalog, explore and dashboard in Debian's Chromium; without one these tests are skipped by name
	$(WARM) $(RUN) -m pytest -n 2 --dist loadfile tests/browser

notebooks-check: $(INSTALLED)  ## runs the notebooks again: their outputs must be the same
	$(WARM) $(RUN) -m pytest -n 2 --dist loadfile --nbval --nbval-cell-timeout=300 notebooks

notebooks: $(INSTALLED)  ## after a change: runs the notebooks and keeps their new outputs
	KPIKIT_WIDGETS=no $(WARM) $(RUN) -m nbconvert --to notebook --execute --inplace --ExecutePreprocessor.record_timing=False notebooks/*.ipynb

sample: $(INSTALLED)  ## the finished report that is kept in reports/sample
	rm -rf reports/sample reports/techsolutions_upgrade_rate
	$(RUN) -m kpikit report techsolutions_upgrade_rate
	cp -R reports/techsolutions_upgrade_rate reports/sample

COMPILE = $(RUN) -m uv pip compile pyproject.toml --extra demo --extra send --extra explore --extra dashboard --extra docs --extra dev --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header

lock: $(INSTALLED)  ## after a change of dependencies; the second lock holds the first, and the heavy engines
	$(COMPILE) --upgrade -o requirements.lock
	$(COMPILE) --upgrade -c requirements.lock --extra spark --extra postgres --extra cluster --extra demo -o requirements-heavy.lock

docs: $(INSTALLED)  ## the documentation as a site to read offline; a warning, or a link that leads nowhere, is an error; prints its path
	@rm -rf docs/_build
	@$(RUN) -m sphinx -q -b html -c docs -d docs/_build/doctrees -W --keep-going -n . docs/_build/html
	@$(RUN) -m kpikit catalogue --out docs/_build/html >docs/_build/log.txt
	@$(RUN) docs/check.py docs/_build/html
	@echo docs/_build/html/index.html

bench: $(HEAVY)
	for script in tests/bench/*.py; do $(RUN) "$$script" || exit 1; done

clean:
	rm -rf $(VENV) $(LOWEST) .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis

# What a lock holds, by its hashes: by the uv that stands in the lock, which takes seconds where pip takes minutes; where uv
# finds no packages, as behind an index that only pip's settings name, by pip.
define filled
	sed -n '/^uv==/,/[^\]$$/p' requirements.lock >$(VENV)/uv.lock
	{ $(RUN) -m pip install --quiet --require-hashes -r $(VENV)/uv.lock && \
		$(RUN) -m uv pip install --quiet --compile-bytecode --python $(RUN) --require-hashes -r $(1); } || \
		$(RUN) -m pip install --quiet --require-hashes -r $(1)
endef

$(INSTALLED): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(None if sys.version_info >= (3, 11) else "kpikit needs Python 3.11 or newer; name one with make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)
	$(call filled,requirements.lock)
	$(RUN) -m pip install --quiet --no-deps --no-build-isolation -e .
	touch $(INSTALLED)

$(HEAVY): $(INSTALLED) requirements-heavy.lock
	$(call filled,requirements-heavy.lock)
	touch $(HEAVY)
