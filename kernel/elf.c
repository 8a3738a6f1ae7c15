/*
 * elf.c - checks every number of an ELF file before anything is made of it (elf.h).
 */
#include "kernel/elf.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/layout.h"
#include "kernel/lib/string.h"

#define ET_EXEC      2
#define EM_X86_64    62
#define PT_LOAD      1
#define PT_INTERP    3
#define PF_X         1
#define PF_W         2
#define PHDR_BYTES_MAX 65536 /* as Linux */

struct elf_header {
	u8 magic[4], class, data, version, abi, pad[8];
	u16 type, machine;
	u32 version2;
	u64 entry, phoff, shoff;
	u32 flags;
	u16 ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};

struct elf_phdr {
	u32 type, flags;
	u64 offset, vaddr, paddr, filesz, memsz, align;
};

static bool header_ok(const struct elf_header *h, u64 size)
{
	static const u8 magic[] = {0x7f, 'E', 'L', 'F', 2 /* 64 bits */, 1 /* little-endian */};

	return !memcmp(h->magic, magic, sizeof magic) && h->type == ET_EXEC && h->machine == EM_X86_64 &&
	       h->phentsize == sizeof(struct elf_phdr) && h->phnum &&
	       h->phnum * sizeof(struct elf_phdr) <= PHDR_BYTES_MAX && h->phoff < size &&
	       h->phnum * sizeof(struct elf_phdr) <= size - h->phoff;
}

static bool segment_ok(const struct elf_phdr *p, u64 size)
{
	return p->offset <= size && p->filesz <= size - p->offset && p->filesz <= p->memsz && p->vaddr >= USER_BOTTOM &&
	       p->memsz < USER_TOP && p->vaddr < USER_TOP - p->memsz &&
	       (p->vaddr & PAGE_MASK) == (p->offset & PAGE_MASK);
}

/* As mapping whole pages of the file would: what stands before the segment in its first page appears as
 * well, and behind it too, unless zeroes are asked for there. */
static int add_segment(struct elf_image *out, const struct elf_phdr *p, u64 size)
{
	struct elf_segment *s = &out->segments[out->count];
	u64 lead = p->vaddr & PAGE_MASK;

	if (!p->memsz)
		return 0;
	if (!segment_ok(p, size) || out->count == ELF_SEGMENTS)
		return -ENOEXEC;
	if ((p->flags & (PF_W | PF_X)) == (PF_W | PF_X))
		return -EACCES;
	s->start = p->vaddr - lead;
	s->end = ALIGN_UP(p->vaddr + p->memsz, PAGE_SIZE);
	s->file_at = p->offset - lead;
	s->file_len = lead + p->filesz;
	if (p->memsz == p->filesz)
		s->file_len = MIN(s->end - s->start, size - s->file_at);
	s->rights = p->flags;
	if (out->count && s->start < s[-1].end)
		return -ENOEXEC; /* the ABI wants them ascending */
	out->count++;
	out->brk = s->end;
	return 0;
}

static void note_phdr(struct elf_image *out, const struct elf_header *h, const struct elf_phdr *p)
{
	if (p->type == PT_LOAD && h->phoff >= p->offset && h->phoff < p->offset + p->filesz)
		out->phdr = p->vaddr + (h->phoff - p->offset);
}

int elf_parse(const u8 *file, u64 size, struct elf_image *out)
{
	struct elf_header h;
	struct elf_phdr p;
	int err = 0;

	memset(out, 0, sizeof *out);
	if (size < sizeof h)
		return -ENOEXEC;
	memcpy(&h, file, sizeof h);
	if (!header_ok(&h, size))
		return -ENOEXEC;
	for (u32 i = 0; i < h.phnum && !err; i++) {
		memcpy(&p, file + h.phoff + i * sizeof p, sizeof p);
		if (p.type == PT_INTERP)
			return -ENOENT;
		if (p.type != PT_LOAD)
			continue;
		err = add_segment(out, &p, size);
		note_phdr(out, &h, &p);
	}
	if (!err && (!out->count || h.entry >= USER_TOP))
		err = -ENOEXEC;
	out->entry = h.entry;
	out->phnum = h.phnum;
	return err;
}
