/*
 * arena.h - memory for one command at a time: syntax trees, expanded words. Taken in order, given back all at
 * once up to a mark, so that nothing in the parser or the expander needs a clean-up path.
 */
#pragma once

#include <stddef.h>

struct arena_chunk;

struct arena_mark {
	struct arena_chunk *chunk;
	size_t used;
};

/* Zeroed memory; never NULL: without memory the shell ends with a line and status 2. */
void *arena_alloc(size_t size);
char *arena_copy(const char *text, size_t length);

/* Everything taken since the mark was set is gone after arena_release(). Marks nest. */
struct arena_mark arena_mark(void);
void arena_release(struct arena_mark mark);

/* A string that grows in the arena. `data` is zero-terminated, or NULL before the first byte. */
struct buffer {
	char *data;
	size_t length, capacity;
};

void buffer_add(struct buffer *buffer, const char *text, size_t length);
void buffer_put(struct buffer *buffer, char c);

/* What was gathered, "" for nothing; the buffer is empty again and shares no memory with it. */
char *buffer_take(struct buffer *buffer);

/* malloc() and strdup() for what outlives a command (jobs, variables); the same end without memory. */
void *heap_alloc(size_t size);
char *heap_copy(const char *text);
