# SPDX-License-Identifier: GPL-2.0-only
#
# make demo	stream from a simulated camera in a VM: pictures in build/demo/
# make test	all tests
# make help	list all targets

# The kernel's build system reads Kbuild, not this file.

SHELL := /bin/bash
B := build
WARN := -Wall -Wextra -Wno-unused-parameter
CFLAGS ?= -O2 -g
override CPPFLAGS += -D_GNU_SOURCE=
override CFLAGS += -std=gnu11 $(WARN) -MMD -MP
# Not -fno-sanitize-recover: with it gcc 12 omits checks of ASan. tests/run makes UBSan halt.
SANITIZE := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined

core_src := $(wildcard driver/core/*.c)
device_src := $(wildcard firmware/device/*.c)
camera_src := $(filter-out firmware/camera/omvcam.c,$(wildcard firmware/camera/*.c)) \
	      $(wildcard firmware/ports/*/*.c)
unit_tests := $(patsubst tests/unit/%.c,$(B)/unit/%,$(wildcard tests/unit/test_*.c))
fuzz_targets := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
programs := $(B)/omvcam $(B)/conformance $(B)/jpeginfo $(B)/v4l2test $(B)/sim \
	    $(B)/omvctl $(unit_tests) $(fuzz_targets:%=$(B)/replay/%)

camera_libs = $(shell pkg-config --libs libturbojpeg libjpeg json-c libcbor) -pthread -lm
usb_flags = $(shell pkg-config --cflags libusb-1.0)
usb_libs = $(shell pkg-config --libs libusb-1.0)

# Print one line per command; V=1 prints the commands.
ifneq ($(V),1)
Q := @
say = @printf '  %-6s %s\n' $(1) $@
endif

# Objects for programs, and objects with sanitizers for tests.
objs = $(patsubst %.c,$(B)/obj/%.o,$(1))
asan_objs = $(patsubst %.c,$(B)/asan/%.o,$(1))

.SECONDARY:
.PHONY: all demo test check vm try bench browser fuzz install install-tools uninstall uninstall-tools deb lint clean help deps module docs

all: deps
	@$(MAKE) --no-print-directory -j$$(nproc) programs

help:
	@sed -n 's/^# make/make/p; s/^#: //p' Makefile

#: make check	tests that need no VM, in about a minute
#: make vm	a shell in a VM with a camera plugged in; KERNEL=6.1|6.12|debug CAM="..."
#: make try	the same, and the camera runs a script of yours: SCRIPT=my.py, KERNEL=6.1|6.12|debug
#: make bench	speed, CPU time, latency, growth; KERNEL=6.1|6.12
#: make fuzz	libFuzzer looks for what breaks the core; FUZZ_SECONDS=60 for each target
#: make install	the module, on a machine that can load it, and omvctl
#: make uninstall	remove them
#: make install-tools	omvctl only, with its manual page; PREFIX=/usr/local DESTDIR=
#: make deb	Debian packages, in build/deb/
#: make browser	a page in Chromium uses the camera; a picture of it in build/browser/
#: make lint	checkpatch, sparse, clang, W=1, Arm, kernel-doc, layers; tests/lint NAME: one of them
#: make docs	Documentation/ as HTML, in build/docs/

deps:
	@tests/deps build

.PHONY: programs
programs: $(programs)

$(B)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(usb_flags_$(firstword $(subst /, ,$*))) -c -o $@ $<

$(B)/asan/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(SANITIZE) -c -o $@ $<

usb_flags_tests = $(usb_flags)

$(B)/omvcam: $(call objs,firmware/camera/omvcam.c $(camera_src) $(device_src) \
		driver/core/omv_crc.c driver/core/omv_parser.c)
	$(call say,LD)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(camera_libs)

