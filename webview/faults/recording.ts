import type { FaultsPage, MarkKind, TimelinePage } from '../../extension/protocol/messages';
import type { Host } from '../shared/host';
import type { Span } from './timeline';

/** Marks that are no faults: a filter by kind of fault leaves them. */
const OTHERS: readonly MarkKind[] = ['host', 'owner', 'cr3', 'failed_expect', 'edit'];

/** Asks for the timeline, one question at a time; of those that come up meanwhile the last is asked. */
export class Recording {
  private busy = false;
  private next: (() => Promise<void>) | null = null;
  /** Why the recording did not answer last; null: it did. */
  private refused: string | null = null;
  private faults: FaultsPage | null = null;

  constructor(
    private readonly host: Host,
    private readonly onPage: (page: TimelinePage, refused: string | null) => void,
  ) {}

  ask(span: Span | null, buckets: number, kinds: readonly string[]): void {
    this.next = () => this.fetch(span, buckets, kinds);
    if (!this.busy) void this.work();
  }

  /** The faults' own marks, for as long as there is no recording to ask. */
  faultsArrived(page: FaultsPage): void {
    this.faults = page;
    this.standIn();
  }

  private standIn(): void {
    const { faults, refused } = this;
    if (faults !== null && refused !== null) {
      this.onPage(ofFaults(faults, this.host.state.summary?.tick ?? faults.lastTick), refused);
    }
  }

  private async work(): Promise<void> {
    this.busy = true;
    while (this.next !== null) {
      const { next } = this;
      this.next = null;
      await next();
    }
    this.busy = false;
  }

  private async fetch(span: Span | null, buckets: number, kinds: readonly string[]): Promise<void> {
    if (!this.host.answers) return;
    const reply = await this.host.query('timeline', {
      fromTick: span?.from ?? null,
      untilTick: span?.until ?? null,
      buckets,
      kinds: kinds.length === 0 ? [] : [...(kinds as MarkKind[]), ...OTHERS],
    });
    if (reply.revision !== this.host.state.revision || !this.host.answers) return;
    this.refused = reply.ok ? null : reply.error;
    if (reply.ok) this.onPage(reply.result, null);
    else this.standIn();
  }
}

/** The marks of the faults in the form of a timeline. */
export function ofFaults(page: FaultsPage, now: number): TimelinePage {
  return {
    fromTick: page.firstTick,
    untilTick: page.lastTick,
    now,
    end: Math.max(now, page.lastTick),
    marks: page.strip.map(({ tick, kind, count }) => ({
      id: null,
      tick,
      lastTick: tick,
      kind: kind as MarkKind,
      count,
      text: '',
      line: null,
      faultId: null,
    })),
    counts: page.counts,
    edits: [],
    memory: { bytes: 0, limit: 0, checkpoints: 0 },
  };
}
