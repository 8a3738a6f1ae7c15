/*
 * argument.c - arguments: by a row's hint (hint.c), by their kind as syscalls.def has it, or any 64 bits.
 */
#include "fuzz.h"

#include <fcntl.h>
#include <mqueue.h>
#include <sys/mman.h>

uint64_t random_state;
int own_pid, main_pid = 1;

static uint64_t any_number(void)
{
	static const uint64_t edges[] = {
		0x7f, 0x80, 0xff, 0x100, 0xfff, 0x1000, 0x1001, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff,
		0x80000000, 0xffffffff, 0x100000000, 0x7fffffffffff, 0x800000000000, 0x7fffffffffffffff,
		0x8000000000000000, 0xffffffff80000000, 0xfffffffffffffffe, 0xffffffffffffffff,
	};

	if (one_in(2))
		return edges[below(COUNT(edges))];
	return one_in(2) ? random64() >> below(64) : 1ul << below(64);
}

/* Processes live side by side, so near numbers are relatives. */
static uint64_t any_process(void)
{
	switch (below(8)) {
	case 0: return 0;
	case 1: return 1;
	case 2: return (uint64_t)-1;
	case 3: return (uint64_t)-own_pid;
	case 4: return (uint64_t)own_pid - below(8);
	case 5: return (uint64_t)own_pid + below(8);
	case 6: return any_number();
	default: return (uint64_t)own_pid;
	}
}

int fd_safe(long fd)
{
	return (int)fd == REPORT_FD ? REPORT_FD + 1 : (int)fd;
}

static uint64_t any_descriptor(void)
{
	return one_in(8) ? (uint64_t)fd_safe((long)any_number()) : 3 + below(one_in(4) ? 60 : 11);
}

/* ---- strings: DATA holds them only while a call needs them, so that they can lie anywhere */

static const char *const programs[] = {
	"/bin/true", "/bin/true", "/bin/true", "/bin/id", "/bin/echo", "/bin/false", "/etc/motd", "/bin",
	"/bin/none", "",
};
static const char *const files[] = {
	"/etc/motd", "/bin/true", "/bin", "/", "etc/motd", "/dev/null", "/proc/self/exe", "/proc/self/exe",
	"/bin/../etc", "/nonesuch", "/etc/motd/x", "///etc//./motd", ".", "..", "", "/proc",
};

static uint64_t string_at_edge(const char *text, size_t length)
{
	char *to = (char *)(one_in(4) ? DATA_END - length : DATA + below((DATA_PAGES - 3) * PAGE));

	memcpy(to, text, length);
	return (uint64_t)to;
}

static uint64_t odd_string(void)
{
	static const unsigned lengths[] = {1, 2, 15, 16, 100, 255, 256, 4094, 4095, 4096, 4097, 8000};
	unsigned n = lengths[below(COUNT(lengths))];
	char *to = (char *)(DATA_END - n - below(2)); /* its end may be missing */

	for (unsigned i = 0; i < n; i++)
		to[i] = one_in(8) ? '/' : (char)(one_in(20) ? random64() : 'a' + i % 26);
	to[n - 1] = 0;
	if (one_in(3))
		((char *)DATA_END)[-1] = 'x';
	return (uint64_t)to;
}

static uint64_t queue_name; /* the last one that was made */

static uint64_t queue_named(void)
{
	char name[] = "fuzz0";

	name[4] += (char)below(8);
	queue_name = string_at_edge(name, sizeof name);
	return queue_name;
}

/* Process 1 must find the queues again, to remove them: none is made under another name. */
static void queue_check(long a[6])
{
	if ((uint64_t)a[0] != queue_name || memcmp((char *)queue_name, "fuzz", 4) || ((char *)queue_name)[5])
		a[1] &= ~O_CREAT;
}

uint64_t path_of(char what)
{
	if (what == '*')
		what = "QXFFFF"[below(6)];
	if (what == 'Q')
		return queue_named();
	const char *text = what == 'X' ? programs[below(COUNT(programs))] : files[below(COUNT(files))];

	return string_at_edge(text, strlen(text) + 1);
}

/* ---- by kind */

/* Small numbers, sizes of structures, sizes of buffers. */
static uint64_t any_size(void)
{
	switch (below(4)) {
	case 0: return below(9);
	case 1: return 8 * below(9);
	case 2: return 1ul << below(14);
	default: return below(300) * below(20);
	}
}

