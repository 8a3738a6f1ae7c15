/*
 * elf.c - the program loader's parser. The input is the file. What elf_parse() says is compared with the same rules
 * written down a second time, in 128-bit numbers, where nothing wraps.
 */
/* links: kernel/elf.c */
#include <elf.h>
#include <string.h>

#include "kernel/lib/errno.h"
#include "tests/host/elf_sound.h"
#include "tests/hostfuzz/fuzz.h"

typedef __int128 wide;

static bool header_good(const Elf64_Ehdr *h, u64 size)
{
	wide table_end = (wide)h->e_phoff + (wide)h->e_phnum * 56;

	return !memcmp(h->e_ident, "\x7f" "ELF\x02\x01", 6) && (h->e_type == ET_EXEC || h->e_type == ET_DYN) &&
	       h->e_machine == EM_X86_64 && h->e_phentsize == 56 && h->e_phnum && h->e_phnum <= 65536 / 56 &&
	       h->e_phoff < size && table_end <= size;
}

static Elf64_Phdr header_at(const u8 *file, const Elf64_Ehdr *h, u32 i)
{
	Elf64_Phdr p;

	memcpy(&p, file + h->e_phoff + i * sizeof p, sizeof p);
	return p;
}

/* How far a position-independent program moves. */
static wide bias_of(const u8 *file, const Elf64_Ehdr *h)
{
	wide align = 4096, first = -1, bias;

	for (u32 i = 0; i < h->e_phnum; i++) {
		Elf64_Phdr p = header_at(file, h, i);

		if (p.p_type != PT_LOAD || !p.p_memsz)
			continue;
		if (__builtin_popcountll(p.p_align) == 1)
			align = MAX(align, (wide)p.p_align);
		if (first < 0)
			first = p.p_vaddr / 4096 * 4096;
	}
	bias = PIE_BASE - first;
	return bias - ((bias % align) + align) % align;
}

static int segment_verdict(const Elf64_Phdr *p, u64 size, wide bias, wide *end)
{
	wide start = p->p_vaddr + bias, stop = start + p->p_memsz;

	if ((wide)p->p_offset + p->p_filesz > size || p->p_filesz > p->p_memsz || stop >= USER_TOP ||
	    (wide)p->p_vaddr + p->p_memsz >= USER_TOP || start < USER_BOTTOM ||
	    p->p_vaddr % 4096 != p->p_offset % 4096)
		return -ENOEXEC;
	if ((p->p_flags & PF_W) && (p->p_flags & PF_X))
		return -EACCES;
	if (start / 4096 * 4096 < *end)
		return -ENOEXEC;
	*end = (stop + 4095) / 4096 * 4096;
	return 0;
}

static void claim_segment(const struct elf_segment *s, const Elf64_Phdr *p, u64 size, wide bias)
{
	wide start = p->p_vaddr + bias, lead = start % 4096, shown = s->start + (wide)s->file_len;

	CLAIM(s->start == start - lead && s->end == (start + p->p_memsz + 4095) / 4096 * 4096);
	CLAIM(s->file_at == p->p_offset - lead && s->rights == p->p_flags);
	if (p->p_filesz < p->p_memsz)
		CLAIM(shown == start + p->p_filesz);
	else
		CLAIM(shown == s->end || s->file_at + s->file_len == size);
}

/* What elf_parse() should say; segments that it should have found are claimed on the way where `e` is given. */
static int verdict(const u8 *file, u64 size, const struct elf_image *e)
{
	wide bias = 0, end = 0;
	Elf64_Ehdr h;
	u32 found = 0, named = 0;

	if (size < sizeof h)
		return -ENOEXEC;
	memcpy(&h, file, sizeof h);
	if (!header_good(&h, size))
		return -ENOEXEC;
	if (h.e_type == ET_DYN)
		bias = bias_of(file, &h);
	for (u32 i = 0; i < h.e_phnum; i++) {
		Elf64_Phdr p = header_at(file, &h, i);
		int err;

		if (p.p_type == PT_INTERP && !named++ &&
		    (p.p_filesz < 2 || p.p_filesz > 4096 || (wide)p.p_offset + p.p_filesz > size ||
		     file[p.p_offset + p.p_filesz - 1]))
			return -ENOEXEC;
		if (p.p_type != PT_LOAD || !p.p_memsz)
			continue;
		if (found == ELF_SEGMENTS)
			return -ENOEXEC;
		err = segment_verdict(&p, size, bias, &end);
		if (err)
			return err;
		if (e)
			claim_segment(&e->segments[found], &p, size, bias);
		found++;
	}
	if (!found || h.e_entry >= USER_TOP || h.e_entry + bias < 0 || h.e_entry + bias >= USER_TOP)
		return -ENOEXEC;
	if (e)
		CLAIM(e->count == found && e->bias == (u64)bias && e->entry == h.e_entry + (u64)bias &&
		      e->phnum == h.e_phnum && !e->interp_size == !named);
	return 0;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct elf_image e;
	int err = elf_parse(data, size, PIE_BASE, &e);

	CLAIM(err == verdict(data, size, NULL));
	if (err)
		return 0;
	CLAIM(elf_sound(&e, size));
	verdict(data, size, &e);
	return 0;
}
