/**
 * Where the engine finds what: byte offsets into the blocks that machine and engine share. Both are compiled with this
 * file, so it holds plain constants only.
 */

/** Frames from here on are none of the engine's business; so all that it handles fit 32 bits with room for a sign. */
export const FRAME_LIMIT = 0x1000_0000;
/** Slots of memory from here on are outside the engine's memory: it ends at 4 GiB. */
export const SLOT_LIMIT = 0x10_0000;

// One vCPU: registers, kept here and nowhere else …
export const CPU_ROOT = 0; // f64
export const CPU_NESTED_ROOT = 8; // f64
export const CPU_ASID = 16;
export const CPU_PCID = 20;
export const CPU_LEVELS = 24;
export const CPU_NESTED_LEVELS = 28;
export const CPU_TAGGED = 32;
export const CPU_REGIME = 36;
export const CPU_PHYS_BITS = 40;
export const CPU_MODE = 44;
/** By access, plus 3 for a user: TLB flags that must be set, and that must not. */
export const CPU_NEED = 48;
export const CPU_DENY = 72;
// … and where its parts are.
export const CPU_MEMORY = 96;
export const CPU_TAG_FRAME = 100;
export const CPU_TAG_CHECKS_PLACE = 104;
export const CPU_TAG_PER_REFERENCE = 108;
export const CPU_TAG_OWNERS_CHANGED = 112;
export const CPU_COUNTERS = 116;
export const CPU_CLOCK = 120;
/** 0: nothing is counted for costs. */
export const CPU_METER = 124;
export const CPU_TLB = 128;
/** By level, 0 to 5; 0: there is no such cache. */
export const CPU_STRUCTURES = 132;
export const CPU_NESTED_STRUCTURES = 156;
export const CPU_NESTED_TLB = 180;
export const CPU_STEPS = 184;
export const CPU_LESSONS = 188;
export const CPU_MEMOS = 192;
/** Frames of memory: at most FRAME_LIMIT. */
export const CPU_FRAMES = 196;
export const CPU_BYTES = 200;

// Bits of CPU_MODE.
export const MODE_NXE = 1;
export const MODE_WP = 2;
export const MODE_SMEP = 4;
/** SMAP is on, and EFLAGS.AC does not lift it. */
export const MODE_SMAP = 8;

// Values of CPU_REGIME; there is one more.
export const REGIME_NATIVE = 0;
export const REGIME_NESTED = 1;
export const REGIME_TPT = 2;
export const REGIME_SHADOW = 3;

// Physical memory.
export const MEMORY_FRAMES = 0;
export const MEMORY_DIRECTORY = 4;
export const MEMORY_SLOTS = 8;
export const MEMORY_BYTES = 12;

// Time: a tick and the lanes of the trace hash.
export const CLOCK_TICK = 0; // f64
export const CLOCK_A = 8;
export const CLOCK_B = 12;
export const CLOCK_BYTES = 16;

// One array of a TLB.
export const ARRAY_VPNS = 0;
export const ARRAY_KEYS = 4;
export const ARRAY_FLAGS = 8;
export const ARRAY_FRAMES = 12;
export const ARRAY_OLDER = 16;
export const ARRAY_NEWER = 20;
export const ARRAY_RECENT = 24;
export const ARRAY_SETS = 28;
export const ARRAY_SET_MASK = 32;
export const ARRAY_STRIDE = 36;
export const ARRAY_LEVEL = 40;
export const ARRAY_BYTES = 44;

// A TLB. Probes: for data and fetches (+2), lower and upper half (+1), a list of array and size code, ended by array 0.
export const TLB_PROBES = 0;
export const PROBE_BYTES = 8;
/** Where a page of each size code is put: 24 bytes for each of the four kinds above, 12 for each level. */
export const TLB_TARGETS = 16;
export const TARGETS_KIND_BYTES = 24;
export const TARGETS_LEVEL_BYTES = 12;
/** There is such an array, but it has not yet held that size in that half: then look-ups change, and the engine steps back. */
export const TARGET_UNSEEN = -1;
export const TLB_BYTES = 112;

// A walk cache.
export const CACHE_HEADS = 0;
export const CACHE_NEXT = 4;
export const CACHE_NEWER = 8;
export const CACHE_OLDER = 12;
export const CACHE_KEY_LO = 16;
export const CACHE_KEY_HI = 20;
export const CACHE_LIVE = 24;
export const CACHE_ENDS = 28;
export const CACHE_FRAME = 32;
export const CACHE_GUEST_FRAME = 36;
export const CACHE_RIGHTS = 40;
export const CACHE_SHIFT = 44;
export const CACHE_MASK = 48;
export const CACHE_CAPACITY = 52;
/** Turn in which it was found where the slot's table lies (u64), and where: the engine alone uses these. */
export const CACHE_TURNS = 56;
export const CACHE_CONTENTS = 60;
export const CACHE_BYTES = 64;

