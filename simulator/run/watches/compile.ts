import type { Process } from '../../guest/process';
import type { Vm } from '../../host/vm';
import type { InspectContext } from '../../inspect/context';
import { userPages } from '../../inspect/leaves';
import { derivedKind } from '../../inspect/peek';
import type { WatchSpec } from '../../inspect/time-types';
import { isCanonical } from '../../paging/format';
import { hex, high32, low32 } from '../../units';
import { DivergeWatch, type PageRange } from './diverge';
import { ProcessWatch } from './process-watch';
import { ReachedWatch } from './reached';
import { SplitWatch } from './split';
import { StaleWatch } from './stale';
import { ValueWatch, type Watched } from './value-watch';
import { entryValue, ownerValue, translationValue } from './values';
import type { Watch } from './watch';

/** Makes a watch of its description. @returns why it cannot be watched, in words, if that is so. */
export function compileWatch(c: InspectContext, spec: WatchSpec): Watch | string {
  const x = c.executor;
  switch (spec.kind) {
    case 'entry': {
      const hpa = addressOf(spec.hpa);
      if (hpa === null) return notHex(spec.hpa, 'hPA of an entry');
      if (hpa % 8n !== 0n) return `${spec.hpa} is not the address of an entry: entries are 8 bytes, at multiples of 8`;
      const frame = Number(hpa >> 12n);
      return outside(c, frame) ?? new ValueWatch(x, entryValue(c, frame, Number(hpa & 4095n) / 8));
    }
    case 'owner':
      return outside(c, spec.frame) ?? new ValueWatch(x, ownerValue(c, spec.frame));
    case 'reached':
      return outside(c, spec.frame) ?? new ReachedWatch(x, spec.frame);
    case 'translation': {
      const gva = gvaOf(c, spec.gva);
      if (typeof gva === 'string') return gva;
      return ofProcess(c, spec, (vm, process) => value(c, translationValue(c, vm, process, gva)));
    }
    case 'diverge': {
      const range = spec.gva === null ? { from: 0, to: userPages(x.levels) } : rangeOf(c, spec.gva);
      return typeof range === 'string' ? range : diverge(c, spec, range);
    }
    case 'split':
      return ofProcess(c, spec, (vm, process) => new SplitWatch(c, vm, process));
    case 'stale': {
      const vm = x.vms.find((v) => v.name === spec.vm);
      return vm ? new StaleWatch(c, vm) : noVm(c, spec.vm);
    }
  }
}

const value = (c: InspectContext, watched: Watched): Watch => new ValueWatch(c.executor, watched);

function diverge(
  c: InspectContext,
  spec: { readonly vm: string; readonly process: string },
  range: PageRange,
): Watch | string {
  const kind = derivedKind(c.executor.vms.find((v) => v.name === spec.vm) ?? c.executor.vms[0]);
  const watch = ofProcess(c, spec, (vm, process) => new DivergeWatch(c, vm, process, kind ?? 'tpt', range));
  if (typeof watch === 'string' || kind) return watch;
  return `the processes of ${spec.vm} have one table each, which cannot diverge: watch a VM under tpt or shadow paging`;
}

function ofProcess(
  c: InspectContext,
  spec: { readonly vm: string; readonly process: string },
  make: (vm: Vm, process: Process) => Watch,
): Watch | string {
  const x = c.executor;
  const vm = x.vms.find((v) => v.name === spec.vm);
  if (!vm) return noVm(c, spec.vm);
  const names = x.program.tasks.filter((t) => t.kind === 'process' && t.vm === vm.index).map((t) => t.name);
  if (!names.includes(spec.process))
    return `${vm.name} has no process "${spec.process}"${names.length === 0 ? '' : `; it has ${[...new Set(names)].join(', ')}`}`;
  const { processes } = x.kernels[vm.index];
  const find = (): Process | undefined => [...processes.values()].findLast((p) => p.name === spec.process);
  return new ProcessWatch(find, (process) => make(vm, process));
}

const noVm = (c: InspectContext, name: string): string =>
  `there is no VM "${name}"; there are ${c.executor.vms.map((v) => v.name).join(', ')}`;

/** Why a frame cannot be watched; null if it can. */
function outside(c: InspectContext, frame: number): string | null {
  const { frames } = c.executor.memory;
  if (Number.isInteger(frame) && frame >= 0 && frame < frames) return null;
  return `frame ${Number.isInteger(frame) && frame >= 0 ? hex(frame) : frame} is outside memory, which ends with frame ${hex(frames - 1)}`;
}

function addressOf(text: string): bigint | null {
  return /^0x[0-9a-f]{1,16}$/i.test(text) ? BigInt(text) : null;
}

const notHex = (text: string, what: string): string =>
  `"${text}" is not the ${what}: give it in hexadecimal, as 0x1a00028`;

function gvaOf(c: InspectContext, text: string): bigint | string {
  const gva = addressOf(text);
  if (gva === null) return `"${text}" is not a gVA: give it in hexadecimal, as 0x7f0000000000`;
  const { levels } = c.executor;
  if (isCanonical(high32(gva), levels)) return gva;
  return `${text} is not canonical under ${levels}-level paging: nothing can be mapped there`;
}

function rangeOf(c: InspectContext, text: string): PageRange | string {
  const gva = gvaOf(c, text);
  if (typeof gva === 'string') return gva;
  const page = (high32(gva) & (c.executor.levels === 5 ? 0x1ffffff : 0xffff)) * 0x100000 + (low32(gva) >>> 12);
  if (page >= userPages(c.executor.levels))
    return `${text} is a kernel address: the second table of a process maps the user half only`;
  return { from: page, to: page + 1 };
}
