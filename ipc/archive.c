/*
 * archive.c - the tree of the boot archive: building it and finding names in it. See archive.h.
 *
 * E1  Every entry's parent directory is an entry, and comes before it.
 * E2  No two entries have one name.
 */
#include "ipc/archive.h"

#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "mm/cache.h"

#define CHUNK_ENTRIES (4096 / sizeof(struct archive_entry))
#define CHUNKS        64
#define BUCKETS       256
#define COMPONENT_MAX 255 /* NAME_MAX */

static struct archive_entry *chunks[CHUNKS];
static u32 count;
static u32 buckets[BUCKETS]; /* index + 1 of the newest entry of that hash */
static u64 total_bytes;

static struct archive_entry *entry_at(u32 index)
{
	return &chunks[index / CHUNK_ENTRIES][index % CHUNK_ENTRIES];
}

const struct archive_entry *archive_at(u32 index)
{
	return index < count ? entry_at(index) : NULL;
}

u64 archive_length(void)
{
	return total_bytes;
}

/* FNV-1a, folded. */
static u32 *bucket_of(const char *name, size_t length)
{
	u32 h = 2166136261u;

	while (length--)
		h = (h ^ (u8)*name++) * 16777619u;
	return &buckets[(h ^ h >> 16) % BUCKETS];
}

static struct archive_entry *find_name(const char *name, size_t length)
{
	for (u32 i = *bucket_of(name, length); i; i = entry_at(i - 1)->hash_next) {
		struct archive_entry *e = entry_at(i - 1);

		if (strncmp(e->name, name, length) == 0 && e->name[length] == 0)
			return e;
	}
	return NULL;
}

/* A new entry, whose name must live for ever; NULL: out of memory or of room. */
static struct archive_entry *entry_add(const char *name, u32 mode)
{
	u32 *bucket = bucket_of(name, strlen(name));
	struct archive_entry *e;

	if (count == CHUNK_ENTRIES * CHUNKS)
		return NULL;
	if (count % CHUNK_ENTRIES == 0 && !(chunks[count / CHUNK_ENTRIES] = kmalloc(4096)))
		return NULL;
	e = entry_at(count++);
	*e = (struct archive_entry){.name = name, .mode = mode, .ino = count, .hash_next = *bucket};
	*bucket = count;
	return e;
}

/* Upholds E1 for `name`. */
static const char *parents_add(const char *name)
{
	for (size_t n = 0; name[n]; n++) {
		struct archive_entry *e;
		char *copy;

		if (name[n] != '/')
			continue;
		e = find_name(name, n);
		if (e && entry_kind(e) != S_IFDIR)
			return "a file in it is also a directory";
		if (e)
			continue;
		copy = kmalloc(n + 1);
		if (!copy)
			return "there is no memory for its directories";
		memcpy(copy, name, n);
		copy[n] = 0;
		if (!entry_add(copy, S_IFDIR | 0755))
			return "it holds too many files";
	}
	return NULL;
}

static const char *tree_add(const struct cpio_entry *from)
{
	const char *problem = parents_add(from->name);
	struct archive_entry *e = find_name(from->name, strlen(from->name));

	if (problem)
		return problem;
	if (e && (entry_kind(e) != S_IFDIR || (from->mode & S_IFMT) != S_IFDIR))
		return "two of its files have one name";
	if (!e)
		e = entry_add(from->name, from->mode);
	if (!e)
		return "it holds too many files";
	e->mode = from->mode;
	e->data = from->data;
	e->size = from->size;
	return NULL;
}

static const char *special_add(const char *name, u32 mode, u32 rdev)
{
	const struct cpio_entry as_if = {.name = name, .data = NULL, .size = 0, .mode = mode};
	const char *problem = tree_add(&as_if);

	if (!problem)
		find_name(name, strlen(name))->rdev = rdev;
	return problem;
}

const char *archive_init(const u8 *data, u64 length)
{
	const char *problem;
	struct cpio_entry e;
	struct cpio c;
	int more = 0;

	problem = cpio_open(&c, data, length);
	if (!problem && !entry_add("", S_IFDIR | 0755))
		problem = "there is no memory for its directories";
	while (!problem && (more = cpio_next(&c, &e)) > 0)
		problem = tree_add(&e);
	if (!problem && more < 0)
		problem = c.error;
	if (!problem)
		problem = special_add("dev/null", S_IFCHR | 0666, RDEV_NULL);
	if (!problem)
		problem = special_add("dev/tty", S_IFCHR | 0666, RDEV_TTY);
	if (!problem)
		problem = special_add("proc/self/exe", S_IFLNK | 0777, 0);
	total_bytes = length;
	return problem;
}

/* Appends or takes away one component of `name`, whose length is *n. */
static int walk_component(char *name, size_t *n, const char *component, size_t length)
{
	if (length == 1 && component[0] == '.')
		return 0;
	if (length == 2 && component[0] == '.' && component[1] == '.') {
		while (*n && name[--*n] != '/')
			;
		return 0;
	}
	if (length > COMPONENT_MAX)
		return -ENAMETOOLONG;
	if (*n + 1 + length > CPIO_NAME_MAX)
		return -ENOENT; /* no entry's name is that long */
	if (*n)
		name[(*n)++] = '/';
	memcpy(name + *n, component, length);
	*n += length;
	return 0;
}

/* The walk keeps the name of where it is, so that ".." needs no parent pointers. */
const struct archive_entry *archive_find_at(const struct archive_entry *base, const char *path, int *err)
{
	char name[CPIO_NAME_MAX + 1];
	const struct archive_entry *e;
	size_t n = 0;

	if (base && path[0] != '/') {
		n = strlen(base->name);
		memcpy(name, base->name, n);
	}
	*err = -ENOENT;
	e = path[0] ? find_name(name, n) : NULL;
	while (e && *path) {
		size_t length = 0;

		if (entry_kind(e) != S_IFDIR) {
			*err = -ENOTDIR;
			return NULL;
		}
		while (*path == '/')
			path++;
		while (path[length] && path[length] != '/')
			length++;
		*err = length ? walk_component(name, &n, path, length) : 0;
		e = *err ? NULL : find_name(name, n);
		if (!*err && !e)
			*err = -ENOENT;
		path += length;
	}
	return e;
}

const struct archive_entry *archive_find(const char *path, int *err)
{
	return archive_find_at(NULL, path, err);
}
