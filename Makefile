# make test is all that a fresh machine needs: it installs the real servers the
# tests talk to, then runs everything.

.DEFAULT_GOAL := help
SHELL := /bin/bash
GO ?= go
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
# The engine of SQLite, C turned into Go, is left out of the search for data races:
# it shares nothing with our code but what it is handed, and takes four times as long.
RACE := -race -gcflags=modernc.org/sqlite/lib=-race=false -gcflags=modernc.org/libc=-race=false
# Test runs share the processors with the servers they start.
PACKAGES ?= ./...

.PHONY: help
help: ## Show this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: build
build: ## Build bin/signet
	CGO_ENABLED=0 $(GO) build -trimpath -o bin/signet ./cmd/signet

.PHONY: run
run: ## Run the server on its defaults
	$(GO) run ./cmd/signet serve

.PHONY: parts
parts: ## Install the real servers that the tests need
	./scripts/install-parts

.PHONY: test
test: parts lint ## Install what is needed, then run everything
	$(GO) mod verify
	SIGNET_TEST_PARTS=all $(GO) test $(RACE) -shuffle=on -count=1 -timeout 15m $(TESTFLAGS) $(PACKAGES)

.PHONY: test-keycloak
test-keycloak: parts ## Against a real Keycloak, which is loaded once (170 MB)
	$(GO) vet -tags keycloak ./e2e/...
	home=$$(./scripts/install-keycloak) && SIGNET_TEST_PARTS=all SIGNET_TEST_KEYCLOAK=$$home \
		$(GO) test -p 1 -tags keycloak $(RACE) -count=1 -timeout 15m $(TESTFLAGS) -run Keycloak ./e2e/...

.PHONY: test-traefik
test-traefik: parts ## Against a real Traefik, which is to be in PATH
	$(GO) vet -tags traefik ./e2e/...
	SIGNET_TEST_PARTS=all $(GO) test -tags traefik $(RACE) -count=1 -timeout 15m $(TESTFLAGS) -run Traefik ./e2e/...

.PHONY: check
check: lint ## Quick: format, vet, staticcheck, tests without the race detector
	$(GO) test $(PACKAGES)

.PHONY: vet
vet: ## Format and vet
	@bad=$$(gofmt -l .); if [ -n "$$bad" ]; then echo "not formatted by gofmt:"; echo "$$bad"; exit 1; fi
	$(GO) vet ./...

.PHONY: lint
lint: vet ## The same and staticcheck
	$(GO) run $(STATICCHECK) ./...

.PHONY: style
style: ## golangci-lint, which needs to be installed by hand
	golangci-lint run

.PHONY: bench
bench: parts ## Measure beside floors and print the ratios
	set -o pipefail; SIGNET_TEST_PARTS=all $(GO) test -run '^$$' -bench . -benchmem ./bench/... | ./scripts/ratios

.PHONY: fuzz
fuzz: ## Run each fuzz target for 30 seconds
	./scripts/fuzz 30s

.PHONY: reproducible
reproducible: ## Build twice in two folders, the second from nothing, and compare
	./scripts/reproducible

.PHONY: schema
schema: ## Write config/schema.json from the types
	$(GO) generate ./config
