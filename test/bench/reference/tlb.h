/* TLBs for 4 KiB pages: first level for data and for instructions, second level for both; sets in the order of last use. */
#ifndef TLB_H
#define TLB_H

#include "machine.h"

enum { DTLB_SETS = 16, DTLB_WAYS = 4, ITLB_SETS = 16, ITLB_WAYS = 8, STLB_SETS = 128, STLB_WAYS = 12 };

/* Low bits of an entry's value; the PCID and the frame are above. */
#define T_W 1ull
#define T_U 2ull
#define T_NX 4ull
#define T_D 8ull
#define T_G 16ull
#define T_PCID_SHIFT 8
#define T_PCID_MASK (0xfffull << T_PCID_SHIFT)
#define T_FRAME_SHIFT 20

struct tlb_entry {
    /* Page number, ASID, and bit 63 = valid. */
    uint64_t key, value;
};

static struct tlb_entry dtlb[DTLB_SETS][DTLB_WAYS], itlb[ITLB_SETS][ITLB_WAYS], stlb[STLB_SETS][STLB_WAYS];

static inline uint64_t tlb_key(uint64_t page) { return 1ull << 63 | asid << 48 | page; }

static inline int tlb_match(const struct tlb_entry *e, uint64_t key) {
    return e->key == key && (e->value & T_G || (e->value & T_PCID_MASK) == pcid << T_PCID_SHIFT);
}

static inline void tlb_to_front(struct tlb_entry *set, int from, struct tlb_entry entry) {
    for (int i = from; i > 0; i--) set[i] = set[i - 1];
    set[0] = entry;
}

/* The entry of a page, moved to the front of its set, or a null pointer. */
static inline struct tlb_entry *tlb_find(struct tlb_entry *set, int ways, uint64_t key) {
    for (int i = 0; i < ways; i++) {
        if (!tlb_match(&set[i], key)) continue;
        if (i > 0) tlb_to_front(set, i, set[i]);
        return set;
    }
    return 0;
}

/* Replaces the entry for the same page, or takes the first free way, or the least recently used one. */
static inline void tlb_insert(struct tlb_entry *set, int ways, struct tlb_entry entry) {
    int at = -1;
    for (int i = 0; i < ways && at < 0; i++)
        if (tlb_match(&set[i], entry.key)) at = i;
    for (int i = 0; i < ways && at < 0; i++)
        if (set[i].key == 0) at = i;
    tlb_to_front(set, at < 0 ? ways - 1 : at, entry);
}

static inline void tlb_insert_first(uint64_t page, int fetch, struct tlb_entry entry) {
    if (fetch) tlb_insert(itlb[page % ITLB_SETS], ITLB_WAYS, entry);
    else tlb_insert(dtlb[page % DTLB_SETS], DTLB_WAYS, entry);
}

/* Drops a page's entries, wherever they are. */
static inline void tlb_drop(uint64_t page) {
    struct tlb_entry *sets[] = {dtlb[page % DTLB_SETS], itlb[page % ITLB_SETS], stlb[page % STLB_SETS]};
    int ways[] = {DTLB_WAYS, ITLB_WAYS, STLB_WAYS};
    for (int s = 0; s < 3; s++)
        for (int i = 0; i < ways[s]; i++)
            if (tlb_match(&sets[s][i], tlb_key(page))) sets[s][i].key = 0;
}

#endif
