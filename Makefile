# The book's commands. `make book` and `make test` set up everything they need by themselves.
#
#   make book     execute every notebook and build the site into _build/html
#   make live     the same with Python in the pages: fetches it (100 MB, once) and builds the book with it
#   make serve    show the site on this machine
#   make offline  the site as one zip, _build/w2v-book.zip, that opens by a double click, without server or network
#   make pdf      the book as one PDF, _build/w2v-book.pdf, printed by Chromium: some minutes
#   make epub     the book as an EPUB, _build/w2v-book.epub, for readers of e-books
#   make reproducible   build the book twice, from nothing, and list what differs (PAGE=... for one page)
#   make page PAGE=chapters/04_from_loss_to_target.ipynb    build one chapter alone, quickly
#   make test     lint, unit tests, doctests, notebooks, and the site in a browser
#                 (SECOND=yes, as in .ci/run: every notebook and every number as another processor, too)
#   make test-pages    run every chapter in its page, in Chromium, and two in Firefox and WebKit (after make live)
#   make library  the library's tests in an environment of its own (VERSIONS=file of constraints)
#   make lint     ruff and mypy alone
#   make outputs  run the notebooks and store their text outputs (PAGE=... for one of them)
#   make assignments    the students' notebooks and what they need, into _build/assignments; stops where a solution leaks
#   make grade ASSIGNMENT=NAME SUBMISSIONS=folder-or-zip    grade what was handed in, into grades/
#                 (also RESUME=yes, STUDENT=id, ROSTER=file, ANONYMOUS=yes, BOX=no, OUT=folder, JOBS=2)
#   make solutions ASSIGNMENT=NAME STUDENT=id    solutions with that student's numbers, into _build/solutions
#   make gradescope    a zip for Gradescope's autograder for each assignment (ASSIGNMENT=... for one)
#   make breaks   break the book's equations on purpose: does each chapter's own check see it? (PAGE=06 for one)
#   make pictures take the pictures that stand in for the interactive figures, from the built site
#   make statistics TEXTS="a.txt.xz b.txt.xz"    count the bundled statistics anew
#   make bench TEXT=a.txt.xz    this library beside its peers, in an environment of its own: a table, and
#                 benchmarks/results/bench.json (RATINGS=folder of WordSim353 and SimLex999;
#                 BENCH="--held-out b.txt.xz" for a text that no default was chosen on)
#   make lock     requirements.lock anew: all of requirements.txt and what it needs, with hashes.
#                 LOCKED=yes sets up from it (torch by its version alone: each machine has another build)
#   make audit    known holes in what is locked, and its licences (asks PyPI)
#   make dist     w2vlib as PyPI wants it, in dist/, checked in an environment of its own
#   make doctor   look at this environment: what is missing, and what to do about it
#   make help     this list
#   make clean    remove what was built (make distclean: the environment, too)
#
# TORCH_INDEX is where pip takes torch from. On Linux without an NVIDIA GPU it is PyTorch's own
# index of CPU builds (200 MB); PyPI's build brings CUDA along (several GB).
# TORCH_INDEX= (empty) takes PyPI's build.

SHELL := /bin/sh
VENV ?= .venv
PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3.13 || command -v python3)
PORT ?= 8000
PAGE ?=
JOBS ?= 2
VERSIONS ?= requirements.txt
ASSIGNMENT ?=
SUBMISSIONS ?=
OUT ?= grades
# Where the students' folders are published, if they are, for links to Colab and Binder, such as
# https://github.com/OWNER/w2v-{name}: one repository for each assignment, as GitHub Classroom wants it.
ADDRESS ?=
PY := $(VENV)/bin/python
READY := $(VENV)/.ready
BOOK := _build/.book-built
TORCH_VERSION := $(shell sed -n 's/^torch==//p' requirements.txt)

ifeq ($(shell uname -s)$(shell command -v nvidia-smi),Linux)
TORCH_INDEX ?= https://download.pytorch.org/whl/cpu
endif

