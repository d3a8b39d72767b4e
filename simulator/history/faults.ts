import type { FaultKind } from '../language/builtins';
import type { Actor } from './operations';

/** Raw steps of a walk, kept with the fault it led to; decoded when somebody looks. */
export interface WalkCopy {
  readonly kind: Uint8Array;
  readonly level: Uint8Array;
  readonly frame: Float64Array;
  readonly index: Uint32Array;
  readonly lo: Uint32Array;
  readonly hi: Uint32Array;
  readonly faultStep: number;
  /** Frame of the root, and whether it was a guest frame number. */
  readonly root: number;
  readonly nested: boolean;
  readonly user: boolean;
  readonly asid: number;
}

export interface ChainEntry {
  readonly tick: number;
  readonly depth: number;
  readonly who: Actor;
  readonly operation: string;
  readonly text: string;
  readonly line: number | null;
}

/** One fault in the history. */
export interface FaultRecord {
  readonly id: number;
  readonly tick: number;
  /** Index of the VM, or -1. */
  readonly vm: number;
  readonly pid: number;
  readonly task: number;
  readonly taskName: string;
  readonly kind: FaultKind;
  /** Halves of the gVA; null if no address was involved. */
  readonly gva: { readonly hi: number; readonly lo: number } | null;
  readonly access: 'read' | 'write' | 'fetch' | null;
  readonly errorCode: number | null;
  readonly errorHigh: number;
  readonly expectedOwner: number | null;
  readonly foundOwner: number | null;
  readonly frame: number | null;
  readonly why: string;
  resolution: string;
  /** Line of the scenario, 1-based. */
  readonly line: number | null;
  readonly chain: ChainEntry[];
  readonly walk: WalkCopy | null;
}

const ROUTINE: ReadonlySet<FaultKind> = new Set(['page_fault', 'npf', 'shadow_miss', 'shadow_write']);
const MOST_ROUTINE = 20_000;
const MOST_CHAIN = 200;

/** The history of faults. Routine ones beyond the last 20,000 are dropped, oldest first, and only counted; others stay. */
export class FaultHistory {
  records: FaultRecord[] = [];
  readonly counts: Record<string, number> = {};
  dropped = 0;
  /** Routine faults are only counted, and no chains kept: for runs whose history nobody will look at. */
  brief = false;
  /** Told of each fault; null: nobody asks. */
  added: ((record: FaultRecord) => void) | null = null;
  private nextId = 1;
  private routine = 0;
  private readonly open: FaultRecord[] = [];

  /** Adds a fault, which becomes the record: the caller must not use it for another. */
  add(fault: Omit<FaultRecord, 'id' | 'chain'>): FaultRecord {
    const record = Object.assign(fault, { id: this.nextId++, chain: [] });
    this.counts[record.kind] = (this.counts[record.kind] ?? 0) + 1;
    this.added?.(record);
    const routine = ROUTINE.has(record.kind);
    if (routine && this.brief) this.dropped++;
    else this.records.push(record);
    if (routine && !this.brief && ++this.routine > 2 * MOST_ROUTINE) this.thin();
    return record;
  }

  begin(record: FaultRecord): void {
    this.open.push(record);
  }

  end(record: FaultRecord): void {
    const at = this.open.lastIndexOf(record);
    if (at >= 0) this.open.length = at;
  }

  /** Adds a line to the chain of every fault that is being handled. */
  note(tick: number, depth: number, who: Actor, operation: string, text: string, line: number | null): void {
    if (this.brief) return;
    for (const record of this.open) {
      if (record.chain.length < MOST_CHAIN) record.chain.push({ tick, depth, who, operation, text, line });
    }
  }

  /** For going back to now, between two statements, where no fault is being handled. Records that are there do not change any more. */
  snapshot(): () => void {
    const { records, dropped, nextId, routine } = this;
    const count = records.length;
    const counts = { ...this.counts };
    return () => {
      // The list may have grown since, and checkpoints ahead still need what it has.
      this.records = records.slice(0, count);
      Object.assign(this, { dropped, nextId, routine });
      for (const kind of Object.keys(this.counts)) Reflect.deleteProperty(this.counts, kind);
      Object.assign(this.counts, counts);
      this.open.length = 0;
    };
  }

  find(id: number): FaultRecord | null {
    return this.records.find((r) => r.id === id) ?? null;
  }

  private thin(): void {
    let excess = this.routine - MOST_ROUTINE;
    this.dropped += excess;
    this.routine = MOST_ROUTINE;
    this.records = this.records.filter((r) => !(ROUTINE.has(r.kind) && excess-- > 0));
  }
}
