.PHONY: demo test check fmt bench
test:
	apt-get update -q -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q -q $$(cat packages.txt) >/dev/null
	swift test
