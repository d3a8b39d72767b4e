import type { Kernel } from '../../simulator/guest/kernel';
import type { Process } from '../../simulator/guest/process';
import { MachineInspector } from '../../simulator/inspect/inspector';
import { guestPage, userTree } from '../../simulator/invariants';
import type { Page } from '../../simulator/machine/memory';
import type { Executor } from '../../simulator/run/executor';
import { readBytes } from '../../simulator/run/memory-refs';

/** What a process has in its address space. */
export interface ProcessContents {
  readonly areas: readonly string[];
  /** Words that are not zero, by page; a page that was never touched is as one that holds zeroes. */
  readonly pages: Readonly<Record<string, string>>;
}

/** The contents of all processes by name: through the guest's own tables, and frames that the host has taken included. */
export function guestContents(x: Executor): Record<string, ProcessContents> {
  const all: Record<string, ProcessContents> = {};
  for (const { kernel, process } of processesOf(x)) {
    const pages: Record<string, string> = {};
    userTree(
      x,
      kernel,
      process,
      ignore,
      (leaf) => {
        for (let i = 0; i < leaf.frames; i++) {
          const words = nonZero(guestPage(x, kernel.vm, leaf.gfn + i));
          if (words !== '') pages[gvaOf(leaf.page + i)] = words;
        }
      },
      (page, slot) => {
        const words = nonZero(kernel.swap.read(slot) ?? new Uint32Array(1024));
        if (words !== '') pages[gvaOf(page)] = words;
      },
    );
    all[process.name] = { areas: process.areas.map((a) => `${a.start}-${a.end} ${a.perm} ${a.pkey}`), pages };
  }
  return all;
}

/**
 * Pages that a walk of the CPU's own tables and a debugger's read see otherwise than the guest's tables have them.
 * @returns what differs, and how many pages could be read.
 */
export function misread(x: Executor): { wrong: string[]; pages: number } {
  const inspect = new MachineInspector(x);
  const contents = guestContents(x);
  const wrong: string[] = [];
  let pages = 0;
  for (const { kernel, process } of processesOf(x)) {
    const held = contents[process.name].pages;
    userTree(x, kernel, process, ignore, (leaf) => {
      for (let page = leaf.page; page < leaf.page + leaf.frames; page++) {
        const bytes = readBytes(x, inspect, `gva:${kernel.vm.index}:${process.pid}:${gvaOf(page)}`, 0, 4096);
        // Nothing leads there now: PROT_NONE, frames that the host has taken, TPT entries that are to be derived again.
        if (bytes === null || bytes.length === 0) continue;
        pages++;
        const seen = nonZero(new Uint32Array(bytes.buffer, bytes.byteOffset, 1024));
        if (seen !== (held[gvaOf(page)] ?? '')) wrong.push(`${process.name} ${gvaOf(page)}`);
      }
    });
  }
  return { wrong, pages };
}

function processesOf(x: Executor): { kernel: Kernel; process: Process }[] {
  return x.kernels
    .filter((kernel) => !kernel.vm.killed)
    .flatMap((kernel) =>
      [...kernel.processes.values()]
        .filter((process) => process.state === 'running')
        .map((process) => ({ kernel, process })),
    );
}

const ignore = (): void => undefined;
const gvaOf = (page: number): string => `0x${(BigInt(page) << 12n).toString(16)}`;

function nonZero(page: Page): string {
  let text = '';
  page.forEach((word, i) => {
    if (word !== 0) text += `${i}:${word} `;
  });
  return text;
}
