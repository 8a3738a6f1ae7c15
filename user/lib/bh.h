/*
 * bh.h - Bulkhead's own system calls for ring-3 programs. Everywhere else they fail with ENOSYS, so a
 * program that needs them says so in one line and the rest of user/ runs on Linux unchanged.
 */
#pragma once

#include <stddef.h>

#include "kernel/abi/bulkhead.h"

/* As kernel/abi/bulkhead.h says; -1 and errno on failure. */
long bh_info(int what, long argument, void *buffer, size_t size);
int bh_report(int wait_status);

/*
 * All records of `what`, in memory that the caller frees; *count is their number. NULL and errno on
 * failure. The kernel may gain records between two calls: asks again until what it has is complete.
 */
void *bh_info_all(int what, long argument, size_t record_size, size_t *count);

/* Ends the program with one line unless it runs on Bulkhead. */
void bh_require(void);
