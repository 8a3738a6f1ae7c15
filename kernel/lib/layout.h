/*
 * layout.h - the address map. Shared with assembly and the linker script, so: plain constants only.
 *
 *   0000_0000_0001_0000  user space: the lowest address that mmap hands out (Linux: mmap_min_addr)
 *   0000_7fff_ffff_f000  end of user space; the last page below the hole stays unmapped, so that a
 *                        SYSCALL at its end cannot return to a non-canonical address
 *   ---- the non-canonical hole ----
 *   ffff_8000_0000_0000  direct map: RAM of the memory map, and nothing else; never executable
 *   ffff_c000_0000_0000  kernel stacks, each above a guard page
 *   ffff_d000_0000_0000  devices, uncached
 *   ffff_ec00_0000_0000  shadow memory of the address sanitizer (build kasan only; mm/kasan.h)
 *   ffff_ffff_8000_0000  kernel image: virtual = physical + KERNEL_BASE
 */
#pragma once

#define USER_BOTTOM 0x0000000000010000
#define USER_TOP    0x00007ffffffff000
#define PIE_BASE    0x0000555555554000 /* position-independent programs; Linux's ELF_ET_DYN_BASE */
#define DIRECT_BASE 0xffff800000000000
#define KSTACK_BASE 0xffffc00000000000
#define DEVICE_BASE 0xffffd00000000000
#define KERNEL_BASE 0xffffffff80000000
#define KERNEL_LOAD 0x0000000000100000

/* boot/head.S maps this much of physical memory, at 0 and at DIRECT_BASE, until mm/kmap takes over. */
#define EARLY_MAPPED 0x0000000100000000

#define KSTACK_SIZE 16384 /* bytes, without the guard page */
#define IST_SIZE    8192  /* each of the entry stacks of NMI, #MC, #DF, #DB; a power of two, aligned to itself */

/* Segment selectors. SYSRET wants user data and user code in this order (SDM 3A 5.8.8). */
#define SEL_KERNEL_CODE 0x08
#define SEL_KERNEL_DATA 0x10
#define SEL_USER_DATA   0x1b
#define SEL_USER_CODE   0x23
#define SEL_TSS         0x28