// Ends of an order of use.
export const ENDS_NEWEST = 0;
export const ENDS_OLDEST = 4;
export const ENDS_USED = 8;

// A meter: counts, f64 each, and the data caches (0: there are none).
export const METER_ANSWERED = 0;
export const METER_TABLE_LEVELS = 160;
export const METER_NESTED_LEVELS = 208;
export const METER_STRUCTURE_HITS = 256;
export const METER_NESTED_STRUCTURE_HITS = 304;
export const METER_WALKS = 352;
export const METER_NESTED_WALKS = 360;
export const METER_NESTED_TLB_HITS = 368;
export const METER_TAG_LOOKUPS = 376;
export const METER_COUNTS_BYTES = 384;
export const METER_L1 = 384;
export const METER_L2 = 388;
export const METER_LLC = 392;
export const METER_BYTES = 400;

// One data cache.
export const LINES_TAGS = 0;
export const LINES_MASK = 4;
/** Bytes from one set to the next. */
export const LINES_STRIDE = 8;
/** The bit of the last way. */
export const LINES_LAST = 12;
/** Bits of a frame that the set tells, and so the tag need not. */
export const LINES_KNOWN_BITS = 16;
/** How a set lies: ways that there is room for, and bytes of each. */
export const LINES_SHAPE = 20;
export const LINES_BYTES = 24;

// Values of LINES_SHAPE.
export const SHAPE_8_SHORT = 0;
export const SHAPE_12_SHORT = 1;
export const SHAPE_16_SHORT = 2;
export const SHAPE_8_LONG = 3;
export const SHAPE_16_LONG = 4;
/** More ways than are handled at once, 4 bytes each: no room but for them. */
export const SHAPE_ANY_LONG = 5;

/** What is put into the memory before all else: sixteen -1 and sixteen 0, of 2 bytes each, and the same of 4 bytes each. */
export const SLIDE_SHORT = 0x10_0000;
export const SLIDE_LONG = 0x10_0040;
export const SLIDES_BYTES = 192;

// What replays remember of pages in the first level of the TLB: a turn, then pages with that turn in their low bits, and
// what a hit has to know.
export const MEMOS_TURN = 0;
export const MEMOS_FIRST = 32;
export const MEMOS = 256;
export const MEMO_PAGE = 0; // u64
/** Frame, and above it what may be done. */
export const MEMO_FRAME = 8;
export const MEMO_ALLOWED_SHIFT = 28;
/** Way of the TLB that holds it. */
export const MEMO_WAY = 12;
/** First set of the frame's lines in the first-level data cache, and what the most recent way of a set holds if it is one of them. */
export const MEMO_LINES = 16;
export const MEMO_TAG = 20;
/** Where the most recent way of its set is told. */
export const MEMO_RECENT = 24;
export const MEMO_BYTES = 32;
export const MEMOS_BYTES = MEMOS_FIRST + MEMOS * MEMO_BYTES;

// A piece of a trace.
export const BATCH_WHAT = 0;
export const BATCH_ADDRESSES = 4;
/** The block of the file that the records are unpacked from, and what a record does by the upper bits of its word. */
export const BATCH_PACKED = 8;
export const BATCH_SHAPES = 12;
export const BATCH_BYTES = 16;
/** What a record does: its kind, and below that the bytes of its access. */
export const WHAT_KIND_SHIFT = 14;
/** Words of the block in front of its regions, and of a region. */
export const PACKED_REGIONS = 8;
export const PACKED_REGION_WORDS = 2;

// What a walk did, in its order: kind of step, level, line of the frame, and the frame …
export const STEP_WHAT = 0;
export const STEP_LEVEL_SHIFT = 4;
export const STEP_LINE_SHIFT = 8;
export const STEP_FRAME = 4;
export const STEP_BYTES = 8;
export const MOST_STEPS = 96;
// … and what walk caches learn from it.
export const LESSON_CACHE = 0;
/** Slot that was used; -1: what follows is to be put in. */
export const LESSON_SLOT = 4;
export const LESSON_KEY_LO = 8;
export const LESSON_KEY_HI = 12;
export const LESSON_FRAME = 16;
export const LESSON_GUEST_FRAME = 20;
export const LESSON_RIGHTS = 24;
export const LESSON_SHIFT = 28;
export const LESSON_BYTES = 32;
export const MOST_LESSONS = 64;
