/**
 * Every operation that a scenario can call: one table for the checker, the compiler, completion, hover and the
 * executor. A builtin is known by its `name`; its position in the table is its opcode in a compiled program.
 */

/** Where a builtin may be called. `kernel` also covers `kernel { }` blocks inside a process. */
export type BuiltinContext = 'process' | 'kernel' | 'host';

/**
 * What a parameter takes.
 * - `value`: any 64-bit expression (addresses, sizes, numbers, permissions).
 * - `vm`: the name of a VM, or `host`.
 * - `process`: the name of a process (forked children included).
 * - `counter`: the name of a counter of the machine.
 * - `text`: a text in quotes.
 * - `word`: `as` and one of the parameter's words.
 */
export type ParameterKind = 'value' | 'vm' | 'process' | 'counter' | 'text' | 'word';

export interface Parameter {
  readonly name: string;
  readonly kind: ParameterKind;
  readonly doc: string;
  /** A parameter with a default may be left out; the default is a constant, of a word its position in `words`. */
  readonly default?: number;
  /** Of the kind `word`: what may follow `as`, with what it means. */
  readonly words?: readonly NamedStep[];
}

/** A named step of a builtin, which `without NAME` leaves out; or a word of a parameter. */
export interface NamedStep {
  readonly name: string;
  readonly doc: string;
}

export interface Builtin {
  readonly name: string;
  readonly contexts: readonly BuiltinContext[];
  readonly parameters: readonly Parameter[];
  /** True if the call gives a value. */
  readonly returns: boolean;
  readonly doc: string;
  /** Steps in the order in which they are carried out. Only these names may follow `without`. */
  readonly steps: readonly NamedStep[];
}

const ANYWHERE: readonly BuiltinContext[] = ['process', 'kernel', 'host'];
const GUEST: readonly BuiltinContext[] = ['process', 'kernel'];

const value = (name: string, doc: string, fallback?: number): Parameter =>
  fallback === undefined ? { name, kind: 'value', doc } : { name, kind: 'value', doc, default: fallback };
const vm = (doc = 'the VM'): Parameter => ({ name: 'vm', kind: 'vm', doc });
const process = (doc = 'the process whose address space is meant'): Parameter => ({
  name: 'process',
  kind: 'process',
  doc,
});
const address = value('address', 'guest-virtual address');
const size = value('size', 'bytes; rounded up to whole pages');
const perm = value('perm', 'none, r, rw, rx or rwx');
const gpa = value('gpa', 'guest-physical address');
const hpa = value('hpa', 'host-physical address');
const accessSize = value('bytes', '1, 2, 4 or 8', 8);

const step = (name: string, doc: string): NamedStep => ({ name, doc });

