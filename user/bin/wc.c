/*
 * wc.c - wc [-l] [-w] [-c] [FILE...]: lines, words and bytes of files or of standard input, blank between
 * the numbers (POSIX XCU "wc"), and the sum for several files.
 */
#include <ctype.h>
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "user/lib/io.h"

struct counts {
	unsigned long long lines, words, bytes;
};

static bool show_lines, show_words, show_bytes;

static bool count_descriptor(int fd, struct counts *counts)
{
	static unsigned char block[16384];
	bool in_word = false;
	ssize_t got;

	while ((got = read(fd, block, sizeof block)) > 0) {
		counts->bytes += (unsigned long long)got;
		for (ssize_t i = 0; i < got; i++) {
			bool blank = isspace(block[i]);

			counts->lines += block[i] == '\n';
			counts->words += !blank && !in_word;
			in_word = !blank;
		}
	}
	return got == 0;
}

static void print_counts(const struct counts *counts, const char *name)
{
	const char *gap = "";

	if (show_lines) {
		printf("%llu", counts->lines);
		gap = " ";
	}
	if (show_words) {
		printf("%s%llu", gap, counts->words);
		gap = " ";
	}
	if (show_bytes)
		printf("%s%llu", gap, counts->bytes);
	printf(name ? " %s\n" : "\n", name);
}

static int count_file(const char *path, struct counts *total)
{
	struct counts counts = {0};
	bool standard = !path || strcmp(path, "-") == 0;
	int fd = standard ? STDIN_FILENO : open(path, O_RDONLY);
	bool good = fd >= 0 && count_descriptor(fd, &counts);

	if (!good)
		warn("%s", path ? path : "standard input");
	else
		print_counts(&counts, path);
	if (fd >= 0 && !standard)
		close(fd);
	total->lines += counts.lines;
	total->words += counts.words;
	total->bytes += counts.bytes;
	return !good;
}

int main(int argc, char **argv)
{
	struct counts total = {0};
	int option, status = 0;

	while ((option = getopt(argc, argv, "lwc")) != -1) {
		show_lines |= option == 'l';
		show_words |= option == 'w';
		show_bytes |= option == 'c';
		if (option == '?')
			return 2;
	}
	if (!show_lines && !show_words && !show_bytes)
		show_lines = show_words = show_bytes = true;
	if (optind == argc)
		status = count_file(NULL, &total);
	for (int i = optind; i < argc; i++)
		status |= count_file(argv[i], &total);
	if (argc - optind > 1)
		print_counts(&total, "total");
	finish(status);
}
