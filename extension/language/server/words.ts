/** Keywords of the language, with what hover and completion say of them. */

export interface KeywordInfo {
  readonly doc: string;
  /** As a snippet, where the keyword opens something. */
  readonly snippet?: string;
}

export const DECLARATIONS: Readonly<Record<string, KeywordInfo>> = {
  machine: {
    doc: 'The machine: memory, levels of paging, tag checks, TLBs.',
    snippet: 'machine {\n  memory ${1:256M}\n  tags ${2|asid,off,rmp|}\n}',
  },
  vm: {
    doc: 'A virtual machine: its memory, translation scheme and backing.',
    snippet: 'vm ${1:web} {\n  memory ${2:32M}\n  paging ${3|tpt,native,nested|}\n}',
  },
  process: {
    doc: 'A process of a VM. Its statements run in user mode.',
    snippet: 'process ${1:redis} in ${2:web} {\n  $0\n}',
  },
  kernel: {
    doc: 'A kernel task of a VM; within a process, statements that run in kernel mode.',
    snippet: 'kernel ${1:name} in ${2:web} {\n  $0\n}',
  },
  host: { doc: 'The host. As a value: ASID 0.', snippet: 'host {\n  $0\n}' },
  fn: { doc: 'A function. It may call anything that its callers may.', snippet: 'fn ${1:name}(${2}) {\n  $0\n}' },
  const: { doc: 'A value known before the run.', snippet: 'const ${1:SIZE} = ${2:4K}' },
  schedule: {
    doc: 'How tasks take turns. Without it, each runs until it blocks, in the order of the file.',
    snippet: 'schedule round-robin ${1:1}',
  },
};

export const STATEMENTS: Readonly<Record<string, KeywordInfo>> = {
  let: { doc: 'Declares a variable.', snippet: 'let ${1:x} = $0' },
  if: { doc: 'Runs the block if the value is not 0.', snippet: 'if ${1:condition} {\n  $0\n}' },
  for: {
    doc: 'Counts from the first value up to, not including, the second; `step` changes the stride.',
    snippet: 'for ${1:i} in ${2:0}..${3:10} {\n  $0\n}',
  },
  while: { doc: 'Repeats the block as long as the value is not 0.', snippet: 'while ${1:condition} {\n  $0\n}' },
  break: { doc: 'Leaves the innermost loop.' },
  continue: { doc: 'Goes on with the next round of the innermost loop.' },
  return: { doc: 'Leaves the function, with a value or 0; ends a task.' },
  fork: {
    doc: 'Forks the process. The block runs as the child, with a copy of the variables.',
    snippet: 'fork ${1:child} {\n  $0\n}',
  },
  kernel: { doc: 'Runs the block in kernel mode.', snippet: 'kernel {\n  $0\n}' },
  expect: { doc: 'States what must hold: a value, a fault, or that there is none.', snippet: 'expect $0' },
  wait: { doc: 'Blocks until a task has signalled the event: `wait redis.ready`.', snippet: 'wait $0' },
  signal: { doc: 'Announces an event of this task.', snippet: 'signal ${1:ready}' },
  print: { doc: 'Writes to the debug console; `{ }` holds an expression.', snippet: 'print "$0"' },
};

export const OTHER_WORDS: Readonly<Record<string, string>> = {
  without: 'Leaves named steps out of an operation: `migrate(web, gpa) without flush`.',
  else: 'Runs if no condition before it held.',
  in: 'The VM that a task runs in; the range of a `for`.',
  on: 'The vCPU that a task runs on.',
  as: 'The form of a file: `replay("redis.gz", as lackey)`.',
  step: 'The stride of a `for`.',
  at: 'The address that an expected fault must have.',
  fault: '`expect fault KIND { }` holds if the block raises that fault; `expect no fault { }` if it raises none.',
  no: '`expect no fault { }` holds if the block raises no fault.',
};

export const FAULT_DOCS: Readonly<Record<string, string>> = {
  page_fault: '#PF, delivered to the guest.',
  npf: 'Nested page fault, delivered to the host.',
  tag_violation: 'A walk or a fill met a frame whose tag is not the VM’s.',
  gp: '#GP: a non-canonical address or reserved bits.',
  hypercall_failure: 'A hypercall gave a negative errno.',
  livelock: 'The same fault again and again, which no handler can resolve.',
  breach: 'With tags off: an access reached a frame of another owner.',
  shadow_miss: 'Shadow paging: a shadow entry is missing, or read-only for now. Hidden from the guest.',
  shadow_write: 'Shadow paging: a store to a guest table that the host shadows. Hidden from the guest.',
};

export const CONSTANT_DOCS: Readonly<Record<string, string>> = {
  none: 'No access.',
  r: 'Permission to read.',
  rw: 'Permission to read and write.',
  rx: 'Permission to read and execute.',
  rwx: 'Permission to read, write and execute.',
  true: '1',
  false: '0',
  hugepage: 'Advice: map 2 MiB pages at the first touch.',
  nohugepage: 'Advice: map 4 KiB pages only.',
  dontneed: 'Advice: drop the pages.',
  pageout: 'Advice: move the pages to swap.',
};
