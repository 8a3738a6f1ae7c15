/* t_dynamic - a program whose libc and another library are loaded when it starts, by musl's interpreter. */
/* build: dynamic */
#include "maps.h"
#include "lib/shelf.h"

#include <dlfcn.h>
#include <link.h>
#include <pthread.h>
#include <sys/auxv.h>

static int relro_pages, relro_rights;

static int visit(struct dl_phdr_info *o, size_t size, void *unused)
{
	(void)size;
	(void)unused;
	for (int i = 0; i < o->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &o->dlpi_phdr[i];

		if (p->p_type != PT_GNU_RELRO)
			continue;
		relro_pages++;
		relro_rights |= rights((long)(o->dlpi_addr + p->p_vaddr) & -PAGE);
	}
	return 0;
}

static void *in_thread(void *unused)
{
	int seen = shelf_bookmark;

	(void)unused;
	shelf_bookmark = 18;
	errno = ENOTTY;
	return (void *)(long)seen;
}

static void threads(void)
{
	void *seen;
	pthread_t t;

	shelf_bookmark = 5;
	errno = ERANGE;
	eq(pthread_create(&t, 0, in_thread, 0), 0, "a thread");
	eq(pthread_join(t, &seen), 0, "ends");
	eq((long)seen, 17, "it had the library's variable as it was in the beginning");
	ok(shelf_bookmark == 5 && errno == ERANGE, "and here it is as before, errno too");
}

static void adds(void *unused)
{
	(void)unused;
	_exit(shelf_add(10) == 14 && shelf_books == 14 ? 0 : 1);
}

static void loading(void)
{
	void *self = dlopen(0, RTLD_NOW), *shelf = dlopen("libshelf.so", RTLD_NOW);
	int (*add)(int) = (int (*)(int))dlsym(self, "shelf_add");

	ok(self && shelf, "dlopen finds what is loaded");
	ok(add == shelf_add, "dlsym finds a function in it");
	ok(dlsym(self, "shelf_burn") == 0, "and none that is not there");
	ok(dlopen("libnowhere.so", RTLD_NOW) == 0, "nor a library that is not there");
}

int main(void)
{
	unsigned long base = getauxval(AT_BASE), entry = getauxval(AT_ENTRY);

	ok(base && base % PAGE == 0, "AT_BASE is the interpreter's");
	ok((unsigned long)&puts > base && (unsigned long)&puts < base + (1 << 20), "which is libc as well");
	ok(entry && (entry < base || entry > base + (1 << 20)), "AT_ENTRY is the program's own");
	eq(shelf_constructed, 1, "the library's constructor has run, once");
	eq(shelf_add(1), 4, "one of its functions works on its data");
	eq(shelf_books, 4, "which are the program's as well");
	eq(status_of(adds, 0), EXITED(0), "a child's are its own");
	eq(shelf_books, 4, "and change nothing here");
	eq(rights((long)&shelf_add), 1, "nobody writes to its text");
	eq(rights((long)&puts), 1, "or to libc's");
	eq(rights((long)shelf_catalogue), 1, "or to its constants");
	ok(shelf_catalogue[0] == 1 && shelf_catalogue[PAGE] == 0 && shelf_catalogue[SHELF_PAGES * PAGE - 1] == 2,
	   "which are as they were written down");
	dl_iterate_phdr(visit, 0);
	ok(relro_pages >= 2 && relro_rights == 1, "tables that were relocated are read-only since");
	threads();
	loading();
	return tap_done();
}
