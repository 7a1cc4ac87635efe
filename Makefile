# GNU make. `make help` lists the targets.

PREFIX ?= /usr/local
DESTDIR ?=
CARGO ?= cargo
TARGET_DIR = $(or $(CARGO_TARGET_DIR),target)

bindir = $(PREFIX)/bin
mandir = $(PREFIX)/share/man/man1
bashdir = $(PREFIX)/share/bash-completion/completions
zshdir = $(PREFIX)/share/zsh/site-functions
fishdir = $(PREFIX)/share/fish/vendor_completions.d

.DEFAULT_GOAL := help
.PHONY: help build demo test bench lint lint-deps install uninstall clean

help:
	@echo 'make demo       build mech and show what it does, on a private nginx'
	@echo 'make test       install what the tests need (Debian, root) or say it, and run them'
	@echo 'make lint       rustfmt, clippy, shell scripts, licences and sources of dependencies'
	@echo 'make bench      measure mech beside mechanic 1.8.0 (minutes)'
	@echo 'make build      build the release binary'
	@echo 'make install    binary, man pages, completions under PREFIX ($(PREFIX)); honours DESTDIR'
	@echo 'make uninstall  remove what install put there'
	@echo 'make clean      remove what was built'

build:
	$(CARGO) build --release --locked

demo: build
	@sh scripts/setup nginx curl
	@sh demo/run "$(TARGET_DIR)/release"

test:
	@sh scripts/setup nginx curl openssl bash zsh fish node npm c++ make python3
	$(CARGO) test --locked

bench:
	@sh scripts/setup nginx curl openssl node npm c++ make python3
	$(CARGO) bench --locked --bench compare

lint: lint-deps
	$(CARGO) fmt --check
	$(CARGO) clippy --locked --all-targets -- -D warnings
	@sh scripts/lint-shell demo/run scripts/* .ci/run

lint-deps:
	@sh scripts/lint-deps

# The state folder /var/lib/mech is not made here: mech makes it with its first change.
install:
	@# Under sudo there may be no cargo; what was built before is installed then.
	@if command -v "$(CARGO)" >/dev/null || [ ! -x "$(TARGET_DIR)/release/mech" ]; then \
	    $(MAKE) --no-print-directory build; fi
	install -d "$(DESTDIR)$(bindir)" "$(DESTDIR)$(mandir)" "$(DESTDIR)$(bashdir)" \
	    "$(DESTDIR)$(zshdir)" "$(DESTDIR)$(fishdir)"
	install -m 755 "$(TARGET_DIR)/release/mech" "$(DESTDIR)$(bindir)/mech"
	install -m 644 man/*.1 "$(DESTDIR)$(mandir)"
	install -m 644 completions/mech.bash "$(DESTDIR)$(bashdir)/mech"
	install -m 644 completions/_mech "$(DESTDIR)$(zshdir)/_mech"
	install -m 644 completions/mech.fish "$(DESTDIR)$(fishdir)/mech.fish"

# Registry, history, mech.conf and override files stay: see "Uninstalling" in README.md.
uninstall:
	rm -f "$(DESTDIR)$(bindir)/mech" "$(DESTDIR)$(bashdir)/mech" \
	    "$(DESTDIR)$(zshdir)/_mech" "$(DESTDIR)$(fishdir)/mech.fish"
	for page in man/*.1; do rm -f "$(DESTDIR)$(mandir)/$${page#man/}"; done

clean:
	$(CARGO) clean
