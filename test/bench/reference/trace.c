/* Reads the binary form of a trace (docs/traces.md) into an array; checksums are left to the product's own reader. */
#include "trace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine.h"

enum { HEADER_BYTES = 24, SIZES = 16, BLOCK_RECORDS = 8192, REGIONS = 1024 };
enum { END = 0x30424b54, NARROW = 0x31424b54, WIDE = 0x32424b54 };
enum { LOAD, STORE, MODIFY, FETCH_RECORD };

static void fail(const char *path, const char *why) {
    fprintf(stderr, "reference: %s: %s\n", path, why);
    exit(1);
}

static void add(struct trace *t, uint64_t address, enum access access) {
    if (t->count == t->room) {
        t->room = t->room ? t->room * 2 : 1 << 20;
        t->accesses = realloc(t->accesses, t->room * sizeof *t->accesses);
        if (!t->accesses) fail("trace", "no memory");
    }
    t->accesses[t->count++] = address << 2 | access;
}

/* An access over the end of a page is two; a modify reads all of it before it writes. */
static void add_record(struct trace *t, uint64_t address, unsigned bytes, unsigned kind) {
    uint64_t second = (address & 4095) + bytes > 4096 ? (address | 4095) + 1 : 0;
    enum access first = kind == STORE ? WRITE : kind == FETCH_RECORD ? FETCH : READ;
    add(t, address, first);
    if (second) add(t, second, first);
    if (kind != MODIFY) return;
    add(t, address, WRITE);
    if (second) add(t, second, WRITE);
}

static void read_words(FILE *file, const char *path, uint32_t *words, size_t count) {
    if (fread(words, 4, count, file) != count) fail(path, "the trace ends too early");
}

struct trace read_trace(const char *path) {
    static uint32_t words[SIZES / 2 + REGIONS * 2 + BLOCK_RECORDS * 2];
    struct trace t = {0, 0, 0};
    FILE *file = fopen(path, "rb");
    unsigned char header[HEADER_BYTES];
    if (!file) fail(path, "cannot be opened");
    if (fread(header, 1, HEADER_BYTES, file) != HEADER_BYTES || memcmp(header, "TPTT\r\n\x1a\n", 8))
        fail(path, "is no binary trace");
    for (;;) {
        uint32_t block[4];
        read_words(file, path, block, 4);
        if (block[0] == END) break;
        uint32_t records = block[1], regions = block[2];
        if ((block[0] != NARROW && block[0] != WIDE) || records > BLOCK_RECORDS || regions > REGIONS)
            fail(path, "is damaged");
        int wide = block[0] == WIDE;
        read_words(file, path, words, SIZES / 2 + regions * 2 + records * (wide ? 2 : 1));
        const uint32_t *region = words + SIZES / 2, *record = region + regions * 2;
        for (uint32_t i = 0; i < records; i++) {
            uint32_t last = wide ? record[2 * i + 1] : record[i], size = last >> 26 & 15;
            uint64_t address;
            if (wide) address = (uint64_t)(last & 0xffffff) << 32 | record[2 * i];
            else {
                const uint32_t *base = region + 2 * (last >> 16 & 1023);
                address = ((uint64_t)base[1] << 32 | base[0]) + (last & 0xffff);
            }
            add_record(&t, address, words[size / 2] >> (16 * (size % 2)) & 0xffff, last >> 30);
        }
    }
    fclose(file);
    return t;
}
