/**
 * Expressions that name a thing in the tables, to look at and to set: `entry(HPA)`, `pte(GVA)`, `tag(HPA)`, `owner(HPA)`,
 * `map([VM,] GFN)`; the first three also with a field, as in `pte(heap).W`.
 */
import type { Edit, EntryRef, Evaluation, NamedValue, Simulation } from '../../simulator/index';
import type { FrameRef } from './stack';

export type Place =
  | { readonly kind: 'entry'; readonly entry: EntryRef; readonly field: string | null }
  | { readonly kind: 'tag'; readonly frame: number; readonly field: string | null }
  | { readonly kind: 'slot'; readonly vm: number; readonly gfn: number };

export type PlaceTarget = Pick<Simulation, 'evaluate' | 'tasks' | 'readMemory' | 'records' | 'inspect'>;

const FORM = /^\s*(entry|pte|tag|owner|map)\s*\((.*)\)\s*(?:\.\s*([\w/]+))?\s*$/s;
/** Names of bits in a decoded entry, and of the same in an edit. */
const FIELDS: Readonly<Record<string, string>> = { 'R/W': 'W', 'U/S': 'U' };
/** Fields of a decoded tag, and what edits call them. */
const TAG_FIELDS: Readonly<Record<string, string>> = { asid: 'owner', gPA: 'gfn', pagesize: 'huge' };
/** Fields of a tag that take a name. */
const NAMED = new Set(['owner']);

/** @returns null if the text names no such thing; a text says what is wrong with one that does. */
export function readPlace(expression: string, frame: FrameRef, target: PlaceTarget): Place | string | null {
  const [, name = '', inner = '', field = null] = FORM.exec(expression) ?? [];
  const number = (text: string): number | string => numberOf(text, frame, target);
  switch (name) {
    case 'entry': {
      const hpa = number(inner);
      return typeof hpa === 'string' ? hpa : { kind: 'entry', entry: entryAt(hpa), field };
    }
    case 'pte': {
      const found = target.evaluate(`pte(${inner})`, frame.task, frame.depth);
      if (!found.ok) return found.error;
      const hpa = Number(found.memory?.slice('hpa:'.length) ?? NaN);
      return Number.isNaN(hpa) ? null : { kind: 'entry', entry: entryAt(hpa), field };
    }
    case 'tag':
    case 'owner': {
      const hpa = number(inner);
      if (typeof hpa === 'string') return hpa;
      return { kind: 'tag', frame: Math.floor(hpa / 4096), field: name === 'owner' ? 'owner' : field };
    }
    case 'map':
      return field === null ? slotOf(inner, frame, target) : null;
    default:
      return null;
  }
}

/** A number as the machine evaluates it; a text says why there is none. */
export function numberOf(text: string, frame: FrameRef, target: Pick<PlaceTarget, 'evaluate'>): number | string {
  const found = target.evaluate(text, frame.task, frame.depth);
  if (!found.ok) return found.error;
  const number = Number(/^(0x[0-9a-f]+|\d+)/i.exec(found.value)?.[0] ?? NaN);
  return Number.isSafeInteger(number) ? number : `${text} is ${found.value}, which is no address here`;
}

/** What a place holds; null if the machine's own evaluation tells that. */
export function valueOf(place: Place, target: PlaceTarget): Evaluation | null {
  if (place.kind === 'slot' || (place.kind === 'tag' && place.field === 'owner')) return null;
  const { value, type, memory, fields } =
    place.kind === 'entry' ? entryValue(place.entry, target) : tagValue(place.frame, target);
  if (place.field === null) return { ok: true, value, type, memory, children: fields };
  const wanted = place.field;
  const field = fields.find((f) => f.name === wanted || FIELDS[f.name] === wanted);
  if (field) return { ok: true, value: field.value, type: 'field', memory: null, children: [] };
  const names = fields.map((f) => FIELDS[f.name] ?? f.name).join(', ');
  return { ok: false, error: `There is no field "${wanted}" here; there are ${names}.` };
}

/** The edit that sets a place, or a field of it. @param value an expression, or a name where the field takes one */
export function editOf(
  place: Place,
  field: string | null,
  value: string,
  frame: FrameRef,
  target: PlaceTarget,
): Edit | string {
  const name = field === null ? null : (FIELDS[field] ?? field);
  if (place.kind === 'tag') {
    const tagField = name ?? 'owner';
    const text = NAMED.has(tagField) ? value.trim() : numberText(value, frame, target);
    return { kind: 'tag', frame: place.frame, field: tagField, value: text };
  }
  if (place.kind === 'entry')
    return { kind: 'entry', entry: place.entry, field: name ?? 'raw', value: numberText(value, frame, target) };
  const to = numberOf(value, frame, target);
  return typeof to === 'string' ? to : { kind: 'slot', vm: place.vm, gfn: place.gfn, frame: to };
}

/** A 64-bit number as text; what cannot be evaluated stays as it is, for the machine to refuse in its words. */
function numberText(value: string, frame: FrameRef, target: PlaceTarget): string {
  const found = target.evaluate(value, frame.task, frame.depth);
  return (found.ok ? /^(0x[0-9a-f]+|\d+)/i.exec(found.value)?.[0] : null) ?? value.trim();
}

export function entryAt(hpa: number): EntryRef {
  return { frame: Math.floor(hpa / 4096), index: Math.floor((hpa % 4096) / 8) };
}

export function addressOf({ frame, index }: EntryRef): string {
  return `0x${(frame * 4096 + index * 8).toString(16)}`;
}

function slotOf(inner: string, frame: FrameRef, target: PlaceTarget): Place | string {
  const { vms } = target.inspect.summary(null);
  const [first = '', second] = inner.split(/,(.*)/s);
  const own = target.tasks().find((t) => t.id === frame.task)?.vm;
  const wanted = second === undefined ? own : first.trim();
  const vm = vms.find((v) => v.name === wanted);
  if (!vm)
    return `There is no VM "${wanted ?? ''}"; there are ${vms.map((v) => v.name).join(', ')}. Write map(VM, GFN).`;
  const gfn = numberOf(second ?? first, frame, target);
  return typeof gfn === 'string' ? gfn : { kind: 'slot', vm: vm.index, gfn };
}

interface Shown {
  readonly value: string;
  readonly type: string;
  readonly memory: string;
  readonly fields: readonly NamedValue[];
}

function entryValue(entry: EntryRef, target: PlaceTarget): Shown {
  const memory = `hpa:${addressOf(entry)}`;
  if (target.records) {
    const { value, text, bits } = target.inspect.entryHistory({ ...entry, offset: 0, limit: 0 });
    const fields = bits.map((b) => ({ name: b.name, value: `${b.value} ${b.meaning}`.trim(), type: 'field' }));
    return { value: `${value} ${text}`, type: 'entry', memory, fields };
  }
  const bytes = target.readMemory(memory, 0, 8) ?? new Uint8Array();
  return { value: `0x${Buffer.from(bytes).reverse().toString('hex')}`, type: 'entry', memory, fields: [] };
}

/** The fields by the names that edits take. */
function tagValue(frame: number, target: PlaceTarget): Shown {
  const { tagEntry, owner } = target.inspect.frame(frame);
  const fields = tagEntry.fields.map(({ name, value, meaning }) => {
    const text = name === 'gPA' ? `0x${(BigInt(value) >> 12n).toString(16)}` : `${value} ${meaning}`.trim();
    return { name: TAG_FIELDS[name] ?? name, value: text, type: 'field' };
  });
  return { value: `${tagEntry.raw} ${owner.name}`, type: 'tag', memory: `hpa:${tagEntry.address}`, fields };
}
