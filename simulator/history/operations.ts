import { BUILTINS, FORK_STEPS, type NamedStep } from '../language/builtins';

export type Actor = 'hardware' | 'guest' | 'host';

/** An operation that a debugger can step into: a named sequence of named steps. */
export interface OperationInfo {
  readonly name: string;
  readonly who: Actor;
  readonly doc: string;
  readonly steps: readonly NamedStep[];
}

const step = (name: string, doc: string): NamedStep => ({ name, doc });

/** Operations that the machine, the guest kernel or the host starts itself; a scenario can call few of them by name. */
const INNER: readonly OperationInfo[] = [
  {
    name: 'access',
    who: 'hardware',
    doc: 'One load, store or fetch of a vCPU.',
    steps: [
      step('tlb', 'look the address up in the TLB'),
      step('walk', 'miss: walk the paging structures'),
      step('fill', 'set accessed and dirty bits, fill the TLB'),
      step('data', 'move the data'),
    ],
  },
  {
    name: 'walk',
    who: 'hardware',
    doc: 'A traversal of the paging structures: one reference for each level, and a tag look-up for each frame touched.',
    steps: [
      step('tag', 'look up the owner of the frame that holds the table'),
      step('pml5', 'read the PML5 entry'),
      step('pml4', 'read the PML4 entry'),
      step('pdpt', 'read the PDPT entry'),
      step('pd', 'read the PD entry'),
      step('pt', 'read the PT entry'),
      step('nested', 'read an entry of the nested table'),
      step('cached', 'go on from what a walk cache holds'),
      step('final-tag', 'look up the owner of the final frame'),
    ],
  },
  {
    name: 'page_fault',
    who: 'guest',
    doc: "The guest kernel's page-fault handler.",
    steps: [
      step('enter', "enter the kernel: leave the user's root"),
      step('find-area', 'find the area that holds the address'),
      step('read-entry', 'read the native entry'),
      step('allocate', 'take a free guest frame'),
      step('zero', 'clear it'),
      step('copy', 'copy-on-write: copy the shared frame'),
      step('swap-in', 'read the page from swap'),
      step('set-entry', 'write the native entry'),
      step('mirror', 'write the TPT entry'),
      step('remirror', 'the native table allows the access: derive the TPT entries again from the map'),
      step('invlpg', 'drop the old translation'),
      step('leave', "leave the kernel: back to the user's root"),
    ],
  },
  {
    name: 'mirror_entry',
    who: 'guest',
    doc: 'The hook behind every native table write: the same entry, with the frame number taken from the gfn→hfn map.',
    steps: [
      step('read-map', 'read the map slot of the guest frame'),
      step('populate', 'slot 0: touch the page, so that the host backs it'),
      step('check-contiguous', '2 MiB: the 512 frames must be contiguous and aligned in host memory, else split'),
      step('write', 'write the TPT entry'),
    ],
  },
  {
    name: 'nested_fault',
    who: 'host',
    doc: "The host's handler of a nested page fault (#NPF): backs the guest frame.",
    steps: [
      step('exit', 'VM exit'),
      step('find-slot', 'find the memory slot of the guest-physical address'),
      step('back', 'back the guest frame'),
      step('unshare', 'store to a page that was merged with others: give it a frame of its own'),
      step('resume', 'resume the guest'),
    ],
  },
  {
    name: 'tag_violation',
    who: 'host',
    doc: "The host's handler of a tag violation: moved frame, host bug or isolation attempt.",
    steps: [
      step('exit', 'VM exit'),
      step('look-up', 'compare the frame with the gfn→hfn map and its past'),
      step('back', 'moved or taken: back the guest frame again'),
      step('inject', 'inject the fault into the guest'),
      step('policy', 'isolation attempt: kill the VM or inject #GP'),
      step('resume', 'resume the guest'),
    ],
  },
  {
    name: 'shadow_fault',
    who: 'host',
    doc: "The host's handler of a page fault under shadow paging: the guest's fault, a missing shadow entry, or a store to a guest table.",
    steps: [
      step('exit', 'VM exit'),
      step('walk-guest', "walk the guest's own tables in software"),
      step('reflect', 'they deny the access: the fault goes to the guest'),
      step('back', 'back the guest frame, or a table on the way to it'),
      step('unshare', 'store to a page that was merged with others: give it a frame of its own'),
      step('unsync', 'store to a table of level 1: let the guest write it until it is compared'),
      step('emulate', 'store to an upper table: carry it out, and drop the shadow entries made of what it hits'),
      step('zap', 'written again and again, or as a whole: it is a table no more'),
      step('fill', 'derive the shadow entries from the root down; tables that are new are write-protected'),
      step('resume', 'resume the guest'),
    ],
  },
  {
    name: 'shadow_cr3',
    who: 'host',
    doc: 'A CR3 load under shadow paging.',
    steps: [
      step('exit', 'VM exit'),
      step('find-root', 'find the shadow root that is cached for the guest root'),
      step('resync', 'compare the tables below it that are out of sync'),
      step('load-cr3', 'load CR3 with the shadow root'),
      step('resume', 'resume the guest'),
    ],
  },
  {
    name: 'shadow_invlpg',
    who: 'host',
    doc: 'INVLPG under shadow paging.',
    steps: [
      step('exit', 'VM exit'),
      step('resync', 'compare the entry, if its table is out of sync'),
      step('resume', 'resume the guest'),
    ],
  },
  {
    name: 'shadow_flush',
    who: 'host',
    doc: "A flush of a PCID's translations under shadow paging.",
    steps: [
      step('exit', 'VM exit'),
      step('resync', 'compare the tables of its root that are out of sync'),
      step('resume', 'resume the guest'),
    ],
  },
  {
    name: 'enter_tpt',
    who: 'host',
    doc: 'Hypercall 13: go to the TPT root (prototype profile).',
    steps: [
      step('exit', 'VM exit'),
      step('read-map', 'turn bit 13 of the user CR3 on and look its frame up in the map'),
      step('load-cr3', 'load CR3 with the TPT root'),
      step('nested-off', 'nested paging off, CR3 accesses intercepted'),
      step('resume', 'resume the guest'),
    ],
  },
  {
    name: 'leave_tpt',
    who: 'host',
    doc: 'Hypercall 14: back to nested paging (prototype profile).',
    steps: [
      step('exit', 'VM exit'),
      step('nested-on', 'nested paging on'),
      step('load-cr3', 'CR3 back to the remembered value'),
      step('resume', 'resume the guest'),
    ],
  },
  {
    name: 'mmu_update',
    who: 'host',
    doc: 'Direct paging: a batch of page-table updates that a guest asks for, each by the machine address of its entry.',
    steps: [
      step('exit', 'VM exit'),
      step(
        'validate',
        "check one entry against the rules: the VM's own frame, of a type that allows it; count what it needs",
      ),
      step('apply', 'write it, and give back what the old entry needed'),
      step('flush', 'a frame gets a new type while translations from before may be cached: flush the TLBs of the VM'),
      step('resume', 'resume the guest'),
    ],
  },
  {
    name: 'update_va_mapping',
    who: 'host',
    doc: 'Direct paging: updates of the entries that map addresses of the running address space.',
    steps: [
      step('exit', 'VM exit'),
      step('validate', 'find the entry and check it, as mmu_update does'),
      step('apply', 'write it, and give back what the old entry needed'),
      step('flush', 'a frame gets a new type while translations from before may be cached: flush the TLBs of the VM'),
      step('resume', 'resume the guest'),
    ],
  },
  {
    name: 'mmuext_op',
    who: 'host',
    doc: 'Direct paging: pins and unpins tables, loads roots, drops translations.',
    steps: [
      step('exit', 'VM exit'),
      step('validate', 'check that it is allowed; a frame that becomes a table is checked whole'),
      step('apply', 'do it'),
      step('flush', 'a frame gets a new type while translations from before may be cached: flush the TLBs of the VM'),
      step('resume', 'resume the guest'),
    ],
  },
  {
    name: 'pv_trap',
    who: 'host',
    doc: 'Direct paging: the guest kernel runs without privilege, so faults and system calls enter the host first, and the way back is a hypercall.',
    steps: [
      step('exit', 'the CPU enters the host'),
      step('resume', "go on in the guest kernel's handler, or in what was interrupted"),
    ],
  },
  {
    name: 'switch_to',
    who: 'guest',
    doc: 'The guest scheduler gives the vCPU to another process.',
    steps: [step('load-cr3', "load the process's CR3, keeping translations of its PCID")],
  },
];

