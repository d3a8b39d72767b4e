import type { MachineSummary, RootKind, SpaceRef } from '../../extension/protocol/messages';
import type { Choice } from '../shared/controls';

/** Address spaces to pick from, as "web ▸ redis". */
export function spaceChoices(summary: MachineSummary): Choice<string>[] {
  return summary.vms.flatMap((vm) =>
    vm.processes.map((process) => {
      const gone = process.state === 'running' ? '' : ` (${process.state})`;
      return {
        value: spaceId({ vm: vm.index, pid: process.pid }),
        label: `${vm.name} ▸ ${process.name}${gone}`,
        title: `${vm.scheme}, ASID ${vm.asid}, pid ${process.pid}`,
      };
    }),
  );
}

export function spaceId(space: SpaceRef): string {
  return `${space.vm}:${space.pid}`;
}

export function parseSpace(id: string): SpaceRef {
  const [vm, pid] = id.split(':').map(Number);
  return { vm, pid };
}

/** The space if it is still there, else that of the present access, else the first. */
export function validSpace(summary: MachineSummary, wanted: SpaceRef | null): SpaceRef | null {
  const there = (space: SpaceRef | null): boolean => space !== null && rootsOf(summary, space) !== null;
  if (there(wanted)) return wanted;
  if (there(summary.present)) return { vm: summary.present!.vm, pid: summary.present!.pid };
  const vm = summary.vms.find((candidate) => candidate.processes.length > 0);
  return vm === undefined ? null : { vm: vm.index, pid: vm.processes[0].pid };
}

/** Roots of a space with their addresses; null if there is no such space. */
export function rootsOf(summary: MachineSummary, space: SpaceRef): Partial<Record<RootKind, string>> | null {
  const process = summary.vms.find((vm) => vm.index === space.vm)?.processes.find((p) => p.pid === space.pid);
  if (process === undefined) return null;
  return Object.fromEntries(process.roots.map((root) => [root.kind, root.hpa]));
}

/** The root to show: what was asked for if the process has it. */
export function validRoot(wanted: RootKind | 'both', roots: Partial<Record<RootKind, string>>): RootKind | 'both' {
  const derived = derivedRoot(roots);
  if (wanted === 'native' || derived === null) return 'native';
  return wanted === 'both' ? 'both' : derived;
}

/** The root beside the native one that leads to host frames, if the process has one. */
export function derivedRoot(roots: Partial<Record<RootKind, string>>): 'tpt' | 'shadow' | null {
  return roots.tpt !== undefined ? 'tpt' : roots.shadow !== undefined ? 'shadow' : null;
}

/** Names of tables, as labels. */
export const ROOT_LABELS: Readonly<Record<RootKind, string>> = { native: 'native', tpt: 'TPT', shadow: 'shadow' };
