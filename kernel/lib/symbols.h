/*
 * symbols.h - names for code addresses. The build makes the table from the kernel's own symbols and links it
 * in, sorted by address: records of {u32 address - KERNEL_BASE, name, 0, padding to 4 bytes}.
 */
#pragma once

#include "kernel/lib/types.h"

/* The function that `address` lies in, and how far in; NULL where it is in none. */
const char *symbol_find(u64 address, u64 *offset);
