/*
 * arena.c - a stack of chunks. A chunk is never moved, so pointers into the arena stay good until the
 * release of a mark that is older than they are.
 */
#include "user/shell/arena.h"

#include <stdlib.h>
#include <string.h>

#include "user/shell/shell.h"

#define CHUNK_SIZE 8192
#define ALIGNMENT  16

struct arena_chunk {
	struct arena_chunk *older;
	size_t used, size;
	_Alignas(ALIGNMENT) char data[];
};

static struct arena_chunk *newest;

static void arena_grow(size_t size)
{
	struct arena_chunk *chunk;

	if (size < CHUNK_SIZE)
		size = CHUNK_SIZE;
	chunk = heap_alloc(sizeof *chunk + size);
	chunk->older = newest;
	chunk->used = 0;
	chunk->size = size;
	newest = chunk;
}

void *arena_alloc(size_t size)
{
	void *memory;

	size = (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
	if (!newest || newest->size - newest->used < size)
		arena_grow(size);
	memory = newest->data + newest->used;
	newest->used += size;
	return memset(memory, 0, size);
}

char *arena_copy(const char *text, size_t length)
{
	return memcpy(arena_alloc(length + 1), text, length);
}

struct arena_mark arena_mark(void)
{
	return (struct arena_mark){newest, newest ? newest->used : 0};
}

void arena_release(struct arena_mark mark)
{
	while (newest != mark.chunk) {
		struct arena_chunk *older = newest->older;

		free(newest);
		newest = older;
	}
	if (newest)
		newest->used = mark.used;
}

void buffer_add(struct buffer *buffer, const char *text, size_t length)
{
	if (buffer->length + length >= buffer->capacity) {
		size_t capacity = 2 * (buffer->length + length) + 32;
		char *larger = arena_alloc(capacity);

		if (buffer->length)
			memcpy(larger, buffer->data, buffer->length);
		buffer->data = larger;
		buffer->capacity = capacity;
	}
	memcpy(buffer->data + buffer->length, text, length);
	buffer->length += length;
	buffer->data[buffer->length] = '\0';
}

void buffer_put(struct buffer *buffer, char c)
{
	buffer_add(buffer, &c, 1);
}

char *buffer_take(struct buffer *buffer)
{
	char *text = buffer->data ? buffer->data : arena_copy("", 0);

	*buffer = (struct buffer){0};
	return text;
}

void *heap_alloc(size_t size)
{
	void *memory = malloc(size);

	if (!memory)
		shell_die(2, "out of memory");
	return memory;
}

char *heap_copy(const char *text)
{
	return strcpy(heap_alloc(strlen(text) + 1), text);
}