const HOST_BUILTINS = new Set([
  'back',
  'reclaim',
  'migrate',
  'retag',
  'share',
  'unshare',
  'flush',
  'kill',
  'set_map',
  'psmash',
  'host_read',
  'host_write',
]);

/** All operations by name: inner ones, `fork`, and every builtin. */
export const OPERATIONS: ReadonlyMap<string, OperationInfo> = new Map(
  [
    ...INNER,
    {
      name: 'fork',
      who: 'guest' as const,
      doc: 'Copies a process; frames are shared and write-protected.',
      steps: FORK_STEPS,
    },
    ...BUILTINS.filter((b) => !INNER.some((o) => o.name === b.name)).map((b): OperationInfo => ({
      name: b.name,
      who: HOST_BUILTINS.has(b.name) ? 'host' : 'guest',
      doc: b.doc,
      steps: b.steps,
    })),
  ].map((o) => [o.name, o]),
);

/** The read-only text that stands for an operation in a debugger, or null. */
export function operationText(name: string): string | null {
  const operation = OPERATIONS.get(name);
  if (!operation) return null;
  const width = Math.max(0, ...operation.steps.map((s) => s.name.length));
  return [
    `// ${operation.who}: ${operation.doc}`,
    `${operation.name} {`,
    ...operation.steps.map((s) => `  ${s.name.padEnd(width)}   // ${s.doc}`),
    '}',
    '',
  ].join('\n');
}

/** 1-based line of a step in `operationText`; the opening line if the step is not known. */
export function stepLine(name: string, step: string): number {
  const at = OPERATIONS.get(name)?.steps.findIndex((s) => s.name === step) ?? -1;
  return at < 0 ? 2 : 3 + at;
}
