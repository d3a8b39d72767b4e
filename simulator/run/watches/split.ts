import type { Process } from '../../guest/process';
import type { Vm } from '../../host/vm';
import type { InspectContext } from '../../inspect/context';
import { derivedKind, frameHome, rootOf } from '../../inspect/peek';
import type { RootKind } from '../../inspect/types';
import { P, PS, frameOf } from '../../paging/format';
import { hex, type Frame } from '../../units';
import { writerInWords, type EntryWrite, type Watch } from './watch';

const TABLE_NAMES = { native: 'native', tpt: 'TPT', shadow: 'shadow' } as const;

/** An entry that mapped 2 MiB and names a table now. Whose it is, is found out when there is time. */
interface Candidate {
  readonly frame: Frame;
  readonly index: number;
  readonly writer: string;
}

/** Tells when a 2 MiB mapping of a process becomes a table, under any of its roots. */
export class SplitWatch implements Watch {
  private candidates: Candidate[] = [];

  constructor(
    private readonly c: InspectContext,
    private readonly vm: Vm,
    private readonly process: Process,
  ) {}

  arm(): void {
    this.candidates = [];
  }

  wrote({ frame, index, oldLo, lo, hardware }: EntryWrite): boolean {
    const splits = !hardware && index >= 0 && (oldLo & (P | PS)) === (P | PS) && (lo & (P | PS)) === P;
    if (!splits) return false;
    this.candidates.push({ frame, index, writer: writerInWords(this.c.executor.journal, false) });
    return true;
  }

  look(): string | null {
    const { candidates, c, vm, process } = this;
    if (candidates.length === 0) return null;
    this.candidates = [];
    if (process.state === 'exited') return null;
    const split: string[] = [];
    for (const { frame, index, writer } of candidates) {
      const found = this.find(frame);
      if (!found) continue;
      const gva = c.gva(found.page + index * 512);
      split.push(
        `the 2 MiB mapping of ${gva} in the ${TABLE_NAMES[found.kind]} table of ${vm.name} ▸ ${process.name} became a table of 4 KiB entries (frame ${hex(frame)}, entry ${index}); ${writer}`,
      );
    }
    if (split.length === 0) return null;
    return split.length === 1 ? split[0] : `${split[0]}; and ${split.length - 1} more`;
  }

  /** The PD of the process that a frame is, with the first page that it maps; null if it is none. */
  private find(frame: Frame): { kind: RootKind; page: number } | null {
    const { memory, levels } = this.c.executor;
    const derived = derivedKind(this.vm);
    for (const kind of derived ? ([derived, 'native'] as const) : (['native'] as const)) {
      const visit = (table: number, level: number, page: number): number => {
        const home = frameHome(memory, this.vm, kind, table);
        if (home < 0 || level === 2) return home === frame && home >= 0 ? page : -1;
        const words = memory.page(home);
        for (let i = 0; i < (level === levels ? 256 : 512); i++) {
          const lo = words[i * 2];
          if ((lo & P) === 0 || (level === 3 && (lo & PS) !== 0)) continue;
          const found = visit(frameOf(lo, words[i * 2 + 1]), level - 1, page + i * 512 ** (level - 1));
          if (found >= 0) return found;
        }
        return -1;
      };
      const root = rootOf(memory, this.vm, this.process, kind);
      const page = root < 0 ? -1 : visit(root, levels, 0);
      if (page >= 0) return { kind, page };
    }
    return null;
  }
}
