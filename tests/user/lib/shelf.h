/* shelf.h - see shelf.c. */
#pragma once

#define SHELF_PAGES 128

extern int shelf_books;
extern int shelf_constructed; /* how often */
extern __thread int shelf_bookmark;
extern const unsigned char shelf_catalogue[SHELF_PAGES * 4096];

int shelf_add(int books);
