import { OPERATIONS } from '../../history/operations';
import { W } from '../../history/recording';
import type { Vm } from '../../host/vm';
import { readSlot } from '../../host/map';
import { hex, type Frame } from '../../units';
import type { InspectContext } from '../context';
import type { CauseLink, Causes, EntryRef } from '../time-types';
import { changedBits, meaningText } from '../time/meaning';
import { lineOf, newOf, oldOf, placeOf, tickOf, whenText, writerText } from '../time/writes';
import { Evidence, type Mark, type Omission } from './evidence';

type Role = CauseLink['role'];

/** A chain of causes while it is made: from what was noticed back to the root. */
export class Story {
  readonly evidence: Evidence;
  private readonly links: CauseLink[] = [];

  constructor(
    readonly c: InspectContext,
    readonly title: string,
  ) {
    this.evidence = new Evidence(c);
  }

  /** A link at a recorded write, with the entry that it wrote. */
  atWrite(role: Role, id: number, text: string): this {
    const r = this.evidence.recording;
    const entry = { frame: r.writes.get(id, W.Frame), index: r.writes.get(id, W.Index) };
    this.links.push({
      role,
      tick: tickOf(r, id),
      line: lineOf(r, id),
      text,
      target: { kind: 'write', write: id },
      entry,
    });
    return this;
  }

  /** A link at a tick. */
  atTick(role: Role, tick: number, line: number | null, text: string, entry: EntryRef | null = null): this {
    this.links.push({ role, tick, line, text, target: { kind: 'tick', tick }, entry });
    return this;
  }

  atMark(role: Role, mark: Mark, text: string): this {
    const { id, tick, line } = mark;
    this.links.push({ role, tick, line, text, target: { kind: 'mark', mark: id }, entry: null });
    return this;
  }

  /** The chain, with its verdict in one line. */
  end(verdict: string): Causes {
    const root = this.links.find((link) => link.role === 'root');
    const links = root ? [...this.links.filter((link) => link !== root), root] : this.links;
    return { title: this.title, links, verdict, line: root?.line ?? null };
  }

  /** "`migrate` at tick 812, line 31": who made a write, and when. */
  by(id: number): string {
    const r = this.evidence.recording;
    return `${writerText(this.c, id)} at ${whenText(tickOf(r, id), lineOf(r, id))}`;
  }

  /** The same without the tick, for verdicts. */
  byShort(id: number): string {
    const line = lineOf(this.evidence.recording, id);
    return `${writerText(this.c, id)}${line === null ? '' : ` (line ${line})`}`;
  }

  /** What a write wrote to: "the TPT PT entry of web ▸ redis for 0x…". */
  entryText(id: number): string {
    return `the ${meaningText(this.c, this.evidence.meaningOfWrite(id))}`;
  }

  /** What a write changed: "P 1 → 0". */
  changeText(id: number): string {
    const r = this.evidence.recording;
    const changed = changedBits(this.evidence.meaningOfWrite(id), oldOf(r, id), newOf(r, id));
    return changed.map((b) => `${b.name} ${b.before} → ${b.after}`).join(', ') || 'flags only';
  }

  /** True if the guest's hook, which takes frame numbers from the map, made a write. */
  isHook(id: number): boolean {
    return placeOf(this.evidence.recording, id).path.includes('mirror_entry');
  }

  /** The step that the statement of a write left out: one of some names, else any. */
  omission(id: number, names: readonly string[]): Omission | null {
    return this.evidence.leftOut(id, names) ?? this.evidence.leftOutBeside(id)[0] ?? null;
  }

  /** What a write to a frame's tag did: "moved gfn 0x42 of web from frame 0x1a00 to frame 0x1b00"; and the gfn that it was for. */
  ownerChange(vm: Vm, frame: Frame, id: number): { did: string; gfn: number } {
    const { evidence, c } = this;
    const change = evidence.tagChanges(frame, id + 1)[0];
    const { gfn } = change.was;
    const slot = readSlot(evidence.at(evidence.endOfStatement(id)), vm, gfn);
    const to = change.is.assigned ? change.is.asid : 0;
    const page = `gfn ${hex(gfn)} of ${vm.name}`;
    const did =
      slot !== 0 && slot !== frame
        ? `moved ${page} from frame ${hex(frame)} to frame ${hex(slot)}`
        : to === 0
          ? `took frame ${hex(frame)} (${page}) away`
          : `gave frame ${hex(frame)}, until then ${page}, to ${c.owner(to).name}`;
    return { did, gfn };
  }
}

/** "its step `flush` (flush the old owner's TLBs) was left out". */
export function omissionText({ place }: Omission): string {
  const operation = place.path.at(-1) ?? '';
  const doc = OPERATIONS.get(operation)?.steps.find((s) => s.name === place.step)?.doc;
  return `its step \`${place.step}\`${doc ? ` (${doc})` : ''} was left out`;
}

/** "without `flush`", for verdicts. */
export const withoutText = ({ place }: Omission): string => `without \`${place.step}\``;

/** First letter in upper case. */
export const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
