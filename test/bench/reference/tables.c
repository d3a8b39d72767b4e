/*
 * The memory of a host with one VM whose kernel backs pages as they are first touched: a frame for the page, then the
 * tables that are missing on the way to it. None of this is timed.
 */
#define _GNU_SOURCE
#include "tables.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

uint64_t *memory, tag_table, root, nested_root, asid, pcid;

static enum scheme scheme;
static int scattered;
static uint64_t host_frames, guest_frames;
static uint64_t next_host = 1, next_guest, guest_base;
static uint32_t random_state = 1;
static unsigned char *taken;

static void fail(const char *why) {
    fprintf(stderr, "reference: %s\n", why);
    exit(1);
}

static void nested_map(uint64_t gfn, uint64_t frame);

static uint64_t scattered_frame(void) {
    random_state = random_state * 1103515245u + 12345u;
    uint64_t frame = guest_base + (uint64_t)random_state * (host_frames - guest_base) / 0x100000000ull;
    while (taken[frame])
        if (++frame == host_frames) frame = guest_base;
    taken[frame] = 1;
    return frame;
}

/* A frame for the VM, tagged as its own. Returns the guest frame if there is a nested table, else the host frame. */
static uint64_t guest_frame(void) {
    uint64_t gfn = next_guest++;
    if (gfn >= guest_frames) fail("the VM's memory is too small for this footprint");
    uint64_t frame = scattered ? scattered_frame() : guest_base + gfn;
    memory[tag_address(frame) >> 3] = TAG_ASSIGNED | gfn << 12 | asid << TAG_ASID_SHIFT;
    if (scheme != NESTED) return frame;
    nested_map(gfn, frame);
    return gfn;
}

static uint64_t nested_table(void) { return next_host++; }

static uint64_t *slot(uint64_t top, uint64_t address, uint64_t (*new_table)(void), uint64_t (*locate)(uint64_t)) {
    uint64_t table = top;
    for (int level = 4; level > 1; level--) {
        uint64_t *entry = entry_at(locate(table), table_index(address, level));
        if (!(*entry & E_P)) *entry = new_table() << 12 | E_P | E_RW | E_US | E_A;
        table = (*entry & E_FRAME) >> 12;
    }
    return entry_at(locate(table), table_index(address, 1));
}

static uint64_t same(uint64_t frame) { return frame; }

static void nested_map(uint64_t gfn, uint64_t frame) {
    *slot(nested_root, gfn << 12, nested_table, same) = frame << 12 | E_P | E_RW | E_US | E_A | E_D;
}

static uint64_t through_nested(uint64_t gfn) {
    return (*slot(nested_root, gfn << 12, nested_table, same) & E_FRAME) >> 12;
}

void make_machine(enum scheme s, int scatter, uint64_t host_bytes, uint64_t guest_bytes) {
    scheme = s;
    scattered = scatter;
    host_frames = host_bytes >> 12;
    guest_frames = guest_bytes >> 12;
    uint64_t tag_frames = (16384 + host_frames * 16 + 4095) >> 12;
    memory = mmap(0, host_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) fail("no address space for the host's memory");
#ifdef MADV_NOHUGEPAGE
    /* Tables are far apart: huge pages would fill the memory between them. */
    madvise(memory, host_bytes, MADV_NOHUGEPAGE);
#endif
    host_frames -= tag_frames;
    tag_table = host_frames << 12;
    taken = calloc(host_frames, 1);
    if (!taken) fail("no memory");
    asid = 1;
    pcid = 1;
    /* The host's own frames are below the guest's: its map of the VM, and nested tables. */
    guest_base = (guest_frames / 512 + guest_frames / 512 + 16 + 511) / 512 * 512;
    nested_root = nested_table();
    root = guest_frame();
}

void touch_page(uint64_t address) {
    uint64_t (*locate)(uint64_t) = scheme == NESTED ? through_nested : same;
    uint64_t frame = guest_frame();
    *slot(root, address, guest_frame, locate) = frame << 12 | E_P | E_RW | E_US | E_A | E_D;
}

int is_touched(uint64_t address) {
    uint64_t (*locate)(uint64_t) = scheme == NESTED ? through_nested : same;
    uint64_t table = root;
    for (int level = 4;; level--) {
        uint64_t entry = *entry_at(locate(table), table_index(address, level));
        if (!(entry & E_P)) return 0;
        if (level == 1) return 1;
        table = (entry & E_FRAME) >> 12;
    }
}
