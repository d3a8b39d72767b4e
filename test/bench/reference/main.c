/*
 * A plain C simulator of what TPT Scope's machine does for accesses that do not fault: TLBs, page walks in one and two
 * dimensions with paging-structure caches, tag look-ups, data caches, A and D bits, and counters for all of it. The
 * bench compares speeds and counts.
 *
 * Usage: reference SCHEME BACKING gups BYTES SEED WARM ACCESSES
 *        reference SCHEME BACKING trace FILE
 *
 * SCHEME is native, nested or tpt; BACKING contiguous or scattered. After the warm-up (of a trace: two passes), prints
 * "ready"; for each line of input it makes one run and prints its seconds of CPU time; at the end of the input it prints
 * the counts of all runs as JSON.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "access.h"
#include "tables.h"
#include "trace.h"

struct counters counters;

#define HEAP 0x100000000000ull
#define HOST_BYTES (16ull << 30)
#define GUEST_BYTES (8ull << 30)

struct workload {
    enum scheme scheme;
    /* Of random accesses; 0 for a trace. */
    uint64_t pages;
    uint32_t random_state;
    long accesses;
    struct trace trace;
};

static void fault(uint64_t address) {
    fprintf(stderr, "reference: the access to %#llx faulted\n", (unsigned long long)address);
    exit(1);
}

static inline uint32_t next_random(uint32_t *state) { return *state = *state * 1103515245u + 12345u; }

static inline void gups(enum scheme scheme, uint64_t pages, uint32_t *state, long accesses) {
    for (long i = 0; i < accesses; i++) {
        uint64_t page = (next_random(state) >> 4) * pages >> 28;
        uint64_t address = HEAP + (page << 12 | (next_random(state) >> 20 & 0xff8));
        if (!perform(scheme, address, WRITE)) fault(address);
    }
}

static inline void replay(enum scheme scheme, const struct trace *trace) {
    for (size_t i = 0; i < trace->count; i++)
        if (!perform(scheme, trace->accesses[i] >> 2, trace->accesses[i] & 3)) fault(trace->accesses[i] >> 2);
}

static inline void run_as(enum scheme scheme, struct workload *w, long accesses) {
    if (w->pages) gups(scheme, w->pages, &w->random_state, accesses);
    else replay(scheme, &w->trace);
}

static void run(struct workload *w, long accesses) {
    /* A constant scheme lets the compiler make a loop for each. */
    if (w->scheme == NATIVE) run_as(NATIVE, w, accesses);
    else if (w->scheme == NESTED) run_as(NESTED, w, accesses);
    else run_as(TPT, w, accesses);
}

static void touch_all(const struct workload *w) {
    for (uint64_t page = 0; page < w->pages; page++) touch_page(HEAP + (page << 12));
    for (size_t i = 0; i < w->trace.count; i++)
        if (!is_touched(w->trace.accesses[i] >> 2)) touch_page(w->trace.accesses[i] >> 2);
}

static void print_number(const char *name, uint64_t value) { printf("\"%s\":%llu,", name, (unsigned long long)value); }

static uint64_t sum_of_levels(const uint64_t hits[5]) { return hits[2] + hits[3] + hits[4]; }

static void print_counters(void) {
    static const char *const causes[CAUSES] = {"data", "table", "nested", "tag"};
    printf("{");
    print_number("accesses", counters.accesses);
    print_number("tlbL1Hits", counters.tlb_l1_hits);
    print_number("tlbL2Hits", counters.tlb_l2_hits);
    print_number("walks", counters.walks);
    print_number("structureHits", sum_of_levels(counters.structure_hits));
    print_number("nestedStructureHits", sum_of_levels(counters.nested_structure_hits));
    printf("\"references\":{");
    for (int cause = 0; cause < CAUSES; cause++) {
        const uint64_t *by = counters.references[cause];
        printf("%s\"%s\":[%llu,%llu,%llu,%llu]", cause ? "," : "", causes[cause], (unsigned long long)by[0],
               (unsigned long long)by[1], (unsigned long long)by[2], (unsigned long long)by[3]);
    }
    printf("}}\n");
}

static int read_workload(int argc, char **argv, struct workload *w) {
    if (argc < 5) return 0;
    if (!strcmp(argv[1], "native")) w->scheme = NATIVE;
    else if (!strcmp(argv[1], "nested")) w->scheme = NESTED;
    else if (!strcmp(argv[1], "tpt")) w->scheme = TPT;
    else return 0;
    if (!strcmp(argv[3], "trace") && argc == 5) {
        w->trace = read_trace(argv[4]);
        return 1;
    }
    if (strcmp(argv[3], "gups") || argc != 8) return 0;
    w->pages = strtoull(argv[4], 0, 10) >> 12;
    w->random_state = strtoul(argv[5], 0, 10);
    w->accesses = atol(argv[7]);
    return 1;
}

int main(int argc, char **argv) {
    static struct workload w;
    char line[64];
    if (!read_workload(argc, argv, &w)) {
        fprintf(stderr, "usage: reference SCHEME BACKING gups BYTES SEED WARM ACCESSES\n"
                        "       reference SCHEME BACKING trace FILE\n");
        return 2;
    }
    make_machine(w.scheme, !strcmp(argv[2], "scattered"), HOST_BYTES, GUEST_BYTES);
    touch_all(&w);
    for (int pass = 0; pass < (w.pages ? 1 : 2); pass++) run(&w, w.pages ? atol(argv[6]) : 0);
    memset(&counters, 0, sizeof counters);
    printf("ready\n");
    fflush(stdout);
    while (fgets(line, sizeof line, stdin)) {
        clock_t start = clock();
        run(&w, w.accesses);
        printf("%.6f\n", (double)(clock() - start) / CLOCKS_PER_SEC);
        fflush(stdout);
    }
    print_counters();
    return 0;
}
