/** Breakpoints on translation events: their names, and which make sense for what. No vscode here, so that it can be tested. */
import type { BreakSubject, MachineSummary, ProcessSummary, VmSummary, WatchSpec } from '../protocol/messages';
import { WATCH_FORMS, watchName } from '../scenario/watch-names';

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
  switch (subject.kind) {
    case 'entry':
      return choices([{ kind: 'entry', hpa: short(subject.hpa) }]);
    case 'frame':
      return choices(ofFrame(subject.frame));
    case 'vm': {
      const vm = vmOf(summary, subject.vm);
      return vm === undefined ? [] : choices([{ kind: 'stale', vm: vm.name }]);
    }
    case 'process':
    case 'address': {
      const vm = vmOf(summary, subject.vm);
      const process = vm?.processes.find(({ pid }) => pid === subject.pid);
      if (vm === undefined || process === undefined) return [];
      return choices(subject.kind === 'process' ? ofProcess(vm, process) : ofAddress(vm, process, subject));
    }
  }
}

/** What an hPA may stand for: an entry, where it is not the beginning of a frame; else the frame comes first. */
export function subjectsOfHpa(hpa: string): BreakSubject[] {
  const address = BigInt(hpa);
  const frame: BreakSubject = { kind: 'frame', frame: Number(address >> 12n) };
  const entry: BreakSubject = { kind: 'entry', hpa: `0x${(address & ~7n).toString(16).padStart(hpa.length - 2, '0')}` };
  return (address & 0xfffn) === 0n ? [frame, entry] : [entry, frame];
}

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
    { kind: 'translation', ...place, gva: short(gva) },
    ...(hasTwoTables(process) ? [{ kind: 'diverge', ...place, gva: short(gva) } as const] : []),
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

function choices(specs: readonly WatchSpec[]): WatchChoice[] {
  return specs.map((spec) => {
    const { event, follows } = WATCH_FORMS[spec.kind];
    return {
      name: watchName(spec),
      label: `${event.charAt(0).toUpperCase()}${event.slice(1)}`,
      detail: `Follows the ${spec.kind === 'diverge' && spec.gva === null ? 'address space' : follows}`,
    };
  });
}

/** As names have it, so that one event has one name. */
function short(address: string): string {
  return `0x${BigInt(address).toString(16)}`;
}
