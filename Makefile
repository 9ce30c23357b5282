# Ping! — what there is to do with a checkout:
#
#   make run      build everything and start the demo on http://127.0.0.1:8000
#   make test     everything there is to test
#   make check    formatting, linters (go vet is one), generated files fresh: Go and pages
#   make bench    measure the whole program beside a bare client (docs/benchmarks.md)
#   make lighthouse  judge sign-in and inbox as on a phone, time messages (docs/benchmarks.md)
#   make month    30 days of a shop's pace on a virtual clock, as a chart
#   make breaks   what breaks, at its full size: 500 devices, databases gone for a minute, every call failing once
#   make soak     200 devices for 30 minutes on a network that misbehaves (docs/benchmarks.md)
#   make bench-broadcast  a broadcast to a million, and one that is killed ten times (docs/benchmarks.md)
#   make microbench  the packages' own benchmarks
#   make build    bin/pingcrm alone
#   make generate write the generated files anew
#   make fmt      format the Go code and the pages
#   make clean    remove what was built (never ./data)
#
# Needed: Go (the version in go.mod or newer), Node 20 or newer, make, git.
# Whatever else a target needs it finds, installs (as root, with apt-get) or
# names. docs/adr/0002 says why it is so.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

GO ?= go
TOOLS := $(CURDIR)/.tools
GOFUMPT_VERSION := v0.12.0
GOLANGCI_VERSION := v2.15.0
GOTESTSUM_VERSION := v1.13.0
GOFUMPT := $(TOOLS)/gofumpt-$(GOFUMPT_VERSION)
GOLANGCI := $(TOOLS)/golangci-lint-$(GOLANGCI_VERSION)
GOTESTSUM := $(TOOLS)/gotestsum-$(GOTESTSUM_VERSION)

# One way of compiling for all targets, so that each finds what the others have compiled; -race alone needs another.
# nodynamic keeps the WebP codec from looking for the machine's libwebp, for which the file would have to be linked to its libc.
export CGO_ENABLED := 0
export GOFLAGS := -trimpath -tags=nodynamic

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
BINARY := bin/pingcrm

# What `make test` looks at: make test PKG=./wasim/... RUN=TestPair
PKG ?= ./...
RUN ?=
TESTFLAGS ?= -vet=off -ldflags=-w -shuffle=on -timeout=20m
BENCH ?= .

.PHONY: run build test test-go test-node test-e2e check fmt-check lint lint-web generated bench lighthouse month breaks soak bench-broadcast microbench generate fmt clean tools

run: build
	exec $(BINARY) serve --demo $(ARGS)

# go build is its own judge of what is up to date. What is run is a copy, as it is wherever the program is installed: what
# the linker has just written lies in the system's cache in pieces of 2 MiB, and each is in memory whole when a byte of it is used.
build: web
	$(GO) build -ldflags '-s -w -X main.version=$(VERSION)' -o bin/.linked ./cmd/pingcrm
	cmp -s bin/.linked $(BINARY) || { cp bin/.linked $(BINARY).new && mv $(BINARY).new $(BINARY); }

# Folders with a build script of their own (the dashboard) come before the
# binary that carries their result.
.PHONY: web
web:
	GO='$(GO)' scripts/node build

test: test-go test-node test-e2e

test-go: $(GOTESTSUM)
	scripts/test-go $(GOTESTSUM) '$(PKG)' '$(RUN)' $(TESTFLAGS)

test-node:
	GO='$(GO)' scripts/node test

# The pages in a browser, against the built program: make test-e2e PAGES=inbox. Pictures of them are in web/e2e/out/shots.
PAGES ?=
test-e2e: build
	scripts/need chromium
	cd web && npm run --silent e2e -- $(PAGES)

check: fmt-check lint lint-web generated

fmt-check: $(GOFUMPT)
	scripts/fmt-check $(GOFUMPT)

# All of go vet is among the linters.
lint: $(GOLANGCI)
	$(GOLANGCI) run ./...

lint-web:
	scripts/node lint

generated:
	scripts/check-generated

generate:
	$(GO) generate ./...

fmt: $(GOFUMPT)
	scripts/go-files | xargs -0 $(GOFUMPT) -w
	scripts/node fix

bench: build
	$(GO) run ./internal/bench $(ARGS)

# Lighthouse is fetched by npx; PING_LIGHTHOUSE names one that is there.
lighthouse: build
	scripts/need chromium
	cd web && npm run --silent speed

soak: build
	$(GO) run ./internal/bench soak $(ARGS)

bench-broadcast: build
	$(GO) run ./internal/kit/pgtest/withpostgres $(GO) run ./internal/bench broadcast $(ARGS)

# The sizes at which things break in shops; make test takes smaller ones. Races are not looked for, of which these have few.
BREAKS := PING_TEST_CALLS_EVERY=1 PING_TEST_CHAOS=200 PING_TEST_CHATS=50000 PING_TEST_CHURN=60 \
	PING_TEST_CHURN_DEVICES=200 PING_TEST_DEVICES=500 PING_TEST_DOWN_SECONDS=60 \
	PING_TEST_LOCK_SECONDS=60 PING_TEST_MEMBERS=1000 PING_TEST_OUTAGE_SECONDS=60 PING_TEST_QUEUE=5000 \
	PING_TEST_SMALL_DEVICES=200 PING_TEST_STARTS=40 PING_TEST_STEPS=60 PING_TEST_STRANGERS=500 PING_TEST_UPLOADS=2000

breaks: $(GOTESTSUM)
	$(BREAKS) PING_TEST_RACE=off scripts/test-go $(GOTESTSUM) './internal/app/apptest ./internal/device/whatsapp' '$(RUN)' -vet=off -timeout=90m

month:
	$(GO) run ./internal/bench month $(ARGS)

microbench:
	$(GO) run ./internal/kit/pgtest/withpostgres $(GO) test -run '^$$' -bench '$(BENCH)' -benchmem -timeout 30m $(PKG)

clean:
	rm -rf bin

# The tools are built once per version and kept in .tools.
tools: $(GOFUMPT) $(GOLANGCI) $(GOTESTSUM)

$(GOFUMPT):
	scripts/tool $@ mvdan.cc/gofumpt@$(GOFUMPT_VERSION)

$(GOLANGCI):
	scripts/tool $@ github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_VERSION)

$(GOTESTSUM):
	scripts/tool $@ gotest.tools/gotestsum@$(GOTESTSUM_VERSION)
