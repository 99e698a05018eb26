# SPDX-License-Identifier: GPL-2.0-or-later
# The verbs people type. The build itself is meson.build.

MAKEFLAGS += --no-print-directory
JOBS ?= $(shell nproc)
release = build
dev = build-test

.PHONY: all deps demo test bench fuzz lint fmt metrics install clean

all: $(release)/build.ninja
	@ninja -j $(JOBS) -C $(release)

$(release)/build.ninja:
	@tools/deps build
	@meson setup $(release) --buildtype=release -Ddebug=true

$(dev)/build.ninja:
	@tools/deps build test
	@meson setup $(dev) -Ddev=true -Db_sanitize=address,undefined

deps:
	@tools/deps

demo: all
	@tools/demo

# The sanitised programs, and the release ones for what a sanitizer would distort.
test:
	@tools/deps build test
	@tools/deps vm || echo "make: the VM bench is not whole; its tests will skip" >&2
	@$(MAKE) all $(dev)/build.ninja
	@ninja -j $(JOBS) -C $(dev)
	@tools/run-tests $(dev)

bench:
	@tools/deps build bench
	@$(MAKE) all
	@meson test -C $(release) --no-rebuild --benchmark --verbose --num-processes 1

fuzz:
	@tools/deps build fuzz
	@tools/fuzz

lint:
	@tools/deps build test lint
	@$(MAKE) $(dev)/build.ninja
	@tools/lint $(dev)

fmt:
	@tools/deps lint
	@git ls-files '*.[ch]' '*.cc' | xargs clang-format -i
	@git ls-files '*.[ch]' '*.cc' | xargs clang-format -i # breaking a comment takes it two passes

metrics:
	@tools/deps build
	@tools/metrics

install: all
	@meson install --no-rebuild -C $(release)

clean:
	rm -rf $(release) $(dev)
