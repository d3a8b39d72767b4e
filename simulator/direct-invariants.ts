/** What holds of a VM under direct paging; a part of `checkInvariants`. */
import { PageType } from './host/direct/page-types';
import { guestFrameAt } from './host/direct/reverse-map';
import type { DirectPaging } from './host/direct/direct-paging';
import { Use } from './host/frames';
import { readSlot } from './host/map';
import type { Vm } from './host/vm';
import { P, PS, RW, frameOf } from './paging/format';
import type { Executor } from './run/executor';
import { hex } from './units';

/**
 * Every guest frame is backed, and both maps and the tag table say the same of it; every entry of a table names a frame
 * that it may name; and the books are what the tables come to.
 */
export function checkDirect(
  x: Executor,
  vm: Vm,
  direct: DirectPaging,
  backed: Map<number, string>,
  wrong: string[],
): void {
  for (let gfn = 0; gfn < vm.frames; gfn++) {
    const name = `gfn ${hex(gfn)} of ${vm.name}`;
    const hfn = readSlot(x.memory, vm, gfn);
    if (hfn === 0) {
      wrong.push(`${name} is not backed`);
      continue;
    }
    const other = backed.get(hfn);
    if (other !== undefined) wrong.push(`frame ${hex(hfn)} backs ${other} and ${name}`);
    backed.set(hfn, name);
    const tag = x.tags.read(hfn);
    if (!tag.assigned || tag.asid !== vm.asid || tag.gfn !== gfn) wrong.push(`${name}: the tag of frame ${hex(hfn)}`);
    if (guestFrameAt(x.memory, direct.reverseMap, vm, hfn) !== gfn)
      wrong.push(`${name}: the reverse map of ${hex(hfn)}`);
  }
  checkBooks(x, vm, direct, wrong);
}

function checkBooks(x: Executor, vm: Vm, direct: DirectPaging, wrong: string[]): void {
  const { types } = direct;
  // References found by looking at all tables: of any kind, writable, and for tables by level.
  const all = new Uint32Array(types.frames);
  const writable = new Uint32Array(types.frames);
  const tables = new Map<number, Map<number, number>>();
  const link = (frame: number, level: number): void => {
    all[frame]++;
    const levels = tables.get(frame) ?? new Map<number, number>();
    tables.set(frame, levels.set(level, (levels.get(level) ?? 0) + 1));
    if (levels.get(level) === 1) visit(frame, level);
  };
  const visit = (table: number, level: number): void => {
    const page = x.memory.page(table);
    for (let i = 0; i < 512; i++) {
      const lo = page[i * 2];
      if ((lo & P) === 0) continue;
      const frame = frameOf(lo, page[i * 2 + 1]);
      const place = (): string => `entry ${i} of the L${level} table ${hex(table)} of ${vm.name}`;
      if (x.tags.ownerOf(frame) !== vm.asid) {
        const map = level === 1 && (lo & RW) === 0 && x.host.frames.useOf(frame) === Use.Map;
        if (!map) wrong.push(`${place()} names frame ${hex(frame)}, which is not the VM's`);
      } else if (level > 1) {
        if ((lo & PS) !== 0) wrong.push(`${place()} maps a large page`);
        link(frame, level - 1);
      } else {
        all[frame]++;
        if ((lo & RW) !== 0) writable[frame]++;
      }
    }
  };
  for (let gfn = 0; gfn < vm.frames; gfn++) {
    const hfn = readSlot(x.memory, vm, gfn);
    if (types.isPinned(hfn)) link(hfn, types.typeOf(hfn));
  }
  for (const cpu of vm.vcpus) link(cpu.root, x.levels);
  for (let gfn = 0; gfn < vm.frames; gfn++) {
    const hfn = readSlot(x.memory, vm, gfn);
    const levels = [...(tables.get(hfn) ?? [])];
    const place = `frame ${hex(hfn)} of ${vm.name}`;
    if (levels.length + (writable[hfn] > 0 ? 1 : 0) > 1)
      wrong.push(`${place} is used as several things: ${JSON.stringify(levels)}, ${writable[hfn]} times writable`);
    const [type, count] = levels[0] ?? [writable[hfn] > 0 ? PageType.Writable : PageType.None, writable[hfn]];
    if (types.typeOf(hfn) !== type || types.countOf(hfn) !== count || types.referencesOf(hfn) !== all[hfn])
      wrong.push(`${place}: found type ${type}, ${count}, ${all[hfn]}; the books say ${types.describe(hfn)}`);
    if (types.isValidated(hfn) !== levels.length > 0) wrong.push(`${place}: validated, or a table, but not both`);
  }
}
