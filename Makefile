# `make demo` shows what presencia does, `make test` proves it; both do all their own set-up and need only Go, npm and make.

GO      ?= go
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)

# The tools are pinned here and not in go.mod, where they would bring a thousand sums of their own.
GOLANGCI_LINT := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0

engine := node_modules/.package-lock.json
charts := reports/assets/vendor/echarts.min.js

.DEFAULT_GOAL := build
.PHONY: build setup demo test race lint vulncheck bench clean

build: setup ## bin/presencia
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '-s -w -X main.version=$(VERSION)' -o bin/presencia ./cmd/presencia

setup: $(engine) $(charts) ## third-party files: the engine and ECharts

# npm writes this file last, so it is newer than the lock exactly when everything in it is installed.
$(engine): package.json package-lock.json .npmrc
	npm ci
	@touch $@

$(charts): $(engine)
	cp node_modules/echarts/dist/echarts.min.js node_modules/echarts/LICENSE node_modules/echarts/NOTICE $(@D)

demo: build ## a simulated institution, from collection over HTTP to both reports
	bin/presencia demo

test: setup ## everything, on the real engine
	$(GO) test ./...

race: setup
	$(GO) test -race ./...

lint: setup vulncheck ## style, import rules, known vulnerabilities, docker-compose.yml
	$(GO) vet ./...
	$(GO) run $(GOLANGCI_LINT) run ./...
	cd deploy/composecheck && $(GO) run . ../../docker-compose.yml

# Fails on what our own calls reach in a module of go.mod; findings in the installed Go are printed only.
vulncheck: setup
	cd .ci/vulncheck && $(GO) run . ../..

clean: ## what was built; node_modules stays (rm -r it by hand)
	rm -rf bin dist $(charts) reports/assets/vendor/LICENSE reports/assets/vendor/NOTICE
