import type { Steps } from "../history/journal";
import type { Vcpu } from "../machine/vcpu";
import { A, D, PS, RW, frameHigh, frameLow, frameOf } from "../paging/format";
import type { Kernel } from "./kernel";
import { mirrorEntry } from "./mirror";
import { findArea, type Process } from "./process";
import { findEntry, forEachLeaf } from "./tables";

/**
 * fork: the child gets the parent's areas, and entries for the same frames, write-protected in both (copy-on-write).
 * @returns the child, or null if the guest is out of memory.
 */
export function* fork(kernel: Kernel, cpu: Vcpu, parent: Process, name: string, skip: ReadonlySet<string> | null): Steps<Process | null> {
  const { journal } = kernel.machine;
  yield* journal.enter("fork", `fork ${name} from ${parent.name}`);
  yield* journal.step("tables", skip);
  const child = yield* kernel.newProcess(cpu, name);
  if (!child) {
    journal.leave();
    return null;
  }
  if (yield* journal.step("areas", skip)) child.areas = parent.areas.map((a) => ({ ...a }));
  child.nextPage = parent.nextPage;
  child.pkru = parent.pkru;
  const copy = yield* journal.step("copy", skip);
  const mirror = yield* journal.step("mirror", skip);
  if (copy) {
    for (const area of parent.areas) {
      yield* forEachLeaf(kernel, cpu, parent, area.start, area.end, function* (place, first, lo, hi) {
        const writable = ((findArea(parent, first)?.perm ?? 0) & 2) !== 0;
        const protectedLo = writable ? lo & ~RW : lo;
        const frames = place.level === 2 ? 512 : 1;
        const gfn = frameOf(lo, hi);
        for (let i = 0; i < frames; i++) kernel.frames.share(gfn + i);
        if (protectedLo !== lo) yield* kernel.memory.storeEntry(cpu, place.table, place.index, protectedLo, hi);
        if (mirror && kernel.mirrors) yield* mirrorEntry(kernel, cpu, parent, place, protectedLo, hi, null);
        const target = yield* findEntry(kernel, cpu, child, first, place.level, true);
        if (!target) return;
        const childLo = frameLow(gfn) | (protectedLo & 0xfff & ~(A | D)) | (place.level === 2 ? PS : 0);
        yield* kernel.setEntry(cpu, child, target, childLo, frameHigh(gfn) | (hi & 0xfff00000), mirror ? null : new Set(["mirror"]));
      });
    }
  }
  if (yield* journal.step("flush", skip)) kernel.flushProcess(parent);
  journal.leave();
  return child;
}
