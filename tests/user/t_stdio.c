/* t_stdio - libc's printf, scanf and streams, on top of the system calls. Prints some plain lines, too. */
#include "tap.h"

#include <math.h>

static char text[512];

#define prints(want, ...)                                                                     \
	do {                                                                                  \
		int prints_n = snprintf(text, sizeof text, __VA_ARGS__);                      \
		ok(prints_n == (int)strlen(want) && !strcmp(text, want), "printf: %s", want); \
	} while (0)

static void formats(void)
{
	prints("42 -42 4294967254", "%d %d %u", 42, -42, -42u);
	prints("2a 2A 0x2a 052", "%x %X %#x %#o", 42, 42, 42, 42);
	prints("[   42][42   ][00042]", "[%5d][%-5d][%05d]", 42, 42, 42);
	prints("-9223372036854775808 18446744073709551615", "%lld %llu", -9223372036854775807LL - 1, ~0ULL);
	prints("[abc][  abc][ab]", "[%s][%5s][%.2s]", "abc", "abc", "abc");
	prints("c %", "%c %%", 'c');
	prints("3.140000 3.14 3", "%f %.2f %.0f", 3.14, 3.14, 3.14);
	prints("1.000000e+10 1e+10", "%e %g", 1e10, 1e10);
	prints("0.1 0.30000000000000004", "%.1f %.17g", 0.1, 0.1 + 0.2);
	prints("inf -inf nan", "%f %f %f", INFINITY, -INFINITY, NAN);
	prints("0x1.8p+1", "%a", 3.0);
	prints("2.718281828459045091", "%.18Lf", 2.718281828459045091L);
	prints("[    7][7    ]", "[%*d][%-*d]", 5, 7, 5, 7);
}

static void scans(void)
{
	char word[16] = "", letters[16] = "";
	int a = 0, b = 0, n = sscanf("12 -7 hello xyz9", "%d %d %15s %15[a-z]", &a, &b, word, letters);
	unsigned hex = 0;
	double d = 0;

	eq(n, 4, "sscanf finds four");
	ok(a == 12 && b == -7 && !strcmp(word, "hello") && !strcmp(letters, "xyz"), "the right ones");
	eq(sscanf("ff 2.5e3", "%x %lf", &hex, &d), 2, "sscanf of other kinds");
	ok(hex == 255 && d == 2500.0, "the right ones");
	eq(sscanf("none", "%d", &a), 0, "sscanf finds none");
	eq(strtol("0x7fff", 0, 0), 32767, "strtol");
	ok(strtod("1e-3", 0) == 0.001, "strtod");
}

static void streams(void)
{
	char line[64] = "";
	int fd[2], good = 1;
	FILE *in, *out;

	if (pipe(fd))
		_exit(97);
	in = fdopen(fd[0], "r");
	out = fdopen(fd[1], "w");
	for (int i = 0; i < 500; i++)
		fprintf(out, "line %d of text\n", i);
	fclose(out);
	for (int i = 0; i < 500; i++) {
		char want[64];

		snprintf(want, sizeof want, "line %d of text\n", i);
		good &= fgets(line, sizeof line, in) && !strcmp(line, want);
	}
	ok(good, "500 lines through a stream on a pipe");
	ok(!fgets(line, sizeof line, in) && feof(in), "then end of file");
	fclose(in);
}

static void file_stream(void)
{
	unsigned char head[4] = {0};
	FILE *f = fopen("/proc/self/exe", "rb");

	ok(f != 0, "fopen");
	eq(f ? fread(head, 1, 4, f) : 0, 4, "fread");
	ok(!memcmp(head, "\177ELF", 4), "the right bytes");
	eq(f ? fseek(f, 0, SEEK_END) : -1, 0, "fseek");
	ok(f && ftell(f) > 10000, "ftell");
	if (f)
		fclose(f);
	ok(!fopen("/no/such/file", "r") && errno == ENOENT, "fopen of no file");
}

/* What is in a buffer at exit is written once, by the process that ends through exit(). */
static void at_exit(void *unused)
{
	(void)unused;
	printf("buffered line of a child, ");
	printf("written at its exit\n");
	exit(0);
}

int main(void)
{
	formats();
	scans();
	streams();
	file_stream();
	eq(status_of(at_exit, 0), EXITED(0), "a child writes its buffer at exit");
	printf("plain line %d\n", 1);
	fflush(stdout);
	puts("plain line 2");
	fflush(stdout);
	return tap_done();
}
