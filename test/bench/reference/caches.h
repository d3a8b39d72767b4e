/* Data caches of 64-byte lines: sets in the order of last use; a miss is filled into every level. */
#ifndef CACHES_H
#define CACHES_H

#include "machine.h"

enum { L1_SETS = 64, L1_WAYS = 8, L2_SETS = 1024, L2_WAYS = 16, LLC_SETS = 32768, LLC_WAYS = 11 };

/* Line number + 1; 0 = empty. Lines of up to 256 GiB of memory have 32-bit numbers. */
static uint32_t l1[L1_SETS][L1_WAYS], l2[L2_SETS][L2_WAYS], llc[LLC_SETS][LLC_WAYS];

static inline int touch_line(uint32_t *set, int ways, uint32_t line) {
    uint32_t moved = set[0];
    if (moved == line) return 1;
    set[0] = line;
    for (int i = 1; i < ways; i++) {
        uint32_t here = set[i];
        set[i] = moved;
        if (here == line) return 1;
        moved = here;
    }
    return 0;
}

static inline void reference(enum cause cause, uint64_t address) {
    uint32_t number = address >> 6, line = number + 1;
    int level = touch_line(l1[number % L1_SETS], L1_WAYS, line)     ? 0
                : touch_line(l2[number % L2_SETS], L2_WAYS, line)   ? 1
                : touch_line(llc[number % LLC_SETS], LLC_WAYS, line) ? 2
                                                                     : 3;
    counters.references[cause][level]++;
}

#endif
