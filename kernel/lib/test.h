/*
 * test.h - the in-kernel test registry. A test is a function in tests/kernel/, found through a linker
 * section; the boot word `ktest` or `ktest=PATTERN` runs them, as KTAP over serial.
 *
 *   KTEST(frame_refcount)
 *   {
 *           EXPECT_EQ(frame_refs(f), 1);
 *   }
 *
 * A failed expectation prints file:line, expected and actual, and the test goes on; REQUIRE stops it.
 * Before and after each test the runner compares counted objects; a difference fails the test.
 */
#pragma once

#include "kernel/lib/types.h"

struct ktest {
	const char *name;
	void (*run)(void);
};

#define KTEST(id)                                                                        \
	static void ktest_##id(void);                                                    \
	static const struct ktest ktest_entry_##id                                       \
		__attribute__((used, section(".ktests." #id), aligned(8))) = {           \
			#id, ktest_##id};                                                \
	static void ktest_##id(void)

void ktest_check(bool ok, const char *file, int line, const char *what);
void ktest_check_eq(u64 actual, u64 expected, const char *file, int line, const char *what);
/* Marks the running test as skipped, with the reason. */
void ktest_skip(const char *why);

#define EXPECT(x)       ktest_check((x), __FILE__, __LINE__, #x)
#define EXPECT_EQ(a, b) ktest_check_eq((u64)(a), (u64)(b), __FILE__, __LINE__, #a " == " #b)
#define REQUIRE(x)                                                   \
	do {                                                         \
		bool ktest_ok = (x);                                 \
		ktest_check(ktest_ok, __FILE__, __LINE__, #x);       \
		if (!ktest_ok)                                       \
			return;                                      \
	} while (0)

/* Process 1 becomes the tests whose names contain `pattern` ("" for all); they print KTAP, and their end is
 * the machine's. tests/kernel/runner.c. */
void ktest_start(char *pattern);