# One thread for linear algebra: results and timings do not depend on the number of cores.
export OPENBLAS_NUM_THREADS ?= 1
export OMP_NUM_THREADS ?= 1
export MKL_NUM_THREADS ?= 1
# Notebooks run in this environment's kernel, not in one that the user has installed.
export JUPYTER_PREFER_ENV_PATH := 1
export PYDEVD_DISABLE_FILE_VALIDATION := 1

SOURCES := _config.yml _toc.yml references.bib $(wildcard chapters/*.ipynb chapters/*.md) \
  assignments/index.md assignments/README.md $(wildcard assignments/source/*/*.ipynb) \
  $(addprefix grading/,bookpages.py release.py masters.py leaks.py) \
  $(wildcard w2vlib/*.py w2vlib/*/*.* w2vbook/*.py w2vbook/*/*.* assets/*.* assets/figures/*.*) \
  $(wildcard w2vbook/sphinx/figures/*.* w2vbook/sphinx/templates/*.* w2vbook/sphinx/templates/static/*.* w2vbook/live/guest/*.* w2vbook/live/guest/*/*.* w2vbook/live/guest/*/*/*.*)

# Where numbers are computed: tested twice by `make test SECOND=yes`.
NUMERICAL := $(addprefix tests/,corpus targets spectral flow training forecasting vectors meaning plotting) w2vlib

.PHONY: book help live bench serve offline pdf epub reproducible page test test-pages second numbers library axe lint outputs breaks pictures assignments solutions grade gradescope statistics lock audit dist doctor clean distclean setup
.DELETE_ON_ERROR:

book: $(BOOK)
	@echo "The book is in _build/html (start page: _build/html/index.html). To read it: make serve"

# What has been fetched is built by `make book`, too: some 20 s, less where nothing has changed.
live: $(READY)
	@$(PY) tools/fetch_live.py
	@test -f _build/html/live/manifest.json || rm -f $(BOOK)
	@$(MAKE) book

help:
	@sed -n '/^#/!q; s/^# \{0,1\}//p' Makefile

serve: $(READY)
	@$(PY) tools/serve.py $(PORT)

offline: $(BOOK)
	@$(PY) tools/zip_book.py

pdf: $(BOOK)
	@$(PY) tools/print_book.py

epub: $(BOOK)
	@$(PY) tools/epub_book.py

# Not part of `make test`: it takes twice as long as `make book`.
reproducible: $(READY)
	@$(PY) -m grading pages
	@$(PY) tools/compare_builds.py $(if $(PAGE),--page $(PAGE))

page: $(READY)
	@$(PY) -m grading pages
	@$(PY) tools/build_page.py "$(PAGE)"

# With SECOND=yes one processor builds the book, then runs the numerical tests with the kernels of
# another kind of machine, while the other runs the notebooks so; what the book printed is compared by
# tests/book/test_executed.py. One thread each: two of BLAS, beside another process, wait for each other.
AS_SECOND = env $$($(PY) tools/second_processor.py 1) $(PY) -m pytest -m "not browser"

# Several processes share the tests by file (SHARED) or one by one (ALONE). One that a test has killed is
# replaced once: such a test may be tried again, and kill each process that replaces the last.
PROCESSES = -n $(JOBS) --max-worker-restart 1 --durations 15 --durations-min 10
SHARED = $(PROCESSES) --dist loadfile
ALONE = $(PROCESSES) --dist worksteal

ifeq ($(SECOND),yes)
test: $(READY) lint
	$(MAKE) -j2 --output-sync=target book second numbers
	$(PY) -m pytest $(SHARED) tests w2vlib w2vbook
else
test: $(READY) axe lint $(BOOK)
	$(PY) -m pytest $(SHARED)
endif

# Every chapter in its page, and two pages in other browsers.
test-pages: $(BOOK)
	W2V_LIVE=chapters $(PY) -m pytest $(ALONE) tests/book/test_live_chapters.py tests/book/test_live_browsers.py

second: $(READY)
	$(AS_SECOND) chapters

numbers: $(READY)
	$(AS_SECOND) $(NUMERICAL)

