# The two commands of the README, and what developers run in between.

SHELL := /bin/bash
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory
# Ansible takes no locale that is not UTF-8, and none that is not installed.
export LC_ALL := C.UTF-8

SPEC ?= specs/wasm-node.yml
PYTHON ?= python3
VENV := .venv
RUN := . $(VENV)/bin/activate &&
LINK := collections/ansible_collections/vessel/image
LIBRARY := ansible_collections.vessel.image.plugins.module_utils

# What the host itself must have; everything that shapes an image comes from the lock instead.
HOST_PACKAGES := bubblewrap ca-certificates debian-archive-keyring e2fsprogs fdisk git \
	mmdebstrap mount openssh-client ovmf packer python3-venv qemu-system-x86 qemu-utils util-linux

.PHONY: help checkout setup host-packages image check lint types unit integration sanity test turn test-all \
	docs changelog prune clean

help:  ## what can be made here
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

# Without symbolic links the collection is not found, and what Ansible says then helps nobody.
checkout:
	@[ -d $(LINK) ] || { \
	  echo "VES-914: $(CURDIR)/$(LINK) is not the link to this clone that it should be." >&2; \
	  echo "    Run \`git config core.symlinks true && git checkout collections\` here." >&2; exit 1; }

setup: checkout host-packages $(VENV)/.complete  ## install what is missing: system packages (as root), .venv

host-packages:
	@missing=; for name in $(HOST_PACKAGES); do \
	  dpkg-query -W -f '$${db:Status-Status}' $$name 2>/dev/null | grep -qx installed \
	    || missing="$$missing $$name"; \
	done; \
	[ -z "$$missing" ] && exit 0; \
	if [ "$$(id -u)" != 0 ]; then \
	  echo "VES-105: these system packages are missing:$$missing" >&2; \
	  echo "    As root: apt-get install --no-install-recommends$$missing" >&2; exit 1; \
	fi; \
	apt-get -qq update && \
	echo "installing:$$missing" && \
	DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 install -y \
	  --no-install-recommends $$missing >/dev/null

# The stamp is written last, so an interrupted installation is repeated.
$(VENV)/.complete: requirements.txt | host-packages
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --require-hashes -r requirements.txt
	touch $@

image: setup  ## build the image of SPEC (default: specs/wasm-node.yml)
	$(RUN) ansible-playbook build-image.yml -e spec=$(SPEC)

check: lint types unit  ## format, lint, types and unit tests: about a minute

# Whoever only builds images needs none of these.
lint unit: HOST_PACKAGES += golang-go openssl rustfmt-web shellcheck
lint: setup  ## format and lint of every language
	$(RUN) ruff format --check . && ruff check . && yamllint -s . && ansible-lint --offline -q
	$(RUN) antsibull-changelog lint
	$(RUN) .ci/lint

types: setup
	$(RUN) MYPYPATH=collections mypy -p $(LIBRARY)

unit: setup
	$(RUN) pytest -q -n 2 tests/unit

integration: setup
	$(RUN) pytest -q tests/integration

sanity: setup  ## ansible-test sanity on a copy of this clone
	$(RUN) .ci/sanity

test: HOST_PACKAGES += gcc gnupg libc6-dev openssl
test: check  ## every check, ending with molecule test on the image
	$(RUN) .ci/sanity
	$(MAKE) image
	$(MAKE) integration
	$(RUN) molecule test -s customized
	$(RUN) molecule test

# Short enough for the time that CI has.
turn: setup  ## one of the shorter sweeps of test-all, another one with each commit
	$(RUN) .ci/sweep --turn user-data networks breaks

test-all: HOST_PACKAGES += faketime locales
test-all: test  ## what `make test` does, then every fault, scenario and deliberate break
	$(RUN) .ci/sweep faults pytest -q -s tests/faults
	$(RUN) .ci/sweep breaks molecule test -s breaks
	$(RUN) .ci/sweep user-data molecule test -s user-data
	$(RUN) .ci/sweep networks molecule test -s networks
	$(RUN) .ci/sweep previous molecule test -s previous
	$(RUN) .ci/sweep vsphere molecule test -s vsphere
	$(RUN) .ci/sweep runtimes molecule test -s runtimes
	$(RUN) .ci/sweep krustlet molecule test -s krustlet
	$(RUN) .ci/sweep hostile molecule test -s hostile
	$(RUN) .ci/sweep mutants python tests/mutants/run.py --whole --again

docs: setup  ## write the generated pages anew
	$(RUN) PYTHONPATH=collections python -m $(LIBRARY)._spec.document docs/spec.md
	$(RUN) PYTHONPATH=collections python -m $(LIBRARY)._spec.editors docs/spec.schema.json
	$(RUN) PYTHONPATH=collections python -m $(LIBRARY)._codes.document docs/errors.md
	$(RUN) PYTHONPATH=collections python -m $(LIBRARY)._importer.page docs/from-image-builder.md

changelog: setup  ## write CHANGELOG.md for the version in galaxy.yml from the fragments
	$(RUN) antsibull-changelog release --update-existing --refresh --reload-plugins

prune: setup  ## remove from the cache what no build of the last 30 days used
	$(RUN) ansible-playbook playbooks/cache.yml -e state=pruned

clean:  ## remove what builds and tests left in this clone
	rm -rf output .mypy_cache .ruff_cache .pytest_cache .ansible
