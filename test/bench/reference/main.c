/*
 * A plain C simulator of what TPT Scope's machine does for accesses that do not fault: TLBs, page walks in one and two
 * dimensions with paging-structure caches, tag look-ups, data caches, A and D bits, and counters for all of it. The
 * bench compares speeds and counts.
 *
 * Usage: reference SCHEME BACKING gups BYTES SEED WARM RUNS ACCESSES
 *
 * SCHEME is native, nested or tpt; BACKING contiguous or scattered. Prints JSON: the CPU seconds of each of RUNS runs of
 * ACCESSES accesses, and the counts of all of them, without the WARM accesses before.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "access.h"
#include "tables.h"

struct counters counters;

#define HEAP 0x100000000000ull

static inline uint32_t next_random(uint32_t *state) { return *state = *state * 1103515245u + 12345u; }

static inline void gups(enum scheme scheme, uint64_t pages, uint32_t *state, long accesses) {
    for (long i = 0; i < accesses; i++) {
        uint64_t page = (next_random(state) >> 4) * pages >> 28;
        uint64_t word = next_random(state) >> 20 & 0xff8;
        if (perform(scheme, HEAP + (page << 12 | word), WRITE)) continue;
        fprintf(stderr, "reference: an access faulted\n");
        exit(1);
    }
}

static void run_gups(enum scheme scheme, uint64_t pages, uint32_t *state, long accesses) {
    /* A constant scheme lets the compiler make a loop for each. */
    if (scheme == NATIVE) gups(NATIVE, pages, state, accesses);
    else if (scheme == NESTED) gups(NESTED, pages, state, accesses);
    else gups(TPT, pages, state, accesses);
}

static void print_list(const char *name, const uint64_t *values, int count) {
    printf("\"%s\":[", name);
    for (int i = 0; i < count; i++) printf("%s%llu", i ? "," : "", (unsigned long long)values[i]);
    printf("]");
}

static void print_counters(void) {
    printf("\"accesses\":%llu,\"tlbL1Hits\":%llu,\"tlbL2Hits\":%llu,\"walks\":%llu,", (unsigned long long)counters.accesses,
           (unsigned long long)counters.tlb_l1_hits, (unsigned long long)counters.tlb_l2_hits,
           (unsigned long long)counters.walks);
    static const char *const names[] = {"data", "table", "nested", "tag"};
    printf("\"references\":{");
    for (int cause = 0; cause < CAUSES; cause++) {
        if (cause) printf(",");
        print_list(names[cause], counters.references[cause], CACHE_LEVELS);
    }
    printf("},");
    print_list("structureHits", counters.structure_hits, 5);
    printf(",");
    print_list("nestedStructureHits", counters.nested_structure_hits, 5);
}

int main(int argc, char **argv) {
    if (argc != 9 || strcmp(argv[3], "gups")) {
        fprintf(stderr, "usage: reference SCHEME BACKING gups BYTES SEED WARM RUNS ACCESSES\n");
        return 2;
    }
    enum scheme scheme = !strcmp(argv[1], "native") ? NATIVE : !strcmp(argv[1], "nested") ? NESTED : TPT;
    uint64_t pages = strtoull(argv[4], 0, 10) >> 12;
    uint32_t state = strtoul(argv[5], 0, 10);
    long warm = atol(argv[6]), runs = atol(argv[7]), accesses = atol(argv[8]);
    make_machine(scheme, !strcmp(argv[2], "scattered"), 16ull << 30, 8ull << 30);
    for (uint64_t page = 0; page < pages; page++) touch_page(HEAP + (page << 12));
    run_gups(scheme, pages, &state, warm);
    memset(&counters, 0, sizeof counters);
    printf("{\"seconds\":[");
    for (long run = 0; run < runs; run++) {
        clock_t start = clock();
        run_gups(scheme, pages, &state, accesses);
        printf("%s%.6f", run ? "," : "", (double)(clock() - start) / CLOCKS_PER_SEC);
    }
    printf("],");
    print_counters();
    printf("}\n");
}
