import type { FaultRecord } from '../history/faults';
import { hex64 } from '../units';
import type { InspectContext } from './context';
import type * as t from './types';
import { walkOfFault } from './walks';
import { errorWords, FAULT_WORDS } from './words';

const STRIP_BUCKETS = 256;

/** A page of rows of the Faults view, newest first. @param newAfter tick of the last stop: later faults are new. */
export function faults(c: InspectContext, query: t.FaultsQuery, newAfter: number): t.FaultsPage {
  const history = c.executor.journal.faults;
  const { records } = history;
  const needle = query.filter.trim().toLowerCase();
  const wanted = records.filter(
    (r) =>
      (query.kinds.length === 0 || query.kinds.includes(r.kind)) &&
      (query.fromTick === null || r.tick >= query.fromTick) &&
      (query.untilTick === null || r.tick <= query.untilTick),
  );
  let rows = wanted.map((r) => faultRow(c, r, newAfter)).reverse();
  if (needle !== '')
    rows = rows.filter((r) =>
      [r.vm, r.task, r.kindText, r.gva ?? '', r.why, r.resolution, r.errorText].some((text) =>
        text.toLowerCase().includes(needle),
      ),
    );
  if (query.fold) rows = fold(rows);
  return {
    rows: rows.slice(query.offset, query.offset + query.limit),
    total: rows.length,
    counts: { ...history.counts },
    strip: strip(wanted),
    firstTick: 0,
    lastTick: c.executor.journal.tick,
  };
}

/** One fault with its chain and its walk. */
export function faultDetail(c: InspectContext, id: number, newAfter: number): t.FaultDetail | null {
  const record = c.executor.journal.faults.find(id);
  if (!record) return null;
  return { row: faultRow(c, record, newAfter), chain: record.chain, walk: walkOfFault(c, record) };
}

function faultRow(c: InspectContext, r: FaultRecord, newAfter: number): t.FaultRow {
  return {
    id: r.id,
    count: 1,
    tick: r.tick,
    vm: c.executor.vms[r.vm]?.name ?? 'host',
    task: r.taskName,
    kind: r.kind,
    kindText: FAULT_WORDS[r.kind],
    gva: r.gva ? hex64(r.gva.hi, r.gva.lo) : null,
    access: r.access,
    errorCode: r.errorCode === null ? null : hexCode(r),
    errorText: errorWords(r.kind, r.errorCode, r.errorHigh),
    expectedOwner: r.expectedOwner === null ? null : c.owner(r.expectedOwner),
    foundOwner: r.foundOwner === null ? null : c.owner(r.foundOwner),
    why: r.why,
    resolution: r.resolution,
    line: r.line,
    space: r.vm >= 0 && r.pid > 0 ? { vm: r.vm, pid: r.pid } : null,
    isNew: r.tick > newAfter,
  };
}

const hexCode = (r: FaultRecord): string =>
  r.errorCode! < 0 ? String(r.errorCode) : hex64(r.errorHigh, r.errorCode!, 1);

function fold(rows: readonly t.FaultRow[]): t.FaultRow[] {
  const folded: t.FaultRow[] = [];
  for (const row of rows) {
    const last = folded.at(-1);
    const same =
      last?.kind === row.kind &&
      last.vm === row.vm &&
      last.task === row.task &&
      last.line === row.line &&
      last.errorCode === row.errorCode &&
      last.errorText === row.errorText &&
      row.gva?.slice(0, -6) === last.gva?.slice(0, -6);
    if (last && same) folded[folded.length - 1] = { ...last, count: last.count + 1 };
    else folded.push(row);
  }
  return folded;
}

function strip(records: readonly FaultRecord[]): t.FaultsPage['strip'] {
  if (records.length === 0) return [];
  const width = Math.max(1, Math.ceil((records.at(-1)!.tick + 1) / STRIP_BUCKETS));
  const buckets = new Map<string, { tick: number; kind: string; count: number }>();
  for (const r of records) {
    const tick = records.length <= STRIP_BUCKETS ? r.tick : Math.floor(r.tick / width) * width;
    const key = `${tick}:${r.kind}`;
    const bucket = buckets.get(key);
    if (bucket) bucket.count++;
    else buckets.set(key, { tick, kind: r.kind, count: 1 });
  }
  return [...buckets.values()];
}
