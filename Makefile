# The one Makefile: everything is built out of tree, into build/. `make help` lists what can be typed.
#
#   build/release, build/test, build/walls   the kernel in its three builds (kernel/lib/config.h)
#   build/user, build/host                   ring-3 programs and tests; tests that run on this machine
#
# BUILD=NAME selects the build that all, run, ktest and debug use.  V=1 shows the commands.  CI=true makes
# warnings errors.  SMP=N is how many processors run, ktest and test give the machine.  CC=clang,
# CROSS_COMPILE=prefix- and ACCEL=kvm are honoured.

ifneq ($(filter 3.%,$(MAKE_VERSION)),)
$(error this is GNU make $(MAKE_VERSION); Bulkhead needs 4.0 or newer)
endif

# ---- setup and clean come first: the other goals get a make of their own, which looks for tools only then
FIRST := $(filter setup clean,$(MAKECMDGOALS))
REST  := $(filter-out $(FIRST),$(MAKECMDGOALS))
ifneq ($(FIRST),)
.PHONY: $(MAKECMDGOALS)
.NOTPARALLEL:
setup:
	@tools/setup
# A toolchain that `make toolchain` built stays: it took a quarter of an hour.
clean:
	@for f in build/* compile_commands.json; do case $$f in build/toolchain) ;; *) rm -rf "$$f" ;; esac; done
	@if [ -d build/toolchain ]; then echo 'build/toolchain stays; remove it by hand'; else rm -rf build; fi
ifneq ($(REST),)
$(firstword $(REST)): $(FIRST)
	@+$(MAKE) --no-print-directory $(REST)
$(wordlist 2,99,$(REST)): $(firstword $(REST))
	@:
endif
else

DRY := $(findstring n,$(filter-out --%,$(firstword -$(MAKEFLAGS))))
MAKEFLAGS += --no-builtin-rules --no-print-directory
ifeq ($(filter -j%,$(MAKEFLAGS)),)
MAKEFLAGS += -j$(shell nproc 2>/dev/null || echo 2)
endif
.SUFFIXES:
.DELETE_ON_ERROR:
SHELL := /bin/sh
export LC_ALL := C

# ---- tools

# Where `make toolchain` puts its compiler; copies of the tree (mutations, how-tos) use the same.
export TOOLCHAIN_DIR ?= $(CURDIR)/build/toolchain
first_prefix = $(shell for p in x86_64-elf- '$(TOOLCHAIN_DIR)/bin/x86_64-elf-' x86_64-linux-gnu-; do \
	command -v "$${p}gcc" >/dev/null && command -v "$${p}ld" >/dev/null && echo "$$p" && break; done)
ifndef CROSS_COMPILE
CROSS_COMPILE := $(first_prefix)
endif
ifneq ($(filter default undefined,$(origin CC)),)
CC := $(CROSS_COMPILE)gcc
endif
ifneq ($(filter default undefined,$(origin LD)),)
LD := $(CROSS_COMPILE)ld
endif
NM      ?= $(CROSS_COMPILE)nm
OBJCOPY ?= $(CROSS_COMPILE)objcopy
HOSTCC  ?= gcc
FUZZ_CC ?= clang
MUSL_CC ?= musl-gcc
export SOURCE_DATE_EPOCH ?= 1700000000

ifneq ($(MAKECMDGOALS),help)
MISSING := $(shell CC='$(CC)' LD='$(LD)' MUSL_CC='$(MUSL_CC)' tools/setup --missing build)
ifneq ($(MISSING),)
$(error missing: $(MISSING). `make setup` installs it)
endif
endif

ifndef V
Q := @
say = @printf '  %-7s %s\n' '$(1)' '$(2)'
endif

# ---- what is built

BUILD  ?= release
BUILDS := release test walls kasan coverage
ifeq ($(filter $(BUILD),$(BUILDS)),)
$(error BUILD=$(BUILD) is not one of: $(BUILDS))
endif

KERNEL_DIRS := boot kernel kernel/lib kernel/x86 mm sched ipc
KERNEL_SRC  := $(filter-out kernel/x86/offsets.c,$(sort $(wildcard $(foreach d,$(KERNEL_DIRS),$(d)/*.c $(d)/*.S)))) \
	$(sort $(wildcard tests/kernel/*.c tests/kernel/*.S))
PROGRAM_SRC := $(sort $(wildcard user/bin/*.c))
SHELL_SRC   := $(sort $(wildcard user/shell/*.c))
LIBRARY_SRC := $(sort $(wildcard user/lib/*.c))
TEST_SRC    := $(sort $(wildcard tests/user/*.c))
HOST_SRC    := $(sort $(wildcard tests/host/*.c))
HOSTFUZZ_SRC := $(sort $(wildcard tests/hostfuzz/*.c))
BENCH_SRC   := $(sort $(wildcard tests/bench/*.c))
FUZZ_SRC    := $(filter-out %/crashme.c %/abuse.c,$(sort $(wildcard tests/fuzz/*.c)))
RING3_SRC   := $(wildcard user/init.c) $(PROGRAM_SRC) $(SHELL_SRC) $(LIBRARY_SRC) $(TEST_SRC) $(BENCH_SRC) \
	$(FUZZ_SRC) tests/fuzz/crashme.c tests/fuzz/abuse.c

PROGRAMS := $(PROGRAM_SRC:user/bin/%.c=build/user/bin/%) $(patsubst %,build/user/bin/init,$(wildcard user/init.c)) \
	$(if $(SHELL_SRC),build/user/bin/sh)
TESTS    := $(TEST_SRC:tests/user/%.c=build/user/tests/%)
HOSTS    := $(HOST_SRC:tests/host/%.c=build/host/%)
ETC      := $(wildcard user/etc/*)

WARN   := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wundef -Wvla
WERROR := $(if $(filter true,$(CI)),-Werror)
# Functions of a table have its parameters, whether they use them or not.
KERNEL_CFLAGS := -std=gnu11 -ffreestanding -mcmodel=kernel -mgeneral-regs-only -mno-red-zone \
	-fno-omit-frame-pointer -fno-pic -fno-pie -fno-asynchronous-unwind-tables \
	-fstack-protector-strong -mstack-protector-guard=global \
	-fno-strict-aliasing -fcf-protection=none -O2 -g $(WARN) -Wno-unused-parameter $(WERROR) -I.
# Clang's own assembler leaves out .cfi_signal_frame, without which GDB does not follow a trap to another stack.
# To an assembler for x86_64-elf / begins a comment, unless it is told that it divides.
KERNEL_ASFLAGS := -D__ASSEMBLY__ -g -fno-pie -Wa,--divide $(if $(findstring clang,$(CC)),-fno-integrated-as) \
	$(WERROR) -I.
KERNEL_LDFLAGS := -nostdlib -static -n -z max-page-size=4096 -z noexecstack --build-id=none
USER_CFLAGS := -std=gnu11 -D_GNU_SOURCE -O2 -g -fno-pie -fno-stack-protector $(WARN) $(WERROR) -I.
USER_LDFLAGS := -static -no-pie -Wl,--build-id=none
HOST_CFLAGS := -std=gnu11 -D_GNU_SOURCE -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all \
	-fno-omit-frame-pointer $(WARN) -Wno-unused-parameter $(WERROR) -I.
FUZZ_CFLAGS := $(HOST_CFLAGS) -fsanitize=fuzzer
DEPFLAGS = -MMD -MP -MF $@.d -MT $@
# No object knows which folder it was made in. Not among the flags that are remembered: a copy of the tree is as good.
NO_PLACE = -ffile-prefix-map='$(CURDIR)'=.

# What a build adds. The sanitizers' run time is in tests/kernel/sanitize/, and is compiled without them.
SHADOW := 0xdffffc0000000000
UBSAN  := -fsanitize=undefined -fno-sanitize-recover=undefined
KASAN_WHAT := instrumentation-with-call-threshold=0 stack=1 globals=1
KASAN  := -fsanitize=kernel-address $(if $(findstring clang,$(CC)),\
	-mllvm -asan-mapping-offset=$(SHADOW) $(addprefix -mllvm -asan-,$(KASAN_WHAT)),\
	-fasan-shadow-offset=$(SHADOW) $(addprefix --param asan-,$(KASAN_WHAT)))
RUNTIME := tests/kernel/sanitize
WRAPPED := kernel_main tlb_init memcpy memmove memset usercopy_move kstack_alloc kstack_free

FLAGS_test     := -DBUILD_TEST=1
SANITIZE_test  := $(UBSAN)
RUNTIME_test   := $(RUNTIME)/ubsan.c $(RUNTIME)/tlb_model.c
FLAGS_walls    := -DBUILD_TEST=1 -DBUILD_WALLS=1
SANITIZE_walls := $(UBSAN)
RUNTIME_walls  := $(RUNTIME)/ubsan.c tests/kernel/walls/holes.c
LDFLAGS_walls  := --wrap=sys_ioctl
FLAGS_kasan    := -DBUILD_TEST=1 -DBUILD_KASAN=1
SANITIZE_kasan := $(UBSAN) $(KASAN)
RUNTIME_kasan  := $(RUNTIME)/ubsan.c $(RUNTIME)/kasan.c $(RUNTIME)/tlb_model.c
LDFLAGS_kasan  := $(WRAPPED:%=--wrap=%)
# It reads what threads have left on their stacks.
build/kasan/obj/mm/kstack.c.o: SANITIZE_kasan := $(UBSAN)
# Counters of lines, in the kernel's memory: tools/coverage reads them there, so nothing of the kernel writes them out.
FLAGS_coverage   := -DBUILD_TEST=1 -fprofile-arcs -ftest-coverage -fprofile-info-section
RUNTIME_coverage := $(RUNTIME)/tlb_model.c
LDFLAGS_coverage := --defsym=__gcov_merge_add=0

.PHONY: all run test ktest check check-tree mutate debug soak coverage bench bench-linux iso kernels \
	toolchain help

all: build/$(BUILD)/kernel.elf32 build/$(BUILD)/bulkhead.iso build/compile_commands.json
iso: build/$(BUILD)/bulkhead.iso

# ---- the kernel: two links, because the symbol table of the first goes into the second

# Writes words $(2) to file $(1) if they differ: what depends on it is made anew when compiler or flags change.
# Not under `make -n`, which is to change nothing.
remember = $(if $(DRY),,$(shell mkdir -p $(dir $(1)) && echo '$(2)' | cmp -s - $(1) || echo '$(2)' >$(1)))

define KERNEL_RULES
OBJECTS_$(1) := $(patsubst %,build/$(1)/obj/%.o,$(KERNEL_SRC) $(RUNTIME_$(1)))
build/$(1)/obj/$(RUNTIME)/%: SANITIZE_$(1) := -fno-stack-protector
build/$(1)/obj/tests/%: FLAGS_$(1) += -fno-profile-arcs -fno-test-coverage

$(call remember,build/$(1)/flags,$(CC) $(KERNEL_CFLAGS) $(FLAGS_$(1)) $(SANITIZE_$(1)) $(KERNEL_LDFLAGS) \
	$(LDFLAGS_$(1)))

build/$(1)/obj/%.c.o: %.c build/$(1)/flags
	$$(call say,CC,$$@)
	@mkdir -p $$(@D)
	$(Q)$(CC) $(KERNEL_CFLAGS) $(NO_PLACE) -Ibuild/$(1)/gen $$(FLAGS_$(1)) $$(SANITIZE_$(1)) $$(DEPFLAGS) \
		-c -o $$@ $$<

build/$(1)/obj/%.S.o: %.S build/$(1)/flags build/$(1)/gen/offsets.h
	$$(call say,AS,$$@)
	@mkdir -p $$(@D)
	$(Q)$(CC) $(KERNEL_ASFLAGS) $(NO_PLACE) -Ibuild/$(1)/gen $$(FLAGS_$(1)) $$(DEPFLAGS) -c -o $$@ $$<

# The names of Linux's system calls, from the C library's header: rows of a table by number.
build/$(1)/obj/kernel/syscall.c.o: build/$(1)/gen/syscall_names.h
build/$(1)/gen/syscall_names.h: build/$(1)/flags
	@mkdir -p $$(@D)
	$(Q)echo '#include <sys/syscall.h>' | $(MUSL_CC) -E -dM - | \
		sed -n 's/^#define __NR_\([a-z0-9_]*\) \([0-9]*\)$$$$/[\2] = "\1",/p' | sort -t[ -k2n >$$@

# Offsets of C structures for assembly: the compiler prints them as "->NAME VALUE" among its output.
build/$(1)/gen/offsets.h: $(wildcard kernel/x86/offsets.c) build/$(1)/flags
	@mkdir -p $$(@D)
	$(Q)$(CC) $(KERNEL_CFLAGS) $(FLAGS_$(1)) $$(DEPFLAGS) -S -o $$@.s kernel/x86/offsets.c
	$(Q)sed -n 's/^.*->\([A-Za-z0-9_]*\) [$$$$#]*\(-*[0-9][0-9]*\).*$$$$/#define \1 \2/p' $$@.s >$$@

build/$(1)/symbols.S: build/$(1)/kernel.pass1 tools/symbols
	$(Q)$(NM) -n $$< | tools/symbols >$$@

build/$(1)/symbols.o: build/$(1)/symbols.S
	$(Q)$(CC) -c -o $$@ $$<

# linker.ld takes its addresses from kernel/lib/layout.h.
build/$(1)/linker.ld: linker.ld build/$(1)/flags
	$(Q)$(CC) -E -P -x c -D__ASSEMBLY__ -I. $$(DEPFLAGS) -o $$@ $$<

build/$(1)/kernel.pass1: $$(OBJECTS_$(1)) build/$(1)/linker.ld
	$(Q)$(LD) $(KERNEL_LDFLAGS) $(LDFLAGS_$(1)) -T build/$(1)/linker.ld -o $$@ $$(OBJECTS_$(1))

build/$(1)/kernel: build/$(1)/kernel.pass1 build/$(1)/symbols.o
	$$(call say,LD,$$@)
	$(Q)$(LD) $(KERNEL_LDFLAGS) $(LDFLAGS_$(1)) -T build/$(1)/linker.ld -o $$@ $$(OBJECTS_$(1)) build/$(1)/symbols.o
	$(Q)$(NM) -n $$@ | tools/symbols | cmp - build/$(1)/symbols.S

# QEMU's Multiboot 1 loader takes ELF32 only. Neither loader needs the debugging sections.
build/$(1)/kernel.elf32: build/$(1)/kernel
	$(Q)$(OBJCOPY) --strip-debug -O elf32-i386 $$< $$@

build/$(1)/bulkhead.iso: build/$(1)/kernel build/archive.cpio boot/grub.cfg tools/mkiso
	$$(call say,ISO,$$@)
	$(Q)tools/mkiso $$@ build/$(1)/kernel build/archive.cpio boot/grub.cfg

-include $$(addsuffix .d,$$(OBJECTS_$(1)) build/$(1)/gen/offsets.h build/$(1)/linker.ld)
endef
$(foreach b,$(BUILDS),$(eval $(call KERNEL_RULES,$(b))))

kernels: $(patsubst %,build/%/kernel.elf32,$(filter-out coverage,$(BUILDS)))

# ---- ring-3 programs: static, linked with musl; each file of user/bin and tests/user is one program

LIBRARY := $(if $(LIBRARY_SRC),build/user/lib.a)

# A source with the comment `build: static-pie` becomes one. musl-gcc's own -static-pie silently makes a dynamic
# program, so the start files are named here.
PIES := $(shell grep -lx '/\* build: static-pie \*/' $(PROGRAM_SRC) $(TEST_SRC))
PIE_PROGRAMS := $(patsubst user/bin/%.c,build/user/bin/%,$(PIES:tests/user/%.c=build/user/tests/%))
MUSL_LIB := $(dir $(firstword $(filter %crt1.o,$(shell $(MUSL_CC) -\#\#\# x.o 2>&1))))
gcc_file = $(shell $(MUSL_CC) -print-file-name=$(1))
$(PIES:%.c=build/user/obj/%.o) $(LIBRARY_SRC:%.c=build/user/obj/%.o): USER_CFLAGS += -fPIE
$(PIE_PROGRAMS): START_FILES := -nostartfiles -Wl,-pie,--no-dynamic-linker,-z,text $(MUSL_LIB)rcrt1.o \
	$(MUSL_LIB)crti.o $(call gcc_file,crtbeginS.o)
$(PIE_PROGRAMS): END_FILES := $(call gcc_file,crtendS.o) $(MUSL_LIB)crtn.o

# One with `build: dynamic` needs musl's libc.so and a library of its own, tests/user/lib/LIB.c. Neither is linked in.
DYNAMICS := $(shell grep -lx '/\* build: dynamic \*/' $(TEST_SRC))
DYNAMIC_PROGRAMS := $(DYNAMICS:tests/user/%.c=build/user/tests/%)
TEST_LIBRARIES := $(patsubst tests/user/lib/%.c,build/user/tests/lib/lib%.so,$(wildcard tests/user/lib/*.c))
# -fPIC: the library's data stays there, and is not copied into the program.
$(DYNAMICS:%.c=build/user/obj/%.o): USER_CFLAGS += -fPIC
$(DYNAMIC_PROGRAMS): USER_LDFLAGS := -pie -Wl,--build-id=none -Wl,-rpath,'$$ORIGIN/lib'
$(DYNAMIC_PROGRAMS): END_FILES := $(TEST_LIBRARIES)
$(DYNAMIC_PROGRAMS): $(TEST_LIBRARIES)
build/user/tests/lib/lib%.so: tests/user/lib/%.c $(wildcard tests/user/lib/*.h) build/user/flags
	$(call say,USER,$@)
	$(Q)mkdir -p $(@D) && $(MUSL_CC) $(filter-out -fno-pie,$(USER_CFLAGS)) $(NO_PLACE) -fPIC -shared \
		-Wl,--build-id=none,--strip-debug,-soname,$(@F) -o $@ $<

$(call remember,build/user/flags,$(MUSL_CC) $(USER_CFLAGS) $(USER_LDFLAGS) $(PIES) $(DYNAMICS) library)

build/user/obj/%.o: %.c build/user/flags
	$(call say,USER,$@)
	@mkdir -p $(@D)
	$(Q)$(MUSL_CC) $(USER_CFLAGS) $(NO_PLACE) $(DEPFLAGS) -c -o $@ $<

build/user/lib.a: $(LIBRARY_SRC:%.c=build/user/obj/%.o)
	$(Q)rm -f $@ && $(CROSS_COMPILE)ar rcsD $@ $^

# The machine gets a program without debugging sections; build/user/debug keeps the one with them, for GDB.
debug_copy = $(@:build/user/%=build/user/debug/%)
link_user = $(Q)mkdir -p $(@D) $(dir $(debug_copy)) && $(MUSL_CC) \
	$(if $(START_FILES),$(filter-out -no-pie,$(USER_LDFLAGS)) $(START_FILES),$(USER_LDFLAGS)) \
	-o $(debug_copy) $(filter %.o,$^) $(LIBRARY) $(END_FILES) $(1) && \
	$(OBJCOPY) --strip-debug $(debug_copy) $@

build/user/bin/init: build/user/obj/user/init.o $(LIBRARY)
	$(link_user)
build/user/bin/sh: $(SHELL_SRC:%.c=build/user/obj/%.o) $(LIBRARY)
	$(link_user)
build/user/bin/%: build/user/obj/user/bin/%.o $(LIBRARY)
	$(link_user)
# Another comment `build: FLAGS` in a test's source adds to its link.
build/user/tests/%: build/user/obj/tests/user/%.o $(LIBRARY)
	$(call link_user,$(filter-out static-pie dynamic,$(shell \
		sed -n 's|^/\* build: \(.*\) \*/$$|\1|p' tests/user/$*.c)))

# The benchmark is one program of several files. It runs unmodified on Linux.
build/bench/bench: $(BENCH_SRC:%.c=build/user/obj/%.o)
	$(Q)mkdir -p $(@D) && $(MUSL_CC) $(USER_LDFLAGS) -Wl,--strip-debug -o $@ $^

build/fuzz/crashme: build/user/obj/tests/fuzz/crashme.o
build/fuzz/abuse: build/user/obj/tests/fuzz/abuse.o
build/fuzz/fuzz: $(FUZZ_SRC:%.c=build/user/obj/%.o)
build/fuzz/fuzz build/fuzz/crashme build/fuzz/abuse:
	$(Q)mkdir -p $(@D) && $(MUSL_CC) $(USER_LDFLAGS) -Wl,--strip-debug -o $@ $^

# Malformed programs and other data that the tests read.
build/user/tests/bad: $(wildcard tests/user/mkbad.py)
	$(Q)rm -rf $@ && python3 $< $@ && touch $@

build/archive.cpio: $(PROGRAMS) $(ETC) tools/mkarchive tools/lib/archive.py
	$(call say,CPIO,$@)
	$(Q)tools/mkarchive $@ $(foreach f,$(PROGRAMS),bin/$(notdir $f)=$f) $(foreach f,$(ETC),etc/$(notdir $f)=$f)

.SECONDARY:
-include $(patsubst %.c,build/user/obj/%.o.d,$(RING3_SRC))

# ---- tests on this machine, under sanitizers; a comment `links: FILE...` in one names the kernel's sources

$(call remember,build/host/flags,$(HOSTCC) $(HOST_CFLAGS))

host_links = $(shell sed -n 's|^.*links: \(.*[^ ]\) *\*/.*$$|\1|p' $(1))
# $(call host_program,COMPILER FLAGS,SOURCES): -MM by itself, because -MMD would keep the last source's headers only
host_program = $(Q)$(1) -o $$@ $(2) && $(1) -MM -MP -MT $$@ $(2) >$$@.d
define HOST_RULE
build/host/$(1): tests/host/$(1).c $(call host_links,tests/host/$(1).c) build/host/flags
	$$(call say,HOST,$$@)
	$(call host_program,$(HOSTCC) $(HOST_CFLAGS),tests/host/$(1).c $(call host_links,tests/host/$(1).c))
endef
$(foreach h,$(HOST_SRC:tests/host/%.c=%),$(eval $(call HOST_RULE,$(h))))
-include $(HOSTS:%=%.d)

# ---- the same with libFuzzer, which is Clang's. Without it there are no fuzz targets, and their tests are skipped

ifneq ($(filter test soak,$(MAKECMDGOALS)),)
HOST_FUZZERS := $(if $(shell FUZZ_CC='$(FUZZ_CC)' tools/setup --missing fuzz),,\
	$(HOSTFUZZ_SRC:tests/hostfuzz/%.c=build/hostfuzz/%) build/hostfuzz/seeds)
endif
$(call remember,build/hostfuzz/flags,$(FUZZ_CC) $(FUZZ_CFLAGS))

define FUZZ_RULE
build/hostfuzz/$(1): tests/hostfuzz/$(1).c $(call host_links,tests/hostfuzz/$(1).c) build/hostfuzz/flags
	$$(call say,FUZZ,$$@)
	$(call host_program,$(FUZZ_CC) $(FUZZ_CFLAGS),tests/hostfuzz/$(1).c $(call host_links,tests/hostfuzz/$(1).c))
endef
$(foreach f,$(HOSTFUZZ_SRC:tests/hostfuzz/%.c=%),$(eval $(call FUZZ_RULE,$(f))))
-include $(HOSTFUZZ_SRC:tests/hostfuzz/%.c=build/hostfuzz/%.d)

build/hostfuzz/seeds: tests/hostfuzz/seeds.py
	$(Q)rm -rf $@ && python3 $< $@ && touch $@

# ---- what a person types

QEMU := qemu-system-x86_64
QEMU_FLAGS = -nodefaults -no-user-config -display none -no-reboot -m 256 -cpu max \
	-smp $(or $(SMP),1) -accel $(or $(ACCEL),tcg) -device isa-debug-exit,iobase=0xf4,iosize=4
QEMU_BOOT = -kernel build/$(BUILD)/kernel.elf32 -initrd build/archive.cpio

run: build/$(BUILD)/kernel.elf32 build/archive.cpio
	@tools/setup --check qemu
	@echo "Leave with: poweroff, or Ctrl-A X"
	$(Q)$(QEMU) $(QEMU_FLAGS) $(QEMU_BOOT) -append '$(APPEND)' -serial mon:stdio $(QEMU_EXTRA)

debug: build/$(BUILD)/kernel.elf32 build/archive.cpio
	@tools/setup --check qemu gdb
	$(Q)QEMU_EXTRA='$(QEMU_EXTRA)' tools/debug build/$(BUILD) build/archive.cpio '$(APPEND)'

# Every build has the suite in it; unless one is named, the one that checks itself most for its time.
KTEST_BUILD := $(if $(filter file,$(origin BUILD)),test,$(BUILD))

ktest: build/$(KTEST_BUILD)/kernel.elf32 build/archive.cpio
	@tools/setup --check qemu
	$(Q)tests/runner --ktest --build $(KTEST_BUILD) $(if $(T),'$(T)')

# A pattern that begins with a part's name needs that part's files only.
PART := $(firstword $(subst /, ,$(T)))
FUZZERS     := build/fuzz/fuzz build/fuzz/crashme build/fuzz/abuse
TEST_DATA   := $(patsubst %,build/user/tests/bad,$(wildcard tests/user/mkbad.py))
NEEDS_all   = kernels build/archive.cpio build/release/bulkhead.iso $(TESTS) $(TEST_DATA) $(HOSTS) $(FUZZERS) \
	$(HOST_FUZZERS)
NEEDS_host  = $(HOSTS)
NEEDS_hostfuzz = $(HOST_FUZZERS)
NEEDS_ktest = build/test/kernel.elf32 build/archive.cpio
NEEDS_user  = build/test/kernel.elf32 build/archive.cpio $(TESTS) $(TEST_DATA)
NEEDS_shell = $(NEEDS_ktest)
NEEDS_busybox = $(NEEDS_ktest)
NEEDS_run   = $(NEEDS_user) build/release/kernel.elf32
NEEDS_nmi   = build/test/kernel.elf32 build/user/tests/nmi_target
NEEDS_bug   = build/release/kernel.elf32 build/archive.cpio
NEEDS_debug = kernels build/archive.cpio build/user/tests/debug_target
NEEDS_wall  = build/walls/kernel.elf32 build/test/kernel.elf32 build/archive.cpio $(TESTS)
NEEDS_fuzz  = $(NEEDS_ktest) build/walls/kernel.elf32 $(FUZZERS)
NEEDS_abuse = $(NEEDS_fuzz)
NEEDS_howto = $(NEEDS_user) $(NEEDS_wall)
NEEDS_sanitize = kernels build/archive.cpio $(TESTS) $(TEST_DATA)
NEEDS_smp   = $(NEEDS_user) $(FUZZERS)
PARTS := check host hostfuzz ktest user shell busybox run wall nmi debug bug howto sanitize smp fuzz abuse
test: $(if $(filter $(PARTS),$(PART)),$(NEEDS_$(PART)),$(NEEDS_all))
	@tools/setup --check qemu
	$(Q)tests/runner $(if $(T),'$(T)')

soak: $(NEEDS_all)
	$(Q)tests/runner --soak $(if $(T),'$(T)')

# Which lines of the kernel run: under the random system calls alone, and under all tests in an emulator.
coverage: $(NEEDS_all) build/coverage/kernel.elf32
	@tools/setup --check qemu
	$(Q)tools/coverage

check: check-tree $(HOSTS)
	$(Q)tests/runner host/

check-tree: build/test/gen/offsets.h build/test/gen/syscall_names.h
	$(Q)tools/check --cc '$(CC) $(KERNEL_CFLAGS)' --user-cc '$(MUSL_CC) $(USER_CFLAGS)'

mutate:
	$(Q)tools/mutate $(T)

toolchain:
	@tools/toolchain '$(TOOLCHAIN_DIR)'

# Guest instructions per operation; bench-linux runs the same file on Debian's kernel beside it. T=PREFIX: a part.
bench: build/release/kernel.elf32 build/archive.cpio build/bench/bench
	@tools/setup --check qemu
	$(Q)tools/bench $(T)

bench-linux: build/release/kernel.elf32 build/archive.cpio build/bench/bench
	@tools/setup --check qemu
	$(Q)tools/bench --linux $(T)

build/compile_commands.json: Makefile tools/compdb $(KERNEL_SRC) $(RING3_SRC)
	@mkdir -p $(@D)
	$(Q)tools/compdb $@ '$(CC) $(KERNEL_CFLAGS) -Ibuild/release/gen' $(KERNEL_SRC) -- \
		'$(MUSL_CC) $(USER_CFLAGS)' $(RING3_SRC)
	@ln -sf $@ compile_commands.json

help:
	@echo 'make setup        install what is missing'
	@echo 'make              kernel, programs and bootable ISO, under build/'
	@echo 'make run          boot to the shell, in QEMU, on this terminal (leave: poweroff, or Ctrl-A X)'
	@echo 'make test         every test; T=PATTERN runs those whose names match (ktest/frame, wall/*, run/args)'
	@echo 'make ktest        the in-kernel suite, as KTAP on this terminal; T=PATTERN for a part'
	@echo 'make check        floors, style, counts, documentation, host tests: under a minute'
	@echo 'make mutate       each patch of tests/mutations must make its test fail; T=NAME for one'
	@echo 'make bench        instructions per operation; make bench-linux: Linux beside it; T=PREFIX for some rows'
	@echo 'make soak         the full matrix of configurations'
	@echo 'make coverage     which lines of the kernel random system calls reach, and which all tests do'
	@echo 'make debug        QEMU waiting for GDB, with symbols'
	@echo 'make iso          build/BUILD/bulkhead.iso, for GRUB on BIOS and UEFI'
	@echo 'make toolchain    optional: GCC for x86_64-elf, into build/toolchain; every `make` then takes it'
	@echo 'make clean        remove build/, except build/toolchain'
	@echo
	@echo 'BUILD=release|test|walls|kasan|coverage  V=1  CI=true  CC=clang  CROSS_COMPILE=PREFIX  ACCEL=kvm'
	@echo 'APPEND="boot words"  SMP=processors (run, ktest, test)'
	@echo 'QEMU_EXTRA="options of QEMU, for run and debug"'
	@echo 'tools/run PROGRAM runs a static ELF program of yours; tools/run --help'
endif
