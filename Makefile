# make reports | make test | make lab     (all paths are relative, so that the folder's own path may hold spaces)
PYTHON ?= python3
RUN := .venv/bin/python
INSTALLED := .venv/installed
UV := $(shell command -v uv 2>/dev/null)

.PHONY: reports test lab lint unit notebooks-check notebooks sample lock bench clean

reports: $(INSTALLED)  ## every case in data/cases to a report; ends with the path of the index
	@$(RUN) -m kpikit report

test: lint unit notebooks-check  ## all that is checked

lab: $(INSTALLED)  ## JupyterLab on the notebooks
	$(RUN) -m jupyterlab notebooks

lint: $(INSTALLED)
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check kpikit tests data
	.venv/bin/lint-imports --no-cache
	$(RUN) -m mypy

unit: $(INSTALLED)  ## unit tests and doctests, README's examples too
	$(RUN) -m pytest -n 2 --dist loadfile --doctest-modules --doctest-glob=README.md kpikit README.md tests

notebooks-check: $(INSTALLED)  ## runs the notebooks again: their outputs must be the same
	$(RUN) -m pytest -n 2 --dist loadfile --nbval --nbval-cell-timeout=300 notebooks

notebooks: $(INSTALLED)  ## after a change: runs the notebooks and keeps their new outputs
	$(RUN) -m nbconvert --to notebook --execute --inplace --ExecutePreprocessor.record_timing=False notebooks/*.ipynb

sample: $(INSTALLED)  ## the finished report that is kept in reports/sample
	$(RUN) -m kpikit report techsolutions_upgrade_rate
	rm -rf reports/sample
	cp -R reports/techsolutions_upgrade_rate reports/sample

lock: $(INSTALLED)  ## after a change of dependencies
	$(RUN) -m uv pip compile pyproject.toml --extra demo --extra dev --universal --python-version 3.11 --upgrade \
		--generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header -o requirements.lock

bench: $(INSTALLED)
	for script in tests/bench/*.py; do $(RUN) "$$script" || exit 1; done

clean:
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis

# uv where it is there, pip otherwise: the same files by their hashes; then the package itself, without the network
$(INSTALLED): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(None if sys.version_info >= (3, 11) else "kpikit needs Python 3.11 or newer; name one with make PYTHON=python3.12")'
	$(PYTHON) -m venv .venv
ifeq ($(UV),)
	$(RUN) -m pip install --quiet --require-hashes -r requirements.lock
	$(RUN) -m pip install --quiet --no-deps --no-build-isolation -e .
else
	$(UV) pip install --quiet --python $(RUN) --require-hashes -r requirements.lock
	$(UV) pip install --quiet --python $(RUN) --no-deps --no-build-isolation -e .
endif
	touch $(INSTALLED)