static uint64_t by_kind(char kind)
{
	int wild = one_in(5);

	switch (kind) {
	case 'f':
		return any_descriptor();
	case 'p':
		return wild ? pointer_bad() : one_in(6) ? 0 : pointer_good();
	case 's':
		return wild ? pointer_bad() : one_in(5) ? odd_string() : path_of('*');
	case 'o':
		return wild ? any_number() : below(4) * 1000;
	case 'u':
		return wild ? (one_in(3) ? pointer_good() : any_number()) : any_size();
	default:
		return wild ? (one_in(3) ? any_process() : any_number()) : below(17) - (one_in(9) ? 2 : 0);
	}
}

/* ---- by a hint's word */

static uint64_t by_letter(char letter, char kind)
{
	switch (letter) {
	case 'n': return 0;
	case 'P': return any_process();
	case 'M': return (uint64_t)own_pid;
	case 'S': return below(66);
	case 'B': return (uint64_t)call(SYS_brk, 0) + (one_in(3) ? 0 : (below(20) - 4) * PAGE);
	case 'L': return (1 + below(one_in(5) ? 40 : 6)) * PAGE;
	case 'W': return pointer_target();
	case 'Q':
	case 'X':
	case 'F': return path_of(letter);
	case '.': return by_kind(kind);
	default: return pointer_to(letter);
	}
}

static const char *number_parse(const char *at, uint64_t *out)
{
	int negative = *at == '-', base = 10;
	uint64_t n = 0;

	at += negative;
	if (at[0] == '0' && at[1] == 'x')
		at += 2, base = 16;
	else if (at[0] == '0')
		base = 8;
	for (;; at++) {
		int digit = *at >= '0' && *at <= '9' ? *at - '0' : *at >= 'a' && *at <= 'f' ? *at - 'a' + 10 : 99;

		if (digit >= base)
			break;
		n = n * (unsigned)base + (unsigned)digit;
	}
	*out = negative ? -n : n;
	return at;
}

static uint64_t by_word(const char *word, size_t length, char kind)
{
	unsigned alternatives = 1, chosen;
	uint64_t low, high;

	for (size_t i = 0; i < length; i++)
		alternatives += word[i] == '|';
	chosen = below(alternatives);
	while (chosen)
		chosen -= *word++ == '|';
	if (*word != '-' && (*word < '0' || *word > '9'))
		return by_letter(*word, kind);
	word = number_parse(word, &low);
	if (word[0] != '.' || word[1] != '.')
		return low;
	number_parse(word + 2, &high);
	return low + below((unsigned)(high - low + 1));
}

/* Two calls of three follow the hint, where there is one; and each argument leaves it now and then. */
void arguments_make(const struct row *r, long a[6])
{
	const char *word = r->hint && !one_in(3) ? r->hint : "";

	for (int i = 0; i < 6; i++) {
		char kind = *r->kinds && (size_t)i < strlen(r->kinds) ? r->kinds[i] : 0;
		size_t length = strcspn(word, " ");

		if (!kind)
			a[i] = one_in(4) ? (long)random64() : 0;
		else if (length && !one_in(25))
			a[i] = (long)by_word(word, length, kind);
		else
			a[i] = (long)by_kind(kind);
		if (kind == 'f')
			a[i] = fd_safe(a[i]);
		word += length + (word[length] == ' ');
	}
	if (r->number == SYS_mq_open)
		queue_check(a);
}

/* ---- descriptors 3 to 12: pipes (one that never blocks, one that does), queues, a file, a directory, a sink */

static int queue_open(const char *name, int flags)
{
	struct mq_attr attr = {.mq_maxmsg = 8, .mq_msgsize = 8192};

	return (int)call(SYS_mq_open, name, flags | O_CREAT | O_RDWR, 0666, &attr);
}

void descriptors_reset(void)
{
	static const char text[] = "some bytes that a reader will find";
	int fd[2];

	for (int i = 1; i < 64; i++)
		if (i != 2)
			call(SYS_close, i);
	call(SYS_dup2, 2, 1);
	call(SYS_pipe2, fd, O_NONBLOCK); /* 3, 4 */
	call(SYS_pipe2, fd, 0);          /* 5, 6 */
	queue_open("fuzz0", O_NONBLOCK); /* 7 */
	call(SYS_open, "/etc/motd", 0);  /* 8 */
	call(SYS_open, "/bin", O_DIRECTORY);
	call(SYS_open, "/dev/null", O_RDWR); /* 10 */
	call(SYS_open, "/bin/true", 0);
	queue_open("fuzz1", 0); /* 12 */
	for (int i = 0; i < 20; i++)
		call(SYS_write, 4, text, sizeof text);
}
