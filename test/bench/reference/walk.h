/* Page walks in one and two dimensions, with paging-structure caches and tag look-ups. */
#ifndef WALK_H
#define WALK_H

#include "caches.h"
#include "machine.h"
#include "tlb.h"

enum { STRUCTURE_MOST = 32 };

/* For the upper part of an address, the table that its entry of one level leads to; replaces the least recently used. */
struct structure_cache {
    int capacity, used;
    uint64_t key[STRUCTURE_MOST], frame[STRUCTURE_MOST], last_use[STRUCTURE_MOST];
    /* Rights of the entries down to this one, together: E_RW, E_US, and E_NX. */
    uint64_t rights[STRUCTURE_MOST];
};

/* By level of the entries held: 2 to 4. Of the table that CR3 names (to host frames), and of the nested one. */
static struct structure_cache guest_structures[5] = {{0}, {0}, {.capacity = 32}, {.capacity = 4}, {.capacity = 2}};
static struct structure_cache nested_structures[5] = {{0}, {0}, {.capacity = 32}, {.capacity = 4}, {.capacity = 2}};
static uint64_t now;

/* What a walk leaves in the structure caches is put there at its end: its own parts do not profit from it. */
static struct lesson {
    struct structure_cache *cache;
    uint64_t key, frame, rights;
} lessons[16];
static int lesson_count;

/* What a traversal found. */
struct leaf {
    uint64_t frame, rights;
    int dirty, global, ok;
};

static inline int structure_find(const struct structure_cache *c, uint64_t key) {
    for (int i = 0; i < c->used; i++)
        if (c->key[i] == key) return i;
    return -1;
}

static inline void structure_fill(const struct lesson *l) {
    struct structure_cache *c = l->cache;
    int slot = structure_find(c, l->key);
    if (slot < 0 && c->used < c->capacity) slot = c->used++;
    if (slot < 0) {
        slot = 0;
        for (int i = 1; i < c->capacity; i++)
            if (c->last_use[i] < c->last_use[slot]) slot = i;
    }
    c->key[slot] = l->key;
    c->frame[slot] = l->frame;
    c->rights[slot] = l->rights;
    c->last_use[slot] = ++now;
}

static inline uint64_t add_rights(uint64_t rights, uint64_t entry) {
    return (rights & entry & (E_RW | E_US)) | ((rights | entry) & E_NX);
}

static inline int denied(uint64_t rights, enum access access) {
    return !(rights & E_US) || (access == WRITE && !(rights & E_RW)) || (access == FETCH && rights & E_NX);
}

/* Deepest cached table for an address; sets level and rights. */
static inline uint64_t structure_start(struct structure_cache *caches, uint64_t *hits, uint64_t space, uint64_t address,
                                       int *level, uint64_t *rights, uint64_t top) {
    for (int l = 2; l <= 4; l++) {
        struct structure_cache *c = &caches[l];
        int slot = structure_find(c, space | address >> (3 + 9 * l));
        if (slot < 0) continue;
        c->last_use[slot] = ++now;
        hits[l]++;
        *level = l - 1;
        *rights = c->rights[slot];
        return c->frame[slot];
    }
    *level = 4;
    *rights = E_RW | E_US;
    return top;
}

static inline struct leaf finish_leaf(uint64_t *entry, uint64_t rights, enum access access) {
    struct leaf leaf = {.ok = 0};
    if (denied(rights, access)) return leaf;
    uint64_t bits = access == WRITE ? E_A | E_D : E_A;
    if ((*entry & bits) != bits) *entry |= bits;
    leaf.frame = (*entry & E_FRAME) >> 12;
    leaf.rights = rights;
    leaf.dirty = (*entry & E_D) != 0;
    leaf.global = (*entry & E_G) != 0;
    leaf.ok = 1;
    return leaf;
}

static inline void learn(struct structure_cache *cache, uint64_t key, uint64_t frame, uint64_t rights) {
    lessons[lesson_count++] = (struct lesson){cache, key, frame, rights};
}

/* Takes a guest frame through the nested table. */
static struct leaf nested_walk(uint64_t gfn, enum access access) {
    uint64_t space = asid << 48, gpa = gfn << 12, rights;
    int level;
    uint64_t table = structure_start(nested_structures, counters.nested_structure_hits, space, gpa, &level, &rights, nested_root);
    for (;; level--) {
        unsigned index = table_index(gpa, level);
        uint64_t *entry = entry_at(table, index);
        reference(NESTED_TABLE, table << 12 | index << 3);
        if (!(*entry & E_P)) return (struct leaf){.ok = 0};
        rights = add_rights(rights, *entry);
        if (level == 1) return finish_leaf(entry, rights, access);
        if (!(*entry & E_A)) *entry |= E_A;
        table = (*entry & E_FRAME) >> 12;
        learn(&nested_structures[level], space | gpa >> (3 + 9 * level), table, rights);
    }
}

/* True if the tag table says that a frame is the running VM's. */
static inline int tag_allows(uint64_t frame) {
    uint64_t at = tag_address(frame), tag = memory[at >> 3];
    reference(TAG, at);
    return (tag & TAG_ASSIGNED) && (tag >> TAG_ASID_SHIFT & 0x3ff) == asid;
}

/* Walks the tables for an address. The frame found is a host frame under every scheme. */
static inline struct leaf walk(enum scheme scheme, uint64_t address, enum access access) {
    struct leaf leaf = {.ok = 0};
    uint64_t space = asid << 48 | pcid << 36, rights, learned_key = 0, learned_rights = 0;
    int level;
    counters.walks++;
    lesson_count = 0;
    uint64_t table = structure_start(guest_structures, counters.structure_hits, space, address, &level, &rights, root);
    int in_host = level < 4, above = 0;
    for (;; level--) {
        if (scheme == NESTED && !in_host) {
            /* The CPU reads guest tables as writes of the nested level (APM vol. 2 15.25.6). */
            struct leaf nested = nested_walk(table, WRITE);
            if (!nested.ok) return nested;
            table = nested.frame;
        }
        in_host = 0;
        if (above) learn(&guest_structures[above], learned_key, table, learned_rights);
        if (scheme == TPT && !tag_allows(table)) return leaf;
        unsigned index = table_index(address, level);
        uint64_t *entry = entry_at(table, index);
        reference(TABLE, table << 12 | index << 3);
        if (!(*entry & E_P)) return leaf;
        rights = add_rights(rights, *entry);
        if (level == 1) {
            leaf = finish_leaf(entry, rights, access);
            break;
        }
        if (!(*entry & E_A)) *entry |= E_A;
        table = (*entry & E_FRAME) >> 12;
        above = level;
        learned_key = space | address >> (3 + 9 * level);
        learned_rights = rights;
    }
    if (scheme == NESTED && leaf.ok) {
        struct leaf nested = nested_walk(leaf.frame, access);
        if (!nested.ok) return nested;
        leaf.frame = nested.frame;
        leaf.rights = (leaf.rights & nested.rights & (E_RW | E_US)) | ((leaf.rights | nested.rights) & E_NX);
        leaf.dirty = leaf.dirty && nested.dirty;
    }
    if (scheme == TPT && leaf.ok && !tag_allows(leaf.frame)) leaf.ok = 0;
    if (leaf.ok)
        for (int i = 0; i < lesson_count; i++) structure_fill(&lessons[i]);
    return leaf;
}

#endif
