import { type Builtin, GUEST, value, address, size, accessSize, step } from './builtin';

/** Loads, stores and fetches of the guest. */
export const ACCESSES = [
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
] as const satisfies readonly Builtin[];
