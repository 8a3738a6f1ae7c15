/*
 * ls.c - ls [-a] [-l] [-1] [PATH...]: names in order; in columns on a terminal, one a line elsewhere.
 * -l: type and rights, bytes, name. (The boot archive keeps no times that would mean anything.)
 */
#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "user/lib/io.h"

static bool show_hidden, show_long, one_a_line;

struct names {
	char **name;
	size_t count, capacity;
};

static void names_add(struct names *names, const char *name)
{
	if (names->count == names->capacity) {
		names->capacity = names->capacity ? 2 * names->capacity : 64;
		names->name = realloc(names->name, names->capacity * sizeof *names->name);
		if (!names->name)
			err(1, NULL);
	}
	names->name[names->count] = strdup(name);
	if (!names->name[names->count++])
		err(1, NULL);
}

static int names_compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void names_free(struct names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->name[i]);
	free(names->name);
}

static char type_letter(mode_t mode)
{
	return S_ISDIR(mode) ? 'd' : S_ISLNK(mode) ? 'l' : S_ISCHR(mode) ? 'c' : S_ISFIFO(mode) ? 'p' : '-';
}

static int print_long(const char *path, const char *name)
{
	static const char letters[] = "rwxrwxrwx";
	struct stat status;
	char rights[10] = "---------";

	if (lstat(path, &status) < 0) {
		warn("%s", path);
		return 1;
	}
	for (int i = 0; i < 9; i++)
		if (status.st_mode & (0400u >> i))
			rights[i] = letters[i];
	printf("%c%s %9lld %s\n", type_letter(status.st_mode), rights, (long long)status.st_size, name);
	return 0;
}

/* Fills columns from top to bottom, as wide as the longest name. */
static void print_columns(const struct names *names, size_t width)
{
	size_t widest = 0, columns, rows;

	for (size_t i = 0; i < names->count; i++)
		if (strlen(names->name[i]) > widest)
			widest = strlen(names->name[i]);
	columns = width / (widest + 2);
	if (columns == 0)
		columns = 1;
	rows = (names->count + columns - 1) / columns;
	for (size_t row = 0; row < rows; row++) {
		for (size_t i = row; i < names->count; i += rows)
			printf("%-*s", i + rows < names->count ? (int)widest + 2 : 0, names->name[i]);
		printf("\n");
	}
}

static int list_directory(const char *path)
{
	DIR *directory = opendir(path);
	struct names names = {0};
	struct winsize size;
	struct dirent *entry;
	int status = 0;

	if (!directory) {
		warn("%s", path);
		return 1;
	}
	for (errno = 0; (entry = readdir(directory)) != NULL; errno = 0)
		if (show_hidden || entry->d_name[0] != '.')
			names_add(&names, entry->d_name);
	if (errno) {
		warn("%s", path);
		status = 1;
	}
	closedir(directory);
	if (names.count)
		qsort(names.name, names.count, sizeof *names.name, names_compare);
	if (!show_long && !one_a_line && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0) {
		print_columns(&names, size.ws_col ? size.ws_col : 80);
	} else {
		for (size_t i = 0; i < names.count; i++) {
			char full[4096];

			snprintf(full, sizeof full, "%s/%s", path, names.name[i]);
			if (!show_long)
				printf("%s\n", names.name[i]);
			else
				status |= print_long(full, names.name[i]);
		}
	}
	names_free(&names);
	return status;
}

static int list(const char *path, bool heading)
{
	struct stat status;

	if (stat(path, &status) < 0) {
		warn("%s", path);
		return 1;
	}
	if (!S_ISDIR(status.st_mode)) {
		if (show_long)
			return print_long(path, path);
		printf("%s\n", path);
		return 0;
	}
	if (heading)
		printf("%s:\n", path);
	return list_directory(path);
}

int main(int argc, char **argv)
{
	int option, status = 0;

	while ((option = getopt(argc, argv, "al1")) != -1) {
		show_hidden |= option == 'a';
		show_long |= option == 'l';
		one_a_line |= option == '1';
		if (option == '?')
			return 2;
	}
	if (optind == argc)
		status = list(".", false);
	for (int i = optind; i < argc; i++)
		status |= list(argv[i], argc - optind > 1);
	finish(status);
}
