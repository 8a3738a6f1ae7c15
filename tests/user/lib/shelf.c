/* shelf.c - a shared library for t_dynamic and t_shared_text: some of everything that a library can have. */
#include "shelf.h"

int shelf_books = 3;
int shelf_constructed;
__thread int shelf_bookmark = 17;
const unsigned char shelf_catalogue[SHELF_PAGES * 4096] = {1, [SHELF_PAGES * 4096 - 1] = 2};

__attribute__((constructor)) static void construct(void)
{
	shelf_constructed++;
}

int shelf_add(int books)
{
	shelf_books += books;
	return shelf_books;
}
