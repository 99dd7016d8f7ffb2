# For developing and trying libseerflow; packagers use CMakeLists.txt. `make help` lists the targets.

CARGO ?= cargo
CC ?= cc
PREFIX ?= /usr/local
SEERFLOW_CLI ?= seerflow
BUILD := target/cmake
STRICT := -std=c99 -Wall -Wextra -Wpedantic -Werror -O2
export CARGO

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z][a-z-]*:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: need-cargo need-cc ## Build the library, store the sample logs through the C API and look at them
	@$(CARGO) build --release --locked --lib --no-default-features --features=postgres,graph-servers
	@mkdir -p target/demo
	@$(CC) $(STRICT) -Iinclude $(wildcard bindings/c/examples/demo*.c) target/release/libseerflow.a -lpthread -ldl -lm -o target/demo/demo
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && target/demo/demo bindings/c/examples/logs "$$folder/seerflow.db"

build: need-cargo ## Build the library and the command-line program into target/release
	$(CARGO) build --release --locked

install: need-cargo need-cc need-cmake ## Install library, header, program and documents under PREFIX (/usr/local)
	cmake -S . -B $(BUILD)-install -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX='$(PREFIX)' -DSEERFLOW_CLI=$(SEERFLOW_CLI)
	cmake --build $(BUILD)-install
	cmake --install $(BUILD)-install

check: need-cargo ## Check a change within minutes: formatting, imports, lints, the header, tests of the library's modules
	$(CARGO) fmt --check
	@if command -v python3 >/dev/null; then tests/layers.py; fi
	$(CARGO) clippy --locked --all-features -- -D warnings
	$(CARGO) test --locked --all-features --lib --test header -- --skip hostile

test: need-cargo ## Run every test; SUITES="rust c" for some
	@tests/run.sh $(SUITES)

proof: need-cargo ## Run the long forms of all tests (hours), and make the table of docs/reliability.md
	@tests/proof.sh

fuzz: need-cargo ## Fuzz each parser for SECONDS (60); needs a nightly toolchain, installs cargo-fuzz into target
	@tests/fuzz.sh $(or $(SECONDS),60)

bench: need-cargo ## Measure everything; BENCHES="compare query" for some
	@tests/services/up.sh age falkordb >/dev/null || echo "without these servers: the graph on servers is not measured"
	@benches/run.sh $(BENCHES)

services: ## Start PostgreSQL, Apache AGE and FalkorDB to try things: in containers where an engine is up, natively where not
	@tests/services/people.sh up

services-down: ## Stop them
	@tests/services/people.sh down

header: need-cargo ## Make include/seerflow.h from src/ffi
	UPDATE_HEADER=1 $(CARGO) test --locked --test header

reference: ## Make the reference of the C API (target/reference: HTML and manual pages)
	@command -v doxygen >/dev/null || { echo "doxygen is not installed: apt install doxygen"; exit 1; }
	@mkdir -p target/reference
	doxygen docs/reference/Doxyfile

docs: ## Build the documents as a site (target/site/html), and check its links
	@docs/site/build.py "$$(docs/site/mdbook.sh)"

dist: need-cargo need-cc need-cmake ## Build all packages that users install into target/dist/out
	@rm -rf target/dist/out
	@for target in $(or $(TARGETS),x86_64-unknown-linux-gnu); do packaging/dist.sh $$target || exit 1; done

dist-again: need-cargo need-cc need-cmake ## Build them again in another folder, and compare the bytes
	@packaging/again.sh $(TARGETS)

dist-check: ## Install those packages into empty Debian systems, as root
	@packaging/check.sh

release-check: ## Check that the tree can be released: one version, a dated section in CHANGELOG.md, nothing uncommitted
	@packaging/version.py release

fmt: need-cargo ## Format the Rust sources
	$(CARGO) fmt

clean: ## Remove what was built
	rm -rf target

need-cargo:
	@command -v $(CARGO) >/dev/null || { echo "cargo is not installed. Install Rust: https://rustup.rs"; exit 1; }
need-cc:
	@command -v $(CC) >/dev/null || { echo "$(CC) is not installed. Install a C compiler: apt install gcc, or set CC"; exit 1; }
need-cmake:
	@command -v cmake >/dev/null || { echo "cmake is not installed: apt install cmake"; exit 1; }

.PHONY: help demo build install check test proof fuzz bench services services-down header reference docs dist dist-again dist-check release-check fmt clean need-cargo need-cc need-cmake
