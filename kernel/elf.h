/*
 * elf.h - reading an ELF64 program (System V ABI, gABI chapter 5; AMD64 supplement). Pure: no memory is allocated and
 * nothing logged, so that the host can fuzz it.
 */
#pragma once

#include "kernel/lib/types.h"

#define ELF_SEGMENTS 16

struct elf_segment {
	u64 start, end;        /* pages that it occupies */
	u64 file_at, file_len; /* bytes of the file that appear from `start` on */
	u32 rights;            /* PF_X 1, PF_W 2, PF_R 4 */
};

struct elf_image {
	struct elf_segment segments[ELF_SEGMENTS]; /* ascending, never overlapping */
	u32 count;
	u64 bias;              /* how much further everything lies than the file says; 0 for ET_EXEC */
	u64 entry;
	u64 brk;               /* end of the highest segment, page-aligned */
	u64 phdr, phnum;       /* AT_PHDR (0 where not loaded), AT_PHNUM */
	u64 align;             /* the strictest that a segment asks for */
	/* The interpreter, which loads what the program needs: where in the file its name stands, with the terminator,
	 * in how many bytes, 0: none; and its own bias, once it has a place (kernel/exec.c). */
	u64 interp_at, interp_size, interp_base;
};

/*
 * 0; -ENOEXEC: not a program for this machine, or malformed; -EACCES: a segment both writable and executable.
 * A position-independent program (ET_DYN) begins at `base`, or as little below as its alignment demands.
 */
int elf_parse(const u8 *file, u64 size, u64 base, struct elf_image *out);