$(B)/conformance: $(call objs,$(wildcard tests/conformance/*.c))
	$(call say,LD)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(usb_libs)

$(B)/bench/client: $(call objs,$(wildcard tests/bench/bench*.c) firmware/camera/jpeg.c \
		tests/conformance/conf_usb.c tests/conformance/conf_packet.c)
	@mkdir -p $(@D)
	$(call say,LD)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(usb_libs)

$(B)/bench/uvc_camera: $(call objs,$(wildcard tests/bench/uvc*.c) $(camera_src) $(device_src) \
		driver/core/omv_crc.c driver/core/omv_parser.c)
	@mkdir -p $(@D)
	$(call say,LD)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(camera_libs)

$(B)/jpeginfo: $(call objs,$(wildcard tests/lib/*.c))
	$(call say,LD)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(camera_libs)

$(B)/v4l2test: $(call objs,tests/vm/v4l2test.c)
	$(call say,LD)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ -pthread

$(B)/omvctl: $(call objs,$(wildcard tools/*.c))
	$(call say,LD)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(shell pkg-config --libs json-c)

$(B)/libopenmv-device.a: $(call objs,$(device_src) driver/core/omv_crc.c driver/core/omv_parser.c)
	$(call say,AR)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(B)/sim: $(call asan_objs,$(wildcard tests/sim/*.c) $(core_src) $(device_src))
	$(call say,LD)
	$(Q)$(CC) $(SANITIZE) -o $@ $^

$(B)/unit/%: $(B)/asan/tests/unit/%.o $(call asan_objs,$(core_src) $(device_src) $(camera_src))
	@mkdir -p $(@D)
	$(call say,LD)
	$(Q)$(CC) $(SANITIZE) -o $@ $^ -lcmocka $(camera_libs)

# Fuzz targets that only run their corpus: make check tests old findings without clang.
$(B)/replay/%: $(B)/asan/tests/fuzz/fuzz_%.o $(call asan_objs,tests/fuzz/replay.c $(core_src))
	@mkdir -p $(@D)
	$(call say,LD)
	$(Q)$(CC) $(SANITIZE) -o $@ $^

$(B)/fuzz/%: tests/fuzz/fuzz_%.c $(core_src) $(wildcard driver/core/*.h) tests/fuzz/fuzz.h
	@mkdir -p $(@D)
	$(call say,CLANG)
	$(Q)clang $(CPPFLAGS) -std=gnu11 -O1 -g -fsanitize=fuzzer,address,undefined \
		-fno-sanitize-recover=undefined -o $@ $(filter %.c,$^)

-include $(shell find $(B)/obj $(B)/asan -name '*.d' 2>/dev/null)

check: all
	@tests/run check

test: all
	@tests/run

demo: deps
	@$(MAKE) --no-print-directory -j$$(nproc) $(B)/omvcam $(B)/jpeginfo
	@tests/vm/demo

bench: deps
	@tests/bench/run -k $(KERNEL)

KERNEL ?= 6.1
vm: all
	@tests/vm/run -i -k $(KERNEL) --cam "$(CAM)" --timeout 0 -- bash

# The shell gets SCRIPT from the environment: it may have blanks. PWD is where make was called,
# also with -C.
try: export SCRIPT ?=
try: export OMV_CALLER := $(PWD)
try: deps
	@$(MAKE) -s --no-print-directory -j$$(nproc) $(B)/omvcam $(B)/omvctl
	@tests/vm/try -k $(KERNEL) "$$SCRIPT"

lint: all
	@tests/lint

fuzz:
	@tests/deps fuzz
	@$(MAKE) --no-print-directory $(fuzz_targets:%=$(B)/fuzz/%)
	@tests/fuzz/run $(fuzz_targets)

browser:
	@tests/browser/run

docs:
	@tests/deps docs
	@sphinx-build -q -W --keep-going -b html Documentation $(B)/docs
	@echo "$(B)/docs/index.html"

export KDIR DESTDIR SIGN_KEY SIGN_CERT

module:
	@packaging/module build

install: install-tools
	@packaging/module install

uninstall: uninstall-tools
	@packaging/module uninstall

# udev and bash-completion also search /usr/local.
PREFIX ?= /usr/local
to = $(DESTDIR)$(PREFIX)
tools_files = bin/omvctl share/man/man1/omvctl.1 share/bash-completion/completions/omvctl \
	      lib/udev/rules.d/60-openmv.rules

# omvctl needs one library. Nothing is installed unasked.
install-tools:
	@pkg-config --exists json-c || { echo "omvctl needs json-c, with its header files:" \
		"libjson-c-dev (Debian, Ubuntu), json-c-devel (Fedora), json-c (Arch)" >&2; exit 1; }
	@$(MAKE) --no-print-directory $(B)/omvctl
	install -D -t "$(to)/bin" $(B)/omvctl
	install -D -m 644 -t "$(to)/share/man/man1" tools/omvctl.1
	install -D -m 644 tools/omvctl.bash "$(to)/share/bash-completion/completions/omvctl"
	install -D -m 644 -t "$(to)/lib/udev/rules.d" tools/60-openmv.rules

uninstall-tools:
	cd "$(to)" && rm -f $(tools_files)

deb:
	@packaging/deb

# Also what Kbuild leaves, if somebody has called it in this directory.
clean:
	rm -rf $(B) modules.order Module.symvers openmv.ko openmv.o openmv.mod* .*.cmd .tmp_versions
	rm -f $(addprefix driver/,*.o .*.cmd *.mod core/*.o core/.*.cmd)