# The library by itself, in an environment of its own: VERSIONS is a file of constraints for pip,
# requirements.txt or what tools/lower_bounds.py prints.
library:
	"$(PYTHON)" -m venv --clear $(VENV)-library
	grep -v ';' $(VERSIONS) > $(VENV)-library/versions
	test -z "$(TORCH_INDEX)" || $(VENV)-library/bin/python -m pip install -q --no-deps --retries 1 --timeout 20 \
	  --index-url $(TORCH_INDEX) $$(grep '^torch==' $(VERSIONS)) || echo "not reached; taking torch from the usual index"
	$(VENV)-library/bin/python -m pip install -q -c $(VENV)-library/versions '.[train,book]' \
	  hypothesis mpmath nbval pillow pytest pytest-rerunfailures pytest-timeout PyYAML
	OPENBLAS_NUM_THREADS=1 $(VENV)-library/bin/python -m pytest -m "not browser" $(NUMERICAL)

lint: $(READY)
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy

outputs: $(READY)
	$(PY) tools/store_outputs.py $(PAGE)

assignments: $(READY)
	@$(PY) -m grading release $(ASSIGNMENT) --address "$(ADDRESS)"

solutions: $(READY)
	@$(PY) -m grading solutions "$(ASSIGNMENT)" --student "$(STUDENT)"

# BOX=no grades without a box, RESUME=yes only what is new, STUDENT=id one student alone;
# ROSTER=file fills Canvas's own table, ANONYMOUS=yes shows codes where people grade.
grade: $(READY)
	@$(PY) -m grading grade "$(ASSIGNMENT)" "$(SUBMISSIONS)" --out "$(OUT)" --jobs $(JOBS) \
	  --box "$(BOX)" --resume "$(RESUME)" --roster "$(ROSTER)" \
	  --student "$(STUDENT)" --anonymous "$(ANONYMOUS)"

gradescope: $(READY)
	@$(PY) -m grading gradescope $(ASSIGNMENT)

# Not part of `make test`: it takes about as long as all notebooks together, twice.
breaks: $(READY)
	$(PY) tools/break_equations.py $(PAGE) --jobs $(JOBS) --out _build/breaks.md

pictures: $(BOOK)
	$(PY) tools/picture_figures.py

# Byte for byte what is bundled, if TEXTS are the texts that w2vlib/data/DATA_CARD.md names.
STATISTICS := w2vlib/data/enwiki_v5000_l16.npz
SOURCE := English Wikipedia, 30,729 articles (page ids 12 to about 60,000, spring 2015), CC BY-SA

statistics: $(READY)
	@test -n "$(TEXTS)" || { echo 'Name the texts: make statistics TEXTS="a.txt.xz b.txt.xz"'; exit 1; }
	$(PY) -m w2vlib count $(TEXTS) --vocab-size 5000 --window 16 --source "$(SOURCE)" --out $(STATISTICS)

# A peer that cannot be installed is left out of the table, by name. Hours, most of them the peers'.
bench:
	@test -n "$(TEXT)" || { echo 'Name a text with an article a line: make bench TEXT=a.txt.xz'; exit 1; }
	"$(PYTHON)" -m venv $(VENV)-bench
	grep -v ';' requirements.txt > $(VENV)-bench/versions
	test -z "$(TORCH_INDEX)" || $(VENV)-bench/bin/python -m pip install -q --no-deps --retries 1 --timeout 20 \
	  --index-url $(TORCH_INDEX) torch==$(TORCH_VERSION) || echo "not reached; taking torch from the usual index"
	$(VENV)-bench/bin/python -m pip install -q -c $(VENV)-bench/versions -e '.[train]'
	for peer in $$(grep '^[a-z]' benchmarks/requirements.txt); do \
	  $(VENV)-bench/bin/python -m pip install -q -c $(VENV)-bench/versions $$peer || echo "left out: $$peer"; \
	done
	W2V_RATINGS="$(RATINGS)" $(VENV)-bench/bin/python benchmarks/bench.py "$(TEXT)" --cache $(VENV)-bench/rows.jsonl $(BENCH)

