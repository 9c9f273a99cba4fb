# demo: the whole loop on the embedded tree.  test: all tests.  check: format and warnings.  fmt: format.
.PHONY: demo test check fmt bench prepare mirror
MIRROR ?= $(CURDIR)/.demo/mirror
export AZL_DEMO_MIRROR := $(MIRROR)
SHELL := /bin/bash
.SHELLFLAGS := -o pipefail -c
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)

demo:
	demo/run

test: prepare mirror
	swift build --build-tests
	swift test --skip-build 2>&1 | tee .demo/test.log | grep -v '^◇'
	@echo "skipped: $$(grep -c '^➜ Test .* skipped' .demo/test.log)"; sed -n 's/^➜ Test \(.*\) skipped/  \1/p' .demo/test.log

check:
	swift format lint --strict -r Sources Tests Package.swift
	swift build --build-tests

fmt:
	swift format -i -r Sources Tests Package.swift

bench: prepare mirror
	demo/bench

mirror:
	swift build --product azl-demo-mirror
	.build/debug/azl-demo-mirror build --out $(MIRROR)

prepare:
	@dpkg -s $$(cat packages.txt) >/dev/null 2>&1 || { $(SUDO) apt-get update -q -q && \
	  $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -y -q -q --no-install-recommends $$(cat packages.txt) >/dev/null; }