export const BUILTINS = [
  // --- guest: loads, stores, fetches ---------------------------------------------------------------------------
  {
    name: 'read',
    contexts: GUEST,
    parameters: [address, accessSize],
    returns: true,
    steps: [],
    doc: 'Loads from a guest-virtual address and gives the value.',
  },
  {
    name: 'write',
    contexts: GUEST,
    parameters: [address, value('value', 'what to store'), accessSize],
    returns: false,
    steps: [],
    doc: 'Stores to a guest-virtual address.',
  },
  {
    name: 'fetch',
    contexts: GUEST,
    parameters: [address],
    returns: false,
    steps: [],
    doc: 'Fetches an instruction from a guest-virtual address: needs execute permission, fills the instruction TLB.',
  },
  {
    name: 'touch',
    contexts: GUEST,
    parameters: [address, size],
    returns: false,
    steps: [],
    doc: 'Loads the first byte of every page in the range, in order.',
  },
  {
    name: 'fill',
    contexts: GUEST,
    parameters: [address, size, value('value', 'stored to every 8 bytes')],
    returns: false,
    steps: [],
    doc: 'Stores the value to every 8 bytes of the range, in order.',
  },
  {
    name: 'replay',
    contexts: ['process'],
    parameters: [
      { name: 'file', kind: 'text', doc: 'name of the trace, relative to the folder of the scenario' },
      {
        name: 'format',
        kind: 'word',
        doc: 'auto, lackey or binary',
        default: 0,
        words: [
          step('auto', 'the form that the first bytes tell'),
          step('lackey', "text of valgrind's lackey, with --trace-mem=yes"),
          step('binary', 'the compact form that `tpt-scope convert` makes'),
        ],
      },
    ],
    returns: true,
    steps: [],
    doc: 'Makes the accesses of a recorded program, at its addresses, and gives how many they were. What no area covers is mapped as it is touched. Stores write no data: a trace has none.',
  },
  // --- guest: system calls -------------------------------------------------------------------------------------
  {
    name: 'mmap',
    contexts: GUEST,
    returns: true,
    parameters: [size, perm, value('at', 'address wanted; 0 lets the kernel choose', 0)],
    steps: [
      step('find-area', 'choose a free range of addresses'),
      step('add-area', 'record the area; no entry is written yet'),
    ],
    doc: 'Reserves a private anonymous area and gives its address. Frames come at the first touch.',
  },
  {
    name: 'munmap',
    contexts: GUEST,
    parameters: [address, size],
    returns: false,
    steps: [
      step('clear', 'clear the native entries'),
      step('mirror', 'clear the TPT entries'),
      step('invlpg', 'drop the translations from the TLB'),
      step('free', 'give the frames back to the allocator'),
      step('remove-area', 'forget the area'),
    ],
    doc: 'Removes the mappings of a range.',
  },
  {
    name: 'mprotect',
    contexts: GUEST,
    parameters: [address, size, perm],
    returns: false,
    steps: [
      step('area', "change the area's permissions"),
      step('join', 'add the accessed and dirty bits of the TPT entries to those of the native ones'),
      step('native', 'change the native entries'),
      step('mirror', 'change the TPT entries'),
      step('populate', 'map slot 0: touch the page, so that the host backs it before it is mirrored'),
      step('check-contiguous', '2 MiB: mirror as one entry only what is contiguous in host memory'),
      step('invlpg', 'drop the translations from the TLB'),
    ],
    doc: 'Changes the permissions of a range.',
  },
  {
    name: 'madvise',
    contexts: GUEST,
    returns: false,
    parameters: [address, size, value('advice', 'hugepage, nohugepage, dontneed or pageout')],
    steps: [
      step('area', 'record the advice'),
      step('join', 'pageout: add the accessed and dirty bits of the TPT entries to those of the native ones'),
      step('clear', 'dontneed, pageout: clear the native entries, or put a swap slot there'),
      step('mirror', 'dontneed, pageout: clear the TPT entries'),
      step('invlpg', 'dontneed, pageout: drop the translations from the TLB'),
      step('write-back', 'pageout: write the dirty pages to swap'),
      step('free', 'dontneed, pageout: give the frames back'),
    ],
    doc: 'Advises on a range: hugepage lets first touches map 2 MiB at once, dontneed drops its pages, pageout moves them to swap.',
  },
  {
    name: 'exit',
    contexts: ['process'],
    parameters: [],
    returns: false,
    steps: [
      step('unmap', 'remove every mapping'),
      step('free-tables', 'free the page tables'),
      step('flush', "drop the PCID's translations"),
    ],
    doc: 'Ends the process.',
  },
  {
    name: 'wrpkru',
    contexts: ['process'],
    parameters: [value('pkru', '32-bit rights: two bits for each of 16 keys')],
    returns: false,
    steps: [],
    doc: 'Sets the protection-key rights register PKRU.',
  },
  {
    name: 'pkey_mprotect',
    contexts: GUEST,
    parameters: [address, size, perm, value('key', '0 to 15')],
    returns: false,
    steps: [
      step('area', "change the area's permissions and key"),
      step('join', 'add the accessed and dirty bits of the TPT entries to those of the native ones'),
      step('native', 'change the native entries'),
      step('mirror', 'change the TPT entries'),
      step('invlpg', 'drop the translations from the TLB'),
    ],
    doc: 'Changes the permissions and the protection key of a range.',
  },
  // --- guest kernel --------------------------------------------------------------------------------------------
  {
    name: 'set_pte',
    contexts: ['kernel'],
    returns: false,
    parameters: [
      address,
      value('frame', 'frame number to put into the entry'),
      perm,
      value('level', '1 PT, 2 PD, 3 PDPT, 4 PML4, 5 PML5', 1),
    ],
    steps: [],
    doc: 'Writes one raw entry of the table that user mode walks (the TPT table under tpt), past all hooks. Makes forgeries.',
  },
  {
    name: 'set_native_pte',
    contexts: ['kernel'],
    returns: false,
    parameters: [
      address,
      value('gfn', 'guest frame number to put into the entry'),
      perm,
      value('level', '1 PT … 5 PML5', 1),
    ],
    steps: [],
    doc: 'Writes one raw entry of the native table, past all hooks.',
  },
  {
    name: 'get_pte',
    contexts: ['kernel'],
    parameters: [address, value('level', '1 PT … 5 PML5', 1)],
    returns: true,
    steps: [],
    doc: 'Reads the raw 8-byte entry for an address from the table that user mode walks; 0 if an upper entry is not present.',
  },
  {
    name: 'get_native_pte',
    contexts: ['kernel'],
    parameters: [address, value('level', '1 PT … 5 PML5', 1)],
    returns: true,
    steps: [],
    doc: 'Reads the raw 8-byte entry for an address from the native table; 0 if an upper entry is not present.',
  },
  {
    name: 'remirror',
    contexts: ['kernel'],
    parameters: [address, size],
    returns: false,
    steps: [
      step('mirror', 'derive the TPT entries from the native ones and the gfn→hfn map'),
      step('populate', 'map slot 0: touch the page, so that the host backs it before it is mirrored'),
      step('check-contiguous', '2 MiB: mirror as one entry only what is contiguous in host memory'),
      step('invlpg', 'drop the translations from the TLB'),
    ],
    doc: 'Brings the TPT entries of a range back in step with the native table.',
  },
  {
    name: 'vmalloc',
    contexts: ['kernel'],
    parameters: [size],
    returns: true,
    steps: [
      step('find-area', 'choose a free range of kernel addresses'),
      step('allocate', 'take and clear guest frames'),
      step('native', "write the kernel's native entries, and the top-level one into the root of each process"),
      step('mirror', 'write the TPT entries, and the top-level one into the TPT root of each process'),
    ],
    doc: 'Maps memory for the kernel and gives its address, in the kernel half of every root.',
  },
  {
    name: 'invlpg',
    contexts: ['kernel'],
    parameters: [address],
    returns: false,
    steps: [],
    doc: "Drops the translations of one address from this vCPU's TLB (INVLPG).",
  },
  {
    name: 'invpcid',
    contexts: ['kernel'],
    returns: false,
    steps: [],
    parameters: [
      value('type', '0 address, 1 one PCID, 2 all and globals, 3 all but globals'),
      value('pcid', 'PCID', 0),
      value('address', 'for type 0', 0),
    ],
    doc: 'Drops translations by PCID (INVPCID).',
  },
  {
    name: 'load_cr3',
    contexts: ['kernel'],
    parameters: [value('cr3', "new CR3; bit 63 keeps the PCID's translations")],
    returns: false,
    steps: [],
    doc: 'Loads CR3.',
  },
  {
    name: 'cr3_of',
    contexts: ANYWHERE,
    parameters: [process('the process')],
    returns: true,
    steps: [],
    doc: 'The CR3 value the CPU uses while the process runs in user mode.',
  },
  {
    name: 'hypercall',
    contexts: ['kernel'],
    parameters: [value('number', '13 enter, 14 leave, 15 initialise'), value('argument', '13: the user CR3', 0)],
    returns: true,
    steps: [],
    doc: 'Calls the host. Gives 0, or a negative errno.',
  },
  {
    name: 'mmu_update',
    contexts: ['kernel'],
    parameters: [
      value('entry', 'host-physical address of the entry'),
      value('value', 'what it becomes; a present entry holds a host frame'),
    ],
    returns: true,
    steps: [
      step('validate', 'check the entry, and count what it needs'),
      step('flush', 'a frame gets a new type while translations from before may be cached: flush the TLBs of the VM'),
    ],
    doc: 'Direct paging: asks the host to change one page-table entry. Gives 0, or a negative errno.',
  },
  {
    name: 'update_va_mapping',
    contexts: ['kernel'],
    parameters: [
      address,
      value('value', 'what its entry becomes; a present one holds a host frame'),
      value('flush', 'whose TLB the address goes from: 0 of nobody, 1 of this vCPU, 2 of all', 1),
    ],
    returns: true,
    steps: [
      step('validate', 'check the entry, and count what it needs'),
      step('flush', 'a frame gets a new type while translations from before may be cached: flush the TLBs of the VM'),
    ],
    doc: 'Direct paging: asks the host to change the entry that maps an address. Gives 0, or a negative errno.',
  },
  {
    name: 'mmuext_op',
    contexts: ['kernel'],
    parameters: [
      value(
        'operation',
        '0 to 3 pin as L1 to L4, 4 unpin, 5 load a root, 6 flush, 7 INVLPG; 10 and 11 the same for all vCPUs',
      ),
      value('argument', 'host frame, or for INVLPG an address', 0),
    ],
    returns: true,
    steps: [],
    doc: "Direct paging: pins and unpins tables, loads roots, drops translations, by Xen's numbers. Gives 0, or a negative errno.",
  },
  {
    name: 'map_slot',
    contexts: GUEST,
    parameters: [value('gfn', 'guest frame number')],
    returns: true,
    steps: [],
    doc: 'Reads one slot of the gfn→hfn map that the host shares with the guest; 0 = not backed.',
  },
  // --- host ----------------------------------------------------------------------------------------------------
  {
    name: 'back',
    contexts: ['host'],
    parameters: [vm(), gpa, value('size', 'bytes; rounded up to whole frames', 4096)],
    returns: false,
    steps: [
      step('allocate', 'take a free host frame'),
      step('retag', "give it the VM's tag"),
      step('map-nested', 'write the nested entry'),
      step('set-map', 'write the gfn→hfn slot'),
    ],
    doc: 'Backs guest-physical memory with host frames before the guest touches it.',
  },
  {
    name: 'reclaim',
    contexts: ['host'],
    parameters: [vm(), gpa, value('size', 'bytes; rounded up to whole frames', 4096)],
    returns: false,
    steps: [
      step('unmap-nested', 'clear the nested entry'),
      step('clear-map', 'clear the gfn→hfn slot'),
      step('flush', "flush the VM's TLBs"),
      step('save', 'keep the contents (swap out)'),
      step('retag', 'give the frame back to the host'),
      step('free', 'put the frame on the free list'),
    ],
    doc: 'Takes frames from a VM, keeping their contents; they come back when touched.',
  },
  {
    name: 'migrate',
    contexts: ['host'],
    returns: true,
    parameters: [vm(), gpa, value('to', 'host frame wanted; 0 lets the host choose', 0)],
    steps: [
      step('unmap-nested', 'clear the nested entry'),
      step('clear-map', 'clear the gfn→hfn slot'),
      step('flush', "flush the VM's TLBs"),
      step('allocate', 'take a free host frame'),
      step('copy', 'copy the contents'),
      step('retag', 'tag the new frame for the VM, the old one for the host'),
      step('map-nested', 'write the nested entry'),
      step('set-map', 'write the gfn→hfn slot'),
      step('free', 'put the old frame on the free list'),
    ],
    doc: 'Moves one guest page to another host frame. Gives the new frame number.',
  },
  {
    name: 'retag',
    contexts: ['host'],
    parameters: [value('hpa', 'address in the frame'), { name: 'owner', kind: 'vm', doc: 'new owner' }],
    returns: false,
    steps: [
      step('clear-map', "clear the old owner's gfn→hfn slot and nested entry"),
      step('flush', "flush the old owner's TLBs"),
      step('tag', 'write the tag-table entry'),
    ],
    doc: 'Gives a frame to another owner.',
  },
  {
    name: 'share',
    contexts: ['host'],
    parameters: [
      vm('the VM whose frame is kept'),
      gpa,
      { name: 'other', kind: 'vm', doc: 'the VM whose frame is freed; may be the same' },
      value('other_gpa', 'guest-physical address of the other page'),
    ],
    returns: true,
    steps: [
      step('compare', 'the contents must be equal'),
      step('check-owner', 'both VMs must be ones whose tables the host writes: a tag names one owner'),
      step('write-protect', 'make the nested entry of the kept page read-only'),
      step('unmap-nested', "clear the other page's nested entry"),
      step('clear-map', "clear the other page's gfn→hfn slot"),
      step('flush', 'flush the TLBs of both VMs'),
      step('retag', 'tag the frame for the host'),
      step('map-nested', "write the other page's nested entry, read-only"),
      step('set-map', "write the other page's gfn→hfn slot"),
      step('free', "put the other page's old frame on the free list"),
    ],
    doc: 'Merges two equal pages into one frame, as KSM does; a store to either gives it a frame of its own again. Gives the frame number, 0 if they were not merged.',
  },
  {
    name: 'unshare',
    contexts: ['host'],
    parameters: [vm(), gpa],
    returns: false,
    steps: [
      step('allocate', 'take a free host frame'),
      step('copy', 'copy the contents'),
      step('unmap-nested', 'clear the nested entry'),
      step('flush', "flush the VM's TLBs"),
      step('retag', 'tag the new frame for the VM'),
      step('map-nested', 'write the nested entry, writable'),
      step('set-map', 'write the gfn→hfn slot'),
    ],
    doc: 'Gives a page that shares a frame one of its own again.',
  },
  {
    name: 'flush',
    contexts: ['host'],
    parameters: [vm()],
    returns: false,
    steps: [],
    doc: "Flushes all TLB entries of the VM's ASID on every vCPU.",
  },
  {
    name: 'kill',
    contexts: ['host'],
    parameters: [vm()],
    returns: false,
    steps: [
      step('stop', 'stop its vCPUs'),
      step('unmap-nested', 'clear its nested tables'),
      step('clear-map', 'clear its gfn→hfn map'),
      step('flush', 'flush its TLB entries'),
      step('retag', 'give its frames back to the host'),
      step('free', 'put its frames on the free list'),
    ],
    doc: 'Ends a VM and takes all its frames.',
  },
  {
    name: 'set_map',
    contexts: ['host'],
    parameters: [vm(), gpa, value('frame', 'host frame number; 0 = not backed')],
    returns: false,
    steps: [],
    doc: "Writes one slot of a VM's gfn→hfn map, and nothing else.",
  },
  {
    name: 'psmash',
    contexts: ['host'],
    parameters: [hpa],
    returns: true,
    steps: [],
    doc: "Splits a 2 MiB tag-table entry into 512 of 4 KiB (PSMASH). Gives the instruction's return code.",
  },
  {
    name: 'host_read',
    contexts: ['host'],
    parameters: [hpa],
    returns: true,
    steps: [],
    doc: 'Loads 8 bytes of host-physical memory as the host.',
  },
  {
    name: 'host_write',
    contexts: ['host'],
    parameters: [hpa, value('value', 'what to store')],
    returns: false,
    steps: [],
    doc: 'Stores 8 bytes of host-physical memory as the host; under `tags rmp` a frame tagged for a VM refuses it.',
  },
  // --- anywhere: looking, without disturbing ---------------------------------------------------------------------
  {
    name: 'gpa_of',
    contexts: ANYWHERE,
    parameters: [process(), address],
    returns: true,
    steps: [],
    doc: 'The guest-physical address behind an address, by the native table; disturbs nothing. 0 if not mapped.',
  },
  {
    name: 'hpa_of',
    contexts: ANYWHERE,
    parameters: [process(), address],
    returns: true,
    steps: [],
    doc: 'The host-physical address behind an address, by native table and backing; disturbs nothing. 0 if not backed.',
  },
  {
    name: 'frame_of',
    contexts: ANYWHERE,
    parameters: [process(), address],
    returns: true,
    steps: [],
    doc: 'The host frame number behind an address: hpa_of(process, address) >> 12.',
  },
  {
    name: 'table_frame',
    contexts: ANYWHERE,
    parameters: [process(), address, value('level', '1 PT … 5 PML5', 1)],
    returns: true,
    steps: [],
    doc: 'The host frame that holds the page table of this level which user mode walks for the address; 0 if there is none.',
  },
  {
    name: 'native_root',
    contexts: ANYWHERE,
    parameters: [process('the process')],
    returns: true,
    steps: [],
    doc: 'The guest frame number of the top table of the native tree.',
  },
  {
    name: 'tpt_root',
    contexts: ANYWHERE,
    parameters: [process('the process')],
    returns: true,
    steps: [],
    doc: "The guest frame number of the top table of the TPT tree: the map's slot for it is what CR3 needs. Without TPT, that of the native tree.",
  },
  {
    name: 'owner',
    contexts: ANYWHERE,
    parameters: [hpa],
    returns: true,
    steps: [],
    doc: 'The ASID in the tag table for a frame; compares with VM names and `host` (0).',
  },
  {
    name: 'map',
    contexts: ANYWHERE,
    parameters: [vm(), value('gfn', 'guest frame number')],
    returns: true,
    steps: [],
    doc: "One slot of a VM's gfn→hfn map, as a frame number; 0 = not backed.",
  },
  {
    name: 'counter',
    contexts: ANYWHERE,
    parameters: [{ name: 'counter', kind: 'counter', doc: 'name of the counter' }],
    returns: true,
    steps: [],
    doc: 'The present value of a counter, summed over all VMs.',
  },
  {
    name: 'random',
    contexts: ANYWHERE,
    parameters: [value('below', 'upper bound, exclusive')],
    returns: true,
    steps: [],
    doc: "A number below the bound, from the scenario's seed: the same in every run.",
  },
  {
    name: 'measure',
    contexts: ANYWHERE,
    parameters: [],
    returns: false,
    steps: [],
    doc: 'Begins the cost report anew: what came before, such as first touches, is not part of it. The caches stay as they are.',
  },
] as const satisfies readonly Builtin[];

