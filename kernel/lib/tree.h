/*
 * tree.h - a balanced binary tree whose nodes live inside the objects that it keeps in order: an AVL tree
 * (Adelson-Velsky and Landis, 1962).
 *
 * The heights of two siblings differ by one at most, so of n nodes none is deeper than 1.44 log2 n, whoever chooses
 * the order of insertions. (A red-black tree may be 2 log2 n deep and has more cases; a treap is shorter still, but
 * needs random numbers that nobody can guess; a B-tree reads fewer cache lines, and has to move its elements.)
 *
 * What the order is, only the owner knows: it goes down by itself, and says where a new node hangs. The owner may
 * keep a summary of each node's subtree in the object: `update` recomputes it from the object and the two
 * children's. The tree calls it for all whose subtree has changed, children first. No locking here.
 */
#pragma once

#include "kernel/lib/types.h"

struct tree_node {
	struct tree_node *parent, *child[2]; /* [0] before it, [1] after it */
	u8 height;                           /* a leaf's is 1 */
};

struct tree {
	struct tree_node *root;
	void (*update)(struct tree_node *n); /* or NULL */
};

#define tree_entry(p, t, m) container_of(p, t, m)

/* Hangs n as `parent`'s child on that side, where there is none; parent NULL: the tree is empty. */
void tree_insert(struct tree *t, struct tree_node *n, struct tree_node *parent, int side);
void tree_remove(struct tree *t, struct tree_node *n);
/* The object of n has changed (not its place in the order): the summaries from it up. */
void tree_changed(struct tree *t, struct tree_node *n);

/*
 * Takes any leaf out, and does not mend: for giving the whole tree back, and nothing else. NULL: the tree is empty. The
 * first call has at NULL, each other what the one before has left there.
 */
struct tree_node *tree_take_leaf(struct tree *t, struct tree_node **at);

/* The outermost node of a subtree on that side; NULL of NULL. */
struct tree_node *tree_end(struct tree_node *n, int side);
/* The neighbour in the order: [0] the one before, [1] the one after, or NULL. */
struct tree_node *tree_neighbour(const struct tree_node *n, int side);
