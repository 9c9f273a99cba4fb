# demo: the whole loop on the embedded tree.  test: all tests.  check: format and warnings.  fmt: format.
.PHONY: demo test check fmt bench prepare mirror
MIRROR ?= $(CURDIR)/.demo/mirror
export AZL_DEMO_MIRROR := $(MIRROR)
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)

demo:
	demo/run

test: prepare mirror
	swift build --build-tests
	swift test --skip-build

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
	$(SUDO) apt-get update -q -q
	$(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -y -q -q --no-install-recommends $$(cat packages.txt) >/dev/null