export type BuiltinName = (typeof BUILTINS)[number]['name'];

/** Builtins by name. */
export const BUILTIN_BY_NAME: ReadonlyMap<string, Builtin> = new Map(BUILTINS.map((b) => [b.name, b]));

/** Steps of the `fork` statement. */
export const FORK_STEPS: readonly NamedStep[] = [
  step('areas', 'copy the address-space areas'),
  step('tables', "allocate the child's page tables"),
  step('copy', "copy the native entries, write-protected in both, and raise the frames' counts"),
  step('join', 'add the accessed and dirty bits of the TPT entries to those of the native ones'),
  step('mirror', "write-protect the parent's TPT entries and write the child's"),
  step('flush', "drop the parent's writable translations from the TLB"),
];

/** Named constants that any expression may use; a variable of the same name hides them. */
export const CONSTANTS: Readonly<Record<string, number>> = {
  none: 0,
  r: 1,
  rw: 3,
  rx: 5,
  rwx: 7,
  true: 1,
  false: 0,
  hugepage: 14,
  nohugepage: 15,
  dontneed: 4,
  pageout: 21,
};

/** Kinds that `expect fault KIND` takes. */
export const FAULT_KINDS = [
  'page_fault',
  'npf',
  'tag_violation',
  'gp',
  'hypercall_failure',
  'livelock',
  'breach',
  'shadow_miss',
  'shadow_write',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

/** Counters of the machine, in display order. */
export const COUNTERS = [
  'accesses',
  'reads',
  'writes',
  'fetches',
  'tlb_l1_hits',
  'tlb_l2_hits',
  'tlb_misses',
  'walks',
  'table_references',
  'nested_references',
  'tag_lookups',
  'fills',
  'page_faults',
  'npfs',
  'tag_violations',
  'gps',
  'breaches',
  'vm_exits',
  'hypercalls',
  'tlb_flushes',
  'map_reads',
  'shadow_misses',
  'shadow_writes',
] as const;
export type CounterName = (typeof COUNTERS)[number];
