# make test is all that a fresh machine needs: it installs the real servers the
# tests talk to, then runs everything.

.DEFAULT_GOAL := help
GO ?= go
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.6.1
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
test: parts vet ## Install what is needed, then run everything
	$(GO) mod verify
	SIGNET_TEST_PARTS=all $(GO) test -race -shuffle=on -count=1 -timeout 15m $(TESTFLAGS) $(PACKAGES)

.PHONY: check
check: vet ## Quick: format, vet, tests without race detector
	$(GO) test $(PACKAGES)

.PHONY: vet
vet: ## Format and vet
	@bad=$$(gofmt -l $$(git ls-files '*.go')); if [ -n "$$bad" ]; then echo "not formatted by gofmt:"; echo "$$bad"; exit 1; fi
	$(GO) vet ./...

.PHONY: lint
lint: ## staticcheck, and golangci-lint if it is installed
	$(GO) run $(STATICCHECK) ./...
	@if command -v golangci-lint >/dev/null; then golangci-lint run; fi

.PHONY: bench
bench: parts ## Measure beside floors and print the ratios
	SIGNET_TEST_PARTS=all $(GO) run ./bench

.PHONY: fuzz
fuzz: ## Run each fuzz target for 30 seconds
	./scripts/fuzz 30s

.PHONY: reproducible
reproducible: ## Build twice in two folders and compare
	./scripts/reproducible

.PHONY: schema
schema: ## Write config/schema.json from the types
	$(GO) generate ./config
