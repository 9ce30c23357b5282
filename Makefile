# Ping! — what there is to do with a checkout:
#
#   make run      build everything and start the demo on http://127.0.0.1:8000
#   make test     everything there is to test
#   make check    formatting, vet, linters, generated files fresh
#   make bench    measure the whole program beside a bare client (docs/benchmarks.md)
#   make soak     200 devices for 30 minutes on a network that misbehaves (docs/benchmarks.md)
#   make microbench  the packages' own benchmarks
#   make build    bin/pingcrm alone
#   make generate write the generated files anew
#   make fmt      format the Go code
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
GOFUMPT := $(TOOLS)/gofumpt-$(GOFUMPT_VERSION)
GOLANGCI := $(TOOLS)/golangci-lint-$(GOLANGCI_VERSION)

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
BINARY := bin/pingcrm

# What `make test` looks at: make test PKG=./wasim/... RUN=TestPair
PKG ?= ./...
RUN ?=
TESTFLAGS ?= -shuffle=on -timeout=20m
BENCH ?= .

.PHONY: run build test test-go test-node check fmt-check vet lint generated bench soak microbench generate fmt clean tools

run: build
	exec $(BINARY) serve --demo $(ARGS)

# go build is its own judge of what is up to date. nodynamic keeps the WebP codec
# from looking for the machine's libwebp, for which the file would have to be linked to its libc.
build: web
	CGO_ENABLED=0 $(GO) build -tags nodynamic -trimpath -ldflags '-s -w -X main.version=$(VERSION)' -o $(BINARY) ./cmd/pingcrm

# Folders with a build script of their own (the dashboard) come before the
# binary that carries their result.
.PHONY: web
web:
	scripts/node build

test: test-go test-node

test-go:
	scripts/test-go '$(PKG)' '$(RUN)' $(TESTFLAGS)

test-node:
	scripts/node test

check: fmt-check vet lint generated

fmt-check: $(GOFUMPT)
	scripts/fmt-check $(GOFUMPT)

vet:
	$(GO) vet ./...

lint: $(GOLANGCI)
	$(GOLANGCI) run ./...

generated:
	scripts/check-generated

generate:
	$(GO) generate ./...

fmt: $(GOFUMPT)
	scripts/go-files | xargs -0 $(GOFUMPT) -w

bench: build
	$(GO) run ./internal/bench $(ARGS)

soak: build
	$(GO) run ./internal/bench soak $(ARGS)

microbench:
	$(GO) run ./internal/kit/pgtest/withpostgres $(GO) test -run '^$$' -bench '$(BENCH)' -benchmem -timeout 30m $(PKG)

clean:
	rm -rf bin

# The linters are built once per version and kept in .tools.
tools: $(GOFUMPT) $(GOLANGCI)

$(GOFUMPT):
	scripts/tool $@ mvdan.cc/gofumpt@$(GOFUMPT_VERSION)

$(GOLANGCI):
	scripts/tool $@ github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_VERSION)
