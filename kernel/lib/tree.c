/*
 * tree.c - see tree.h.
 */
#include "kernel/lib/tree.h"

static int height(const struct tree_node *n)
{
	return n ? n->height : 0;
}

static void refresh(struct tree *t, struct tree_node *n)
{
	n->height = (u8)(1 + MAX(height(n->child[0]), height(n->child[1])));
	if (t->update)
		t->update(n);
}

static void hang(struct tree_node *n, struct tree_node *parent, int side)
{
	parent->child[side] = n;
	if (n)
		n->parent = parent;
}

/* `by`, or nothing, hangs where n hung. */
static void replace(struct tree *t, const struct tree_node *n, struct tree_node *by)
{
	if (n->parent) {
		hang(by, n->parent, n->parent->child[1] == n);
	} else {
		t->root = by;
		if (by)
			by->parent = NULL;
	}
}

/*
 * The child on that side goes up, n goes down on the other side. The order stays: a B c D e.
 *
 *          B                D
 *        a   D     ->     B   e        side 1; and back: side 0 of D
 *           c e          a c
 */
static struct tree_node *rotate(struct tree *t, struct tree_node *n, int side)
{
	struct tree_node *up = n->child[side];

	replace(t, n, up);
	hang(up->child[!side], n, side);
	hang(n, up, !side);
	refresh(t, n);
	refresh(t, up);
	return up;
}

/* Below n all is in balance and up to date; now from n up. */
static void mend(struct tree *t, struct tree_node *n)
{
	for (; n; n = n->parent) {
		int lean = height(n->child[1]) - height(n->child[0]), side = lean > 0;
		struct tree_node *heavy = n->child[side];

		if (lean >= -1 && lean <= 1) {
			refresh(t, n);
			continue;
		}
		if (height(heavy->child[!side]) > height(heavy->child[side]))
			rotate(t, heavy, !side); /* its inner part would only change sides */
		n = rotate(t, n, side);
	}
}

void tree_insert(struct tree *t, struct tree_node *n, struct tree_node *parent, int side)
{
	*n = (struct tree_node){0};
	if (parent)
		hang(n, parent, side);
	else
		t->root = n;
	mend(t, n);
}

/* With two children, its successor, which has one at most, takes its place. */
void tree_remove(struct tree *t, struct tree_node *n)
{
	struct tree_node *lowest = n->parent, *next;

	if (n->child[0] && n->child[1]) {
		next = tree_end(n->child[1], 0);
		lowest = next->parent == n ? next : next->parent;
		replace(t, next, next->child[1]);
		hang(n->child[0], next, 0);
		hang(n->child[1], next, 1);
		replace(t, n, next);
	} else {
		replace(t, n, n->child[n->child[1] != NULL]);
	}
	mend(t, lowest);
}

void tree_changed(struct tree *t, struct tree_node *n)
{
	for (; t->update && n; n = n->parent)
		t->update(n);
}

struct tree_node *tree_take_leaf(struct tree *t, struct tree_node **at)
{
	struct tree_node *n = *at ? *at : t->root, *below;

	while (n && (below = n->child[0] ? n->child[0] : n->child[1]))
		n = below;
	if (!n)
		return NULL;
	*at = n->parent;
	replace(t, n, NULL);
	return n;
}

struct tree_node *tree_end(struct tree_node *n, int side)
{
	while (n && n->child[side])
		n = n->child[side];
	return n;
}

struct tree_node *tree_neighbour(const struct tree_node *n, int side)
{
	if (n->child[side])
		return tree_end(n->child[side], !side);
	while (n->parent && n->parent->child[side] == n)
		n = n->parent;
	return n->parent;
}
