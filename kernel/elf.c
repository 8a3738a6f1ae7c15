/*
 * elf.c - checks every number of an ELF file before anything is made of it (elf.h).
 */
#include "kernel/elf.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/layout.h"
#include "kernel/lib/string.h"

#define ET_EXEC      2
#define ET_DYN       3
#define EM_X86_64    62
#define PT_LOAD      1
#define PT_INTERP    3
#define PF_X         1
#define PF_W         2
#define PHDR_BYTES_MAX 65536 /* as Linux */
#define INTERP_MAX     4096  /* Linux's PATH_MAX */

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

	return !memcmp(h->magic, magic, sizeof magic) && (h->type == ET_EXEC || h->type == ET_DYN) &&
	       h->machine == EM_X86_64 && h->phentsize == sizeof(struct elf_phdr) && h->phnum &&
	       h->phnum * sizeof(struct elf_phdr) <= PHDR_BYTES_MAX && h->phoff < size &&
	       h->phnum * sizeof(struct elf_phdr) <= size - h->phoff;
}

static bool range_ok(u64 vaddr, u64 memsz)
{
	return memsz < USER_TOP && vaddr < USER_TOP - memsz;
}

/* The bias is added only once the file's own numbers are in range: neither sum can then wrap unseen. */
static bool segment_ok(const struct elf_phdr *p, u64 size, u64 bias)
{
	return p->offset <= size && p->filesz <= size - p->offset && p->filesz <= p->memsz &&
	       range_ok(p->vaddr, p->memsz) && range_ok(p->vaddr + bias, p->memsz) && p->vaddr + bias >= USER_BOTTOM &&
	       (p->vaddr & PAGE_MASK) == (p->offset & PAGE_MASK);
}

/* As mapping whole pages of the file would: what stands before the segment in its first page appears as
 * well, and behind it too, unless zeroes are asked for there. */
static int add_segment(struct elf_image *out, const struct elf_phdr *p, u64 size)
{
	struct elf_segment *s = &out->segments[out->count];
	u64 lead = p->vaddr & PAGE_MASK, at = p->vaddr + out->bias;

	if (!p->memsz)
		return 0;
	if (!segment_ok(p, size, out->bias) || out->count == ELF_SEGMENTS)
		return -ENOEXEC;
	if ((p->flags & (PF_W | PF_X)) == (PF_W | PF_X))
		return -EACCES;
	s->start = at - lead;
	s->end = ALIGN_UP(at + p->memsz, PAGE_SIZE);
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
		out->phdr = p->vaddr + out->bias + (h->phoff - p->offset);
}

static struct elf_phdr phdr_read(const u8 *file, const struct elf_header *h, u32 i)
{
	struct elf_phdr p;

	memcpy(&p, file + h->phoff + i * sizeof p, sizeof p);
	return p;
}

/* What brings the first segment to `base`, with the strictest alignment that a segment asks for (as Linux,
 * an alignment that is no power of two counts for nothing). */
static u64 choose_bias(const u8 *file, const struct elf_header *h, u64 base, u64 *strictest)
{
	u64 align = PAGE_SIZE, first = ~0ull;

	for (u32 i = 0; i < h->phnum; i++) {
		struct elf_phdr p = phdr_read(file, h, i);

		if (p.type != PT_LOAD || !p.memsz)
			continue;
		if (p.align > align && !(p.align & (p.align - 1)))
			align = p.align;
		if (first == ~0ull)
			first = ALIGN_DOWN(p.vaddr, PAGE_SIZE);
	}
	*strictest = align;
	return ALIGN_DOWN(base - first, align);
}

/* As on Linux the first one counts, and its name is a terminated string. */
static int note_interp(struct elf_image *out, const u8 *file, const struct elf_phdr *p, u64 size)
{
	if (out->interp_size)
		return 0;
	if (p->filesz < 2 || p->filesz > INTERP_MAX || p->offset > size || p->filesz > size - p->offset ||
	    file[p->offset + p->filesz - 1])
		return -ENOEXEC;
	out->interp_at = p->offset;
	out->interp_size = p->filesz;
	return 0;
}

int elf_parse(const u8 *file, u64 size, u64 base, struct elf_image *out)
{
	struct elf_header h;
	int err = 0;

	memset(out, 0, sizeof *out);
	if (size < sizeof h)
		return -ENOEXEC;
	memcpy(&h, file, sizeof h);
	if (!header_ok(&h, size))
		return -ENOEXEC;
	if (h.type == ET_DYN)
		out->bias = choose_bias(file, &h, base, &out->align);
	for (u32 i = 0; i < h.phnum && !err; i++) {
		struct elf_phdr p = phdr_read(file, &h, i);

		if (p.type == PT_INTERP)
			err = note_interp(out, file, &p, size);
		if (p.type != PT_LOAD)
			continue;
		err = add_segment(out, &p, size);
		note_phdr(out, &h, &p);
	}
	out->entry = h.entry + out->bias;
	if (!err && (!out->count || h.entry >= USER_TOP || out->entry >= USER_TOP))
		err = -ENOEXEC;
	out->phnum = h.phnum;
	return err;
}
