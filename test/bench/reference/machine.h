/* State of the modelled machine: Skylake-SP sizes, as simulator/costs/profiles/skylake-sp.json has them. */
#ifndef MACHINE_H
#define MACHINE_H

#include <stdint.h>

enum scheme { NATIVE, NESTED, TPT };
enum access { READ, WRITE, FETCH };

enum cause { DATA, TABLE, NESTED_TABLE, TAG, CAUSES };
enum { CACHE_LEVELS = 4 };

struct counters {
    uint64_t accesses, tlb_l1_hits, tlb_l2_hits, walks;
    /* By who made the reference and which cache answered it; the last level is memory. */
    uint64_t references[CAUSES][CACHE_LEVELS];
    /* Hits of the paging-structure caches, by level of the entry held. */
    uint64_t structure_hits[5], nested_structure_hits[5];
};

extern struct counters counters;

/* Bits of a paging-structure entry (SDM vol. 3 4.5). */
#define E_P 1ull
#define E_RW 2ull
#define E_US 4ull
#define E_A 32ull
#define E_D 64ull
#define E_G 256ull
#define E_NX (1ull << 63)
#define E_FRAME 0x000ffffffffff000ull

/* Host-physical memory: sparse, since only tables and tags have contents. */
extern uint64_t *memory;

/* The tag table: 16 bytes for each frame, behind 16 KiB of bookkeeping. */
#define TAG_ASSIGNED 1ull
#define TAG_ASID_SHIFT 51
extern uint64_t tag_table;

/* Who runs: frame of the top table (a guest frame under NESTED), of the nested table, and the identifiers. */
extern uint64_t root, nested_root;
extern uint64_t asid, pcid;

static inline uint64_t *entry_at(uint64_t frame, unsigned index) { return memory + (frame << 9 | index); }
static inline unsigned table_index(uint64_t address, int level) { return address >> (3 + 9 * level) & 511; }
static inline uint64_t tag_address(uint64_t frame) { return tag_table + 16384 + frame * 16; }

#endif