clean:
	rm -rf _build assignments/*.ipynb build dist .dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find w2vlib w2vbook grading tests tools chapters benchmarks -name __pycache__ -prune -exec rm -rf {} +

# torch and its CUDA are left out of the lock: which build is right depends on the machine.
CUDA := cuda-bindings cuda-pathfinder cuda-toolkit triton nvidia-cublas nvidia-cuda-cupti nvidia-cuda-nvrtc \
  nvidia-cuda-runtime nvidia-cudnn-cu13 nvidia-cufft nvidia-cufile nvidia-curand nvidia-cusolver nvidia-cusparse \
  nvidia-cusparselt-cu13 nvidia-nccl-cu13 nvidia-nvjitlink nvidia-nvshmem-cu13 nvidia-nvtx

lock:
	"$(PYTHON)" -m venv $(VENV)-lock
	$(VENV)-lock/bin/python -m pip install -q uv
	$(VENV)-lock/bin/uv pip compile requirements.txt --universal --python-version 3.11 --generate-hashes \
	  --no-annotate --no-header $(addprefix --no-emit-package ,torch $(CUDA)) -q -o requirements.lock

audit: $(READY)
	"$(PYTHON)" -m venv $(VENV)-lock
	$(VENV)-lock/bin/python -m pip install -q pip-audit pip-licenses
	$(VENV)-lock/bin/pip-licenses --python $(PY) --summary --order count
	$(VENV)-lock/bin/pip-audit --strict --disable-pip --no-deps -r requirements.lock

# Built and checked far from the checkout: what is missing in the wheel shows.
dist:
	"$(PYTHON)" -m venv --clear .dist
	.dist/bin/python -m pip install -q build twine
	rm -rf dist build
	.dist/bin/python -m build
	.dist/bin/python -m twine check --strict dist/*
	.dist/bin/python -m pip install -q dist/*.whl
	cd .dist && bin/python -c 'import w2vlib as w; print(w.pca_embeddings(w.load_statistics(), d=50).nearest("piano"))'

doctor:
	@$$(test -x $(PY) && echo $(PY) || echo "$(PYTHON)") tools/doctor.py

distclean: clean
	rm -rf $(VENV) $(VENV)-library $(VENV)-bench $(VENV)-lock

setup: $(READY)

# The stamp is written last: a set-up that was cut short is taken up again by the next command.
$(READY): requirements.txt pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11, 3.12 or 3.13 is needed; none was found"; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11, 3.12 or 3.13 is needed, $(PYTHON) is older; try: make $(MAKECMDGOALS) PYTHON=python3.11"; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info >= (3, 14))' || \
	  echo "The book is tested with Python 3.11 to 3.13; $(PYTHON) is newer"
	@$(PY) -m pip --version >/dev/null 2>&1 || "$(PYTHON)" -m venv --clear $(VENV)
	@if [ -n "$(TORCH_INDEX)" ] && ! $(PY) -m pip show torch 2>/dev/null | grep -q "^Version: $(TORCH_VERSION)"; then \
	  echo "torch $(TORCH_VERSION) from $(TORCH_INDEX)"; \
	  $(PY) -m pip install -q --no-deps --retries 1 --timeout 20 \
	    --index-url $(TORCH_INDEX) torch==$(TORCH_VERSION) || \
	    echo "not reached; taking torch from the usual index"; \
	fi
	$(PY) -m pip install -q $(if $(LOCKED),--no-deps --require-hashes -r requirements.lock,-r requirements.txt)
	$(PY) -m pip install -q --no-deps -e .
	@touch $@

# Where it cannot be had the tests use an older one; .ci/run insists.
axe: $(READY)
	@$(PY) tools/fetch_axe.py || echo "Accessibility is tested with an older axe-core"

# Warnings are errors: a broken link or a missing figure must not pass.
$(BOOK): $(READY) $(SOURCES)
	@$(PY) tools/build_live.py --if-fetched
	@$(PY) -m grading pages
	$(VENV)/bin/jupyter-book build . --all -W -n --keep-going
	@touch $@
