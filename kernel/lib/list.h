/*
 * list.h - a circular doubly linked list whose links live inside the objects they connect.
 *
 * The head is a struct list too; an empty list points at itself. A link that is on no list also points
 * at itself, so list_linked() answers and list_remove() may be called twice. No locking here: the owner
 * of the head says which lock guards it.
 */
#pragma once

#include "kernel/lib/types.h"

struct list {
	struct list *next, *prev;
};

#define LIST_INIT(l) {&(l), &(l)}
#define list_entry(p, t, m) container_of(p, t, m)
#define list_first(h, t, m) list_entry((h)->next, t, m)
#define list_for(i, h)      for (struct list *i = (h)->next; i != (h); i = i->next)
/* Safe against removal of the element in hand. */
#define list_for_safe(i, h) \
	for (struct list *i = (h)->next, *i##_next = i->next; i != (h); i = i##_next, i##_next = i->next)

static inline void list_init(struct list *l)
{
	l->next = l->prev = l;
}

static inline bool list_empty(const struct list *h)
{
	return h->next == h;
}

static inline bool list_linked(const struct list *l)
{
	return l->next != l;
}

static inline void list_insert_before(struct list *at, struct list *l)
{
	l->prev = at->prev;
	l->next = at;
	at->prev->next = l;
	at->prev = l;
}

static inline void list_push_back(struct list *h, struct list *l)
{
	list_insert_before(h, l);
}

static inline void list_push_front(struct list *h, struct list *l)
{
	list_insert_before(h->next, l);
}

static inline void list_remove(struct list *l)
{
	l->prev->next = l->next;
	l->next->prev = l->prev;
	list_init(l);
}

/* NULL when the list is empty. */
static inline struct list *list_pop_front(struct list *h)
{
	struct list *l = h->next;

	if (l == h)
		return NULL;
	list_remove(l);
	return l;
}
