/* One access: TLB, else walk and fill, then the data itself. */
#ifndef ACCESS_H
#define ACCESS_H

#include "walk.h"

static inline int permits(uint64_t value, enum access access) {
    uint64_t need = access == WRITE ? T_U | T_W | T_D : T_U;
    return (value & need) == need && !(access == FETCH && value & T_NX);
}

/* Returns 0 if the access faults. */
static inline int perform(enum scheme scheme, uint64_t address, enum access access) {
    uint64_t page = address >> 12 & 0xfffffffff, key = tlb_key(page), value = 0;
    int fetch = access == FETCH, level = 1;
    counters.accesses++;
    struct tlb_entry *hit = fetch ? tlb_find(itlb[page % ITLB_SETS], ITLB_WAYS, key)
                                  : tlb_find(dtlb[page % DTLB_SETS], DTLB_WAYS, key);
    if (!hit && (hit = tlb_find(stlb[page % STLB_SETS], STLB_WAYS, key))) {
        level = 2;
        tlb_insert_first(page, fetch, *hit);
    }
    if (hit && permits(hit->value, access)) {
        value = hit->value;
        if (level == 1) counters.tlb_l1_hits++;
        else counters.tlb_l2_hits++;
    } else {
        /* What does not permit the access is dropped, and the tables decide (SDM vol. 3 4.10.2.3). */
        if (hit) tlb_drop(page);
        struct leaf leaf = walk(scheme, address, access);
        if (!leaf.ok) return 0;
        value = leaf.frame << T_FRAME_SHIFT | pcid << T_PCID_SHIFT | (leaf.rights & E_RW ? T_W : 0) |
                (leaf.rights & E_US ? T_U : 0) | (leaf.rights & E_NX ? T_NX : 0) | (leaf.dirty ? T_D : 0) |
                (leaf.global ? T_G : 0);
        struct tlb_entry entry = {key, value};
        tlb_insert_first(page, fetch, entry);
        tlb_insert(stlb[page % STLB_SETS], STLB_WAYS, entry);
    }
    reference(DATA, value >> T_FRAME_SHIFT << 12 | (address & 4095));
    return 1;
}

#endif
