/*
 * types.h - the scalars that the whole kernel speaks, and the few macros that go with them.
 *
 * Types that must not mix are wrapped: a physical address is not a user address is not a page-table
 * entry, and the compiler says so. A uva_t cannot be dereferenced; only mm/usercopy turns it into bytes.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t  u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int8_t   i8;
typedef int16_t  i16;
typedef int32_t  i32;
typedef int64_t  i64;

typedef struct { u64 v; } pa_t;   /* physical address, bytes */
typedef struct { u64 v; } uva_t;  /* user virtual address, bytes; never dereferenced */
typedef struct { u64 v; } pte_t;  /* page-table entry, Intel SDM 3A 4.5 */
typedef struct { u16 v; } pcid_t; /* process-context identifier, SDM 3A 4.10.1 */

#define PAGE_SHIFT 12
#define PAGE_SIZE  4096ul
#define PAGE_MASK  (PAGE_SIZE - 1)
#define MAX_CPUS   32

#define pa(x)  ((pa_t){(u64)(x)})
#define uva(x) ((uva_t){(u64)(x)})

#define ARRAY_SIZE(a)        (sizeof(a) / sizeof((a)[0]))
#define ALIGN_DOWN(x, a)     ((x) & ~((u64)(a) - 1))
#define ALIGN_UP(x, a)       (((x) + (u64)(a) - 1) & ~((u64)(a) - 1))
#define IS_ALIGNED(x, a)     (((x) & ((u64)(a) - 1)) == 0)
#define BIT(n)               (1ull << (n))
#define likely(x)            __builtin_expect(!!(x), 1)
#define unlikely(x)          __builtin_expect(!!(x), 0)
#define container_of(p, t, m) ((t *)((char *)(p) - offsetof(t, m)))
/* These evaluate an operand twice: nothing that others change, and no calls with effects. */
#define MIN(a, b)            ((a) < (b) ? (a) : (b))
#define MAX(a, b)            ((a) > (b) ? (a) : (b))
#define PRINTF_LIKE(f, a)    __attribute__((format(printf, f, a)))
