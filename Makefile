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
unitdir = $(PREFIX)/lib/systemd/system
units = mech-refresh.service mech-refresh.timer

.DEFAULT_GOAL := help
.PHONY: help build demo test soak test-versions bench bench-traffic bench-options lint lint-deps lint-nginx install uninstall clean

help:
	@echo 'make demo       build mech and show what it does, on a private nginx'
	@echo 'make test       install what the tests need (Debian, root) or say it, and run them'
	@echo 'make test-versions  run the option matrix on nginx 1.18, 1.22, 1.26 and 1.30 (Debian, no root)'
	@echo 'make soak       ten minutes of all kinds of clients while sites change every second'
	@echo 'make lint       rustfmt, clippy, shell scripts, licences and sources of dependencies'
	@echo 'make lint-nginx gixy and crossplane (from PyPI) judge the golden texts; part of test too'
	@echo 'make bench      measure mech beside mechanic 1.8.0 (minutes)'
	@echo 'make bench-traffic  requests a second beside mechanic, a hand-tuned nginx, Caddy, HAProxy (15 minutes)'
	@echo 'make bench-options  what each option costs nginx, for 1,000 sites (minutes)'
	@echo 'make build      build the release binary'
	@echo 'make install    binary, man pages, completions, units under PREFIX ($(PREFIX)); honours DESTDIR'
	@echo 'make uninstall  remove what install put there'
	@echo 'make clean      remove what was built'

build:
	$(CARGO) build --release --locked

demo: build
	@sh scripts/setup nginx curl
	@sh demo/run "$(TARGET_DIR)/release"

test:
	@sh scripts/setup nginx curl openssl bash zsh fish node npm c++ make python3 ip
	$(CARGO) test --locked
	@# 3: the judges could not be fetched, which has been said.
	@sh scripts/lint-nginx || [ $$? -eq 3 ]

soak:
	@sh scripts/setup nginx curl openssl
	MECH_SOAK_SECONDS=600 $(CARGO) test --locked --test it soak:: -- --nocapture

# The versions are unpacked below the target folder, once; nothing is installed.
test-versions:
	@sh scripts/setup nginx curl openssl node python3 ip
	@sh scripts/nginx-versions "$(TARGET_DIR)/nginx"
	@# 3: the HTTP/3 client could not be fetched, which has been said.
	@sh scripts/http3-client "$(TARGET_DIR)/http3" || [ $$? -eq 3 ]
	MECH_NGINX_VERSIONS="$(abspath $(TARGET_DIR))/nginx" $(CARGO) test --locked --test it versions::

bench:
	@sh scripts/setup nginx curl openssl node npm c++ make python3
	$(CARGO) bench --locked --bench compare

# Caddy and HAProxy are unpacked below the target folder where they are not installed; no service starts.
bench-traffic:
	@sh scripts/setup nginx curl wrk node npm c++ make python3
	@sh scripts/unpack "$(TARGET_DIR)/bench/rivals" caddy haproxy
	$(CARGO) bench --locked --bench traffic

bench-options:
	@sh scripts/setup nginx openssl node npm c++ make python3
	$(CARGO) bench --locked --bench options

lint: lint-deps
	$(CARGO) fmt --check
	$(CARGO) clippy --locked --all-targets -- -D warnings
	@sh scripts/lint-shell demo/run $(filter-out %.py %.txt,$(wildcard scripts/*)) .ci/run

lint-deps:
	@sh scripts/lint-deps

lint-nginx:
	@sh scripts/lint-nginx

# The state folder /var/lib/mech is not made here: mech makes it with its first change.
install:
	@# Under sudo there may be no cargo; what was built before is installed then.
	@if command -v "$(CARGO)" >/dev/null || [ ! -x "$(TARGET_DIR)/release/mech" ]; then \
	    $(MAKE) --no-print-directory build; fi
	install -d "$(DESTDIR)$(bindir)" "$(DESTDIR)$(mandir)" "$(DESTDIR)$(bashdir)" \
	    "$(DESTDIR)$(zshdir)" "$(DESTDIR)$(fishdir)" "$(DESTDIR)$(unitdir)"
	install -m 755 "$(TARGET_DIR)/release/mech" "$(DESTDIR)$(bindir)/mech"
	install -m 644 man/*.1 "$(DESTDIR)$(mandir)"
	install -m 644 completions/mech.bash "$(DESTDIR)$(bashdir)/mech"
	install -m 644 completions/_mech "$(DESTDIR)$(zshdir)/_mech"
	install -m 644 completions/mech.fish "$(DESTDIR)$(fishdir)/mech.fish"
	for unit in $(units); do \
	    sed 's,/usr/local/bin,$(bindir),' contrib/systemd/$$unit >"$(DESTDIR)$(unitdir)/$$unit" && \
	    chmod 644 "$(DESTDIR)$(unitdir)/$$unit" || exit; done

# Registry, history, mech.conf and override files stay: see "Uninstalling" in README.md.
uninstall:
	rm -f "$(DESTDIR)$(bindir)/mech" "$(DESTDIR)$(bashdir)/mech" \
	    "$(DESTDIR)$(zshdir)/_mech" "$(DESTDIR)$(fishdir)/mech.fish"
	for page in man/*.1; do rm -f "$(DESTDIR)$(mandir)/$${page#man/}"; done
	for unit in $(units); do rm -f "$(DESTDIR)$(unitdir)/$$unit"; done

clean:
	$(CARGO) clean
