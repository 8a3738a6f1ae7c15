/*
 * fuzz.h - what the fuzz targets share. Each is one file: LLVMFuzzerTestOneInput() gives the kernel's code the
 * bytes that libFuzzer made up, and claims what must hold of the answer, whatever the bytes are.
 *
 * Leading bytes choose options; the rest is the input proper, so that the sanitizer sees one byte read too far.
 */
#pragma once

#include "kernel/lib/types.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

/* libFuzzer keeps the input that ended in abort(). */
#define CLAIM(holds) \
	do { \
		if (!(holds)) { \
			fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #holds); \
			abort(); \
		} \
	} while (0)
