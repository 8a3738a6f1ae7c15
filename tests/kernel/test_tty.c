/*
 * test_tty.c - the line discipline, driven with bytes; and finding names in the boot archive.
 */
#include "ipc/archive.h"
#include "ipc/tty.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/lib/test.h"
#include "sched/signal.h"

static struct tty tty;
static char shown[16384]; /* what came out, terminated */
static size_t shown_length;

static void show(const void *bytes, size_t n)
{
	n = MIN(n, sizeof(shown) - 1 - shown_length);
	memcpy(shown + shown_length, bytes, n);
	shown_length += n;
	shown[shown_length] = 0;
}

static void fresh(void)
{
	tty_init(&tty, show);
	shown_length = 0;
	shown[0] = 0;
}

/* Types the text; the last signal that came of it. */
static int type(const char *text)
{
	int last = 0;

	lock_acquire(&tty.lock);
	while (*text) {
		int signal = tty_input(&tty, (u8)*text++);

		last = signal ? signal : last;
	}
	lock_release(&tty.lock);
	return last;
}

static bool shows(const char *text)
{
	bool same = strcmp(shown, text) == 0;

	shown_length = 0;
	shown[0] = 0;
	return same;
}

/* What one read of n bytes gives, as text. */
static const char *taken(size_t n)
{
	static char text[TTY_BUFFER + 1];
	bool end;

	lock_acquire(&tty.lock);
	n = tty_take(&tty, (u8 *)text, n, &end);
	lock_release(&tty.lock);
	text[n] = 0;
	return text;
}

#define EXPECT_TAKEN(n, text) EXPECT(strcmp(taken(n), text) == 0)

static void set_flags(u32 iflag, u32 lflag)
{
	struct termios_abi t = termios_default;

	t.iflag = iflag;
	t.lflag = lflag;
	lock_acquire(&tty.lock);
	tty_set_termios(&tty, &t);
	lock_release(&tty.lock);
}

KTEST(tty_lines)
{
	fresh();
	type("one\rtw");
	EXPECT(shows("one\r\ntw"));
	EXPECT_EQ(tty_available(&tty), 4);
	EXPECT_TAKEN(100, "one\n"); /* a read ends at the line's end */
	EXPECT_TAKEN(100, "");
	type("o\nthree\n");
	EXPECT_TAKEN(2, "tw");
	EXPECT_TAKEN(100, "o\n");
	EXPECT_TAKEN(100, "three\n");
}

KTEST(tty_erase)
{
	fresh();
	type("helpo\x7f\x7flo\r");
	EXPECT(shows("helpo\b \b\b \blo\r\n"));
	EXPECT_TAKEN(100, "hello\n");
	type("\x7f\x7f");
	EXPECT(shows("")); /* nothing to erase, and not the last line */
	type("a\b\x01\x7f!\n");
	EXPECT(shows("a\b \b^A\b \b\b \b!\r\n")); /* ^H as well; a caret takes two cells */
	EXPECT_TAKEN(100, "!\n");
}

KTEST(tty_kill)
{
	fresh();
	type("rm -rf\x15ls\n");
	EXPECT_TAKEN(100, "ls\n");
	shown_length = 0;
	type("ab\x15");
	EXPECT(shows("ab\b \b\b \b"));
}

KTEST(tty_end_of_file)
{
	bool end;
	u8 c;

	fresh();
	type("part\x04");
	EXPECT_TAKEN(100, "part"); /* pushed, without a newline */
	type("exact\x04");
	EXPECT_TAKEN(5, "exact");
	EXPECT_EQ(tty_available(&tty), 0); /* the mark went with it */
	type("\x04");
	EXPECT_EQ(tty_available(&tty), 1);
	lock_acquire(&tty.lock);
	EXPECT_EQ(tty_take(&tty, &c, 1, &end), 0);
	lock_release(&tty.lock);
	EXPECT(end);
	EXPECT_EQ(tty_available(&tty), 0);
	EXPECT(shows("partexact"));
}

KTEST(tty_signals)
{
	fresh();
	EXPECT_EQ(type("abc\x03"), SIGINT);
	EXPECT(shows("abc^C"));
	EXPECT_EQ(type("\x1c"), SIGQUIT);
	EXPECT_EQ(type("\x1a"), SIGTSTP);
	type("new\n");
	EXPECT_TAKEN(100, "new\n"); /* what was typed before is gone */
	set_flags(ICRNL, ICANON | ECHO);
	EXPECT_EQ(type("\x03\n"), 0);
	EXPECT_TAKEN(100, "\x03\n");
}

