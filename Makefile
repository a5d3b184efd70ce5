BUN := node_modules/.bin/bun
BUN_VERSION := 1.4.5
BINARY := dist/connaisseur
SOURCES := $(shell find src -type f) package.json bun.lock

.PHONY: help demo test e2e soak fuzz build bench conformance image install upgrade uninstall annihilate generate lint clean
.DEFAULT_GOAL := help

help: ## Show the targets
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## / { printf "  %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: build ## Play an API server and a Notary against the built binary (KEEP=1 stays up)
	@KEEP=$(KEEP) $(BUN) spec/demo/demo.ts

test: node_modules ## Run all specs, two files at a time; no network, no root
	@$(BUN) test --timeout 30000 --parallel=2 --no-isolate

e2e: build ## Run against real servers: Notary, registry, a Kubernetes control plane (NAME=cluster: those only)
	@$(BUN) spec/e2e/run.ts $(NAME)

conformance: node_modules ## Run a checkout of sigstore-conformance (SUITE=DIR) against trust/sigstore
	@$(BUN) spec/support/conformance/run.ts '$(SUITE)'

soak: build ## Let everything around the built binary fail under load (SHORT=1: half a minute)
	@$(BUN) spec/soak/run.ts $(if $(SHORT),--short)

fuzz: node_modules ## Try hostile inputs for a minute (SECONDS=n, TARGET=name, FROM=n, SEED=n)
	@SECONDS=$(or $(SECONDS),60) $(if $(TARGET),TARGET=$(TARGET)) $(if $(SEED),SEED=$(SEED)) $(if $(FROM),FROM=$(FROM)) $(BUN) spec/fuzz/run.ts

build: $(BINARY) ## Compile dist/connaisseur

bench: build ## Measure speed and memory
	@$(BUN) bench/run.ts

image: ## Build the container image (IMAGE=, PLATFORM=, ENGINE=, BUILDER=, RUNTIME=)
	@deploy/image.sh

install: ## Install the chart (CONTEXT=, NAMESPACE=, VALUES=, IMAGE=, HELM_ARGS=; YES=1 does not ask)
	@deploy/release.sh install

upgrade: ## Upgrade what is installed
	@deploy/release.sh upgrade

uninstall: ## Uninstall it and delete its namespace
	@deploy/release.sh uninstall

annihilate: ## Delete everything of Connaisseur, when an installation went wrong
	@deploy/release.sh annihilate

generate: node_modules ## Write what is generated: the chart's schema of values and its README
	@$(BUN) generate/run.ts

lint: node_modules ## Check format, rules and types
	@node_modules/.bin/biome check --error-on-warnings
	@node_modules/.bin/tsc

clean: ## Remove what was built and installed
	rm -rf dist node_modules

node_modules: package.json bun.lock
	@npx --yes bun@$(BUN_VERSION) install --frozen-lockfile
	@touch node_modules

$(BINARY): $(SOURCES) node_modules
	@mkdir -p dist && rm -f dist/*.map
	@$(BUN) run --silent compile --outfile $@
