# Each target first makes .venv, or brings it up to date: see autograder/environment.py.

.DEFAULT_GOAL := help
.PHONY: help environment lab test grade build bench

LESSON ?= 03_forward
SUBMISSIONS ?=

ifeq ($(OS),Windows_NT)
  PYTHON ?= python
  PY := .venv/Scripts/python
else
  # The first Python that is new enough; without one, environment.py says what to install.
  PYTHON ?= $(shell for p in python3 python python3.13 python3.12 python3.11; do \
    "$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$p" && exit; \
    done; echo python3)
  PY := .venv/bin/python
endif

# An activated environment, or a PYTHONPATH, belongs to something else.
unexport PYTHONHOME PYTHONPATH VIRTUAL_ENV

help:
	@echo "make lab      open the course in JupyterLab"
	@echo "make test     check everything: lint, notebooks, unit tests, audit"
	@echo "make grade    grade the sample class; LESSON=03_forward, SUBMISSIONS=folder"
	@echo "make build    write the notebooks from the texts in solutions"
	@echo "make bench    measure the speed of grading"
	@echo ""
	@echo "The first run makes .venv, which takes some minutes. PYTHON=python3.12 chooses a Python (3.11 or newer)."
	@echo "Linux without NVIDIA's driver gets torch's small CPU build, unless pip is set to an index of your own."

environment:
	@$(PYTHON) autograder/environment.py

lab: environment
	@$(PY) -m autograder lab

build: environment
	@$(PY) -m autograder build

grade: environment
	@$(PY) -m autograder grade "$(LESSON)" $(if $(SUBMISSIONS),--submissions "$(SUBMISSIONS)")

bench: environment
	@$(PY) -m autograder bench

test: environment
	@$(PY) -m autograder.gates
