/** Breakpoints on translation events: their names, and which make sense for what. No vscode here, so that it can be tested. */
import type { BreakSubject, MachineSummary, ProcessSummary, VmSummary, WatchSpec } from '../protocol/messages';

/** An event that can be chosen to stop at. */
export interface WatchChoice {
  /** Name of the function breakpoint, as the adapter reads it. */
  readonly name: string;
  readonly label: string;
  /** When it stops, and whether it follows the virtual address or the frame. */
  readonly detail: string;
}

/** The events that make sense for a subject, the likeliest first; none if its VM or process is not there. */
export function watchChoices(subject: BreakSubject, summary: MachineSummary): WatchChoice[] {
  const { hpaDigits } = summary;
  switch (subject.kind) {
    case 'entry':
      return choices([{ kind: 'entry', hpa: subject.hpa }], hpaDigits);
    case 'frame':
      return choices(ofFrame(subject.frame), hpaDigits);
    case 'vm': {
      const vm = vmOf(summary, subject.vm);
      return vm === undefined ? [] : choices([{ kind: 'stale', vm: vm.name }], hpaDigits);
    }
    case 'process':
    case 'address': {
      const vm = vmOf(summary, subject.vm);
      const process = vm?.processes.find(({ pid }) => pid === subject.pid);
      if (vm === undefined || process === undefined) return [];
      return choices(subject.kind === 'process' ? ofProcess(vm, process) : ofAddress(vm, process, subject), hpaDigits);
    }
  }
}

/** Name of the function breakpoint of an event, such as `owner 0x1a00000`. */
export function watchName(spec: WatchSpec, hpaDigits: number): string {
  switch (spec.kind) {
    case 'entry':
      return `entry ${spec.hpa}`;
    case 'owner':
    case 'reached':
      return `${spec.kind} 0x${(BigInt(spec.frame) << 12n).toString(16).padStart(hpaDigits, '0')}`;
    case 'translation':
      return `translation ${spec.vm} ${spec.process} ${spec.gva}`;
    case 'diverge':
      return `diverge ${spec.vm} ${spec.process}${spec.gva === null ? '' : ` ${spec.gva}`}`;
    case 'stale':
      return `stale ${spec.vm}`;
    case 'split':
      return `split ${spec.vm} ${spec.process}`;
  }
}

/** What an hPA may stand for: an entry, where it is not the beginning of a frame; else the frame comes first. */
export function subjectsOfHpa(hpa: string): BreakSubject[] {
  const address = BigInt(hpa);
  const frame: BreakSubject = { kind: 'frame', frame: Number(address >> 12n) };
  const entry: BreakSubject = { kind: 'entry', hpa: `0x${(address & ~7n).toString(16).padStart(hpa.length - 2, '0')}` };
  return (address & 0xfffn) === 0n ? [frame, entry] : [entry, frame];
}

const FRAME = 'Follows the frame.';
const ADDRESS = 'Follows the virtual address.';
const SPACE = 'Follows the whole address space.';

function ofFrame(frame: number): WatchSpec[] {
  return [
    { kind: 'owner', frame },
    { kind: 'reached', frame },
  ];
}

function ofAddress(
  vm: VmSummary,
  process: ProcessSummary,
  { gva, frame }: Extract<BreakSubject, { kind: 'address' }>,
): WatchSpec[] {
  const place = { vm: vm.name, process: process.name };
  return [
    { kind: 'translation', ...place, gva },
    ...(hasTwoTables(process) ? [{ kind: 'diverge', ...place, gva } as const] : []),
    ...(frame === null ? [] : ofFrame(frame)),
  ];
}

function ofProcess(vm: VmSummary, process: ProcessSummary): WatchSpec[] {
  const place = { vm: vm.name, process: process.name };
  return [
    ...(hasTwoTables(process) ? [{ kind: 'diverge', ...place, gva: null } as const] : []),
    { kind: 'split', ...place },
    { kind: 'stale', vm: vm.name },
  ];
}

/** Only where a process has a table beside its native one can the two come to differ. */
function hasTwoTables(process: ProcessSummary): boolean {
  return process.roots.length > 1;
}

function vmOf(summary: MachineSummary, index: number): VmSummary | undefined {
  return summary.vms.find((vm) => vm.index === index);
}

function choices(specs: readonly WatchSpec[], hpaDigits: number): WatchChoice[] {
  return specs.map((spec) => ({ name: watchName(spec, hpaDigits), ...words(spec) }));
}

function words(spec: WatchSpec): { readonly label: string; readonly detail: string } {
  switch (spec.kind) {
    case 'entry':
      return { label: 'The entry changes', detail: `A write changes these 8 bytes, whoever makes it. ${FRAME}` };
    case 'owner':
      return { label: 'The owner of the frame changes', detail: `Its tag gets another owner. ${FRAME}` };
    case 'reached':
      return { label: 'The frame is reached', detail: `An access of any VM, by any address, gets to it. ${FRAME}` };
    case 'translation':
      return {
        label: 'The translation changes',
        detail: `The address comes to lead elsewhere, or with other rights. ${ADDRESS}`,
      };
    case 'diverge':
      return spec.gva === null
        ? { label: 'The tables of the process diverge', detail: `Native and derived table come to differ. ${SPACE}` }
        : { label: 'The tables diverge here', detail: `Native and derived entry come to differ. ${ADDRESS}` };
    case 'stale':
      return {
        label: `A TLB entry of ${spec.vm} goes stale`,
        detail: `A TLB holds what the tables no longer say. ${SPACE}`,
      };
    case 'split':
      return { label: 'A 2 MiB mapping is split', detail: `A large mapping becomes a table. ${SPACE}` };
  }
}
