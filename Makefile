# `make demo` shows what presencia does, `make test` proves it. Both do all their own set-up with Go, npm and make.

GO      ?= go
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)

# Pinned here and not in go.mod, where it would bring a thousand sums of its own.
GOLANGCI_LINT := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0

engine := node_modules/.package-lock.json
charts := reports/assets/vendor/echarts.min.js

.PHONY: build setup demo test test-servers race fuzz lint contract vulncheck clean

# bin/presencia. The engine stays in node_modules, where the program finds it.
build: setup
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '-s -w -X main.version=$(VERSION)' -o bin/presencia ./cmd/presencia

# Third-party files, which are never committed.
setup: $(engine) $(charts)

# npm writes this file last: newer than the lock, it says that everything in the lock is installed.
$(engine): package.json package-lock.json .npmrc
	npm ci
	@touch $@

$(charts): $(engine)
	cp node_modules/echarts/dist/echarts.min.js node_modules/echarts/LICENSE node_modules/echarts/NOTICE $(@D)

# A simulated institution, from collection over HTTP to the reports.
demo: build
	bin/presencia demo

test: setup
	$(GO) test -timeout 20m ./...

# The collectors against real servers, which are installed where they are missing (as root, from Debian and npm).
test-servers: setup
	collectors/testservers/setup.sh
	PRESENCIA_TEST_SERVERS=1 $(GO) test -run '^TestServer' -count=1 -timeout 20m ./collectors

race: setup
	$(GO) test -race -timeout 20m ./...

# Every fuzz target for a minute, one after the other. Without a bound Go would spend that on making findings smaller.
FUZZTIME ?= 60s
fuzz: setup
	@set -e; for package in $$($(GO) list ./...); do \
		for target in $$($(GO) test -run '^$$' -list '^Fuzz' $$package | grep '^Fuzz' || true); do \
			echo "$$package $$target"; \
			$(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 1x $$package; \
		done; \
	done

lint: setup vulncheck contract
	$(GO) vet ./...
	$(GO) run $(GOLANGCI_LINT) run ./...
	cd deploy/composecheck && $(GO) run . ../../docker-compose.yml

# Collectors against the platforms' own descriptions and clients, which are too heavy for go.mod.
contract:
	cd collectors/contract && $(GO) vet . && $(GO) run . ../..

# Fails on what our own calls reach in a module of go.mod; findings in the installed Go are printed only.
vulncheck: setup
	cd .ci/vulncheck && $(GO) run . ../..

# node_modules stays: it is only downloaded.
clean:
	rm -rf bin reports/assets/vendor/echarts.min.js reports/assets/vendor/LICENSE reports/assets/vendor/NOTICE