KTEST(tty_raw)
{
	fresh();
	set_flags(0, 0);
	type("a\r\x7f\x04\x03");
	EXPECT_EQ(tty_available(&tty), 5);
	EXPECT(shows(""));
	EXPECT_TAKEN(2, "a\r");
	EXPECT_TAKEN(100, "\x7f\x04\x03");
	type("rest");
	set_flags(ICRNL, ICANON);
	EXPECT_TAKEN(100, "rest"); /* became a line by the change */
	type("half");
	EXPECT_EQ(tty_available(&tty), 0);
	set_flags(0, 0);
	EXPECT_TAKEN(100, "half");
}

KTEST(tty_overflow)
{
	fresh();
	for (int i = 0; i < TTY_BUFFER + 100; i++)
		type("x");
	EXPECT(!tty_is_full(&tty)); /* one line: what is too much is dropped, the newline fits */
	type("\n");
	EXPECT(tty_is_full(&tty));
	EXPECT_EQ(tty_available(&tty), TTY_BUFFER);
	EXPECT_EQ(strlen(taken(TTY_BUFFER)), TTY_BUFFER);
	EXPECT(!tty_is_full(&tty));
	type("ok\n");
	EXPECT_TAKEN(100, "ok\n");
}

KTEST(tty_output_processing)
{
	static const u8 text[] = "a\nb\r\nc";

	fresh();
	lock_acquire(&tty.lock);
	tty_output(&tty, text, sizeof(text) - 1);
	lock_release(&tty.lock);
	EXPECT(shows("a\r\nb\r\r\nc"));
	tty.termios.oflag = 0;
	lock_acquire(&tty.lock);
	tty_output(&tty, text, sizeof(text) - 1);
	lock_release(&tty.lock);
	EXPECT(shows("a\nb\r\nc"));
}

/* ---- the archive */

static const struct archive_entry *find(const char *path, int *err)
{
	*err = 0;
	return archive_find(path, err);
}

KTEST(archive_paths)
{
	const struct archive_entry *null, *root, *dev;
	char name[300];
	int err;

	root = find("/", &err);
	null = find("/dev/null", &err);
	dev = find("dev", &err);
	REQUIRE(root && null && dev);
	EXPECT_EQ(entry_kind(null), S_IFCHR);
	EXPECT(find("dev//.././dev/../dev/null", &err) == null);
	EXPECT(find("/../../dev/.//null", &err) == null);
	EXPECT(archive_find_at(dev, "null", &err) == null);
	EXPECT(archive_find_at(dev, "/dev/null", &err) == null);
	EXPECT(archive_find_at(dev, "..", &err) == root);
	EXPECT(find("dev/", &err) == dev && find(".", &err) == root);
	EXPECT(!find("dev/null/", &err) && err == -ENOTDIR);
	EXPECT(!find("dev/null/..", &err) && err == -ENOTDIR);
	EXPECT(!find("nowhere/..", &err) && err == -ENOENT);
	EXPECT(!find("", &err) && err == -ENOENT);
	memset(name, 'n', sizeof(name));
	name[256] = 0;
	EXPECT(!find(name, &err) && err == -ENAMETOOLONG);
	name[255] = 0;
	EXPECT(!find(name, &err) && err == -ENOENT);
}

KTEST(archive_tree_is_closed)
{
	u32 last = 0;
	int err;

	for (const struct archive_entry *e = archive_next(NULL); e; e = archive_next(e)) {
		EXPECT(e->ino > last);
		last = e->ino;
		EXPECT(archive_find(e->name[0] ? e->name : "/", &err) == e);
		for (const char *slash = e->name; (slash = strchr(slash, '/')); slash++) {
			char parent[CPIO_NAME_MAX + 1];
			const struct archive_entry *p;

			string_copy(parent, e->name, (size_t)(slash - e->name) + 1);
			p = archive_find(parent, &err);
			EXPECT(p && entry_kind(p) == S_IFDIR);
		}
	}
}

KTEST(cpio_refuses_damage)
{
	static const u8 nothing[16];
	struct cpio c;

	EXPECT_EQ(crc32_of((const u8 *)"123456789", 9), 0xcbf43926);
	EXPECT_EQ(crc32_of(nothing, 0), 0);
	EXPECT(cpio_open(&c, nothing, 3));
	EXPECT(cpio_open(&c, nothing, sizeof(nothing)));
}
