/*
 * archive.c - the tree of the boot archive: building it and finding names in it. See archive.h.
 *
 * E1  Every entry's parent directory is an entry, and comes before it: cpio(1) writes them so.
 * E2  No two entries have one name.
 *
 * Names are searched for one by one: comparing a hundred of them costs less than a page fault.
 */
#include "ipc/archive.h"

#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "mm/cache.h"

#define COMPONENT_MAX 255 /* NAME_MAX */

/* What no archive holds. It may hold the directories too. */
static struct archive_entry fixed[] = {
	{.name = "", .mode = S_IFDIR | 0755},
	{.name = "dev", .mode = S_IFDIR | 0755},
	{.name = "dev/null", .mode = S_IFCHR | 0666, .rdev = RDEV_NULL},
	{.name = "proc", .mode = S_IFDIR | 0755},
	{.name = "proc/self", .mode = S_IFDIR | 0755},
	{.name = "proc/self/exe", .mode = S_IFLNK | 0777},
};

static struct list entries = LIST_INIT(entries);
static u32 count;
static u64 total_bytes;

const struct archive_entry *archive_next(const struct archive_entry *e)
{
	const struct list *next = e ? e->link.next : entries.next;

	return next == &entries ? NULL : list_entry(next, struct archive_entry, link);
}

u64 archive_length(void)
{
	return total_bytes;
}

static const struct archive_entry *find_name(const char *name, size_t length)
{
	for (const struct archive_entry *e = archive_next(NULL); e; e = archive_next(e))
		if (strncmp(e->name, name, length) == 0 && e->name[length] == 0)
			return e;
	return NULL;
}

static void entry_add(struct archive_entry *e)
{
	e->ino = ++count;
	list_push_back(&entries, &e->link);
}

static bool parent_exists(const char *name)
{
	size_t n = strlen(name);
	const struct archive_entry *parent;

	while (n && name[n] != '/')
		n--;
	parent = find_name(name, n);
	return parent && entry_kind(parent) == S_IFDIR;
}

/* NULL, or what is wrong with it. */
static const char *tree_add(const struct cpio_entry *from)
{
	const struct archive_entry *old = find_name(from->name, strlen(from->name));
	struct archive_entry *e;

	if (old && entry_kind(old) == S_IFDIR && (from->mode & S_IFMT) == S_IFDIR)
		return NULL;
	if (old)
		return "two of its files have one name";
	if (!parent_exists(from->name))
		return "one of its files lies in no directory";
	e = kmalloc(sizeof(*e));
	if (!e)
		return "there is no memory for its directories";
	*e = (struct archive_entry){.name = from->name, .data = from->data, .size = from->size, .mode = from->mode};
	entry_add(e);
	return NULL;
}

const char *archive_init(const u8 *data, u64 length)
{
	const char *problem;
	struct cpio_entry e;
	struct cpio c;
	int more = 0;

	for (u32 i = 0; i < ARRAY_SIZE(fixed); i++)
		entry_add(&fixed[i]);
	total_bytes = length;
	problem = cpio_open(&c, data, length);
	while (!problem && (more = cpio_next(&c, &e)) > 0)
		problem = tree_add(&e);
	return more < 0 ? c.error : problem;
}

/* Appends or takes away one component of `name`, whose length is *n. */
static int walk_component(char *name, size_t *n, const char *component, size_t length)
{
	if (length == 0 || (length == 1 && component[0] == '.'))
		return 0;
	if (length == 2 && component[0] == '.' && component[1] == '.') {
		while (*n && name[--*n] != '/')
			;
		return 0;
	}
	if (length > COMPONENT_MAX)
		return -ENAMETOOLONG;
	if (*n + !!*n + length > CPIO_NAME_MAX)
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
	const struct archive_entry *e = base && path[0] != '/' ? base : archive_next(NULL);
	char name[CPIO_NAME_MAX + 1];
	size_t n = strlen(e->name);

	memcpy(name, e->name, n);
	*err = path[0] ? 0 : -ENOENT;
	while (!*err && *path) {
		size_t length = 0;

		while (*path == '/')
			path++;
		while (path[length] && path[length] != '/')
			length++;
		*err = entry_kind(e) == S_IFDIR ? walk_component(name, &n, path, length) : -ENOTDIR;
		if (!*err && !(e = find_name(name, n)))
			*err = -ENOENT;
		path += length;
	}
	return *err ? NULL : e;
}

const struct archive_entry *archive_find(const char *path, int *err)
{
	return archive_find_at(NULL, path, err);
}
