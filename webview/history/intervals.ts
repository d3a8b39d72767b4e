import type {
  FrameHistory,
  FrameInterval,
  Owner,
  Permissions,
  SpaceRef,
  Target,
  TranslationHistory,
  TranslationInterval,
  Writer,
} from '../../extension/protocol/messages';
import { addressLink } from '../shared/address';
import { h, type Child } from '../shared/dom';
import { count, formatCount } from '../shared/hex';
import { lineLink } from '../shared/line-link';
import { ownerChip } from '../shared/owners';
import { timeBar } from './bar';
import { beforeWrite, goButton, tickLink, type HistoryDeeds } from './deeds';
import { writerSpan } from './write-row';

/** Rows of a list at first, and by how many it grows. */
const STEP = 200;

/** A stretch of time in which something was so. */
interface Row {
  readonly fromTick: number;
  readonly untilTick: number | null;
  readonly now: boolean;
  readonly text: string;
  readonly owner: Owner | null;
  /** What stands before the text. */
  readonly hpa?: string | null;
  readonly perm?: Permissions | null;
  readonly by: Writer | null;
  readonly write: number | null;
}

/** How a gVA was translated over time. */
export function translationPane(
  history: TranslationHistory,
  space: SpaceRef,
  now: number,
  deeds: HistoryDeeds,
): HTMLElement {
  const row = (interval: TranslationInterval): Row => ({
    ...interval,
    by: interval.cause?.writer ?? null,
    write: interval.cause?.id ?? null,
  });
  const rows = history.intervals.map(row);
  return h(
    'div',
    { class: 'intervals-pane', 'data-testid': 'translation' },
    h(
      'div',
      { class: 'what' },
      addressLink({ kind: 'gva', address: history.gva, vm: space.vm, pid: space.pid }),
      h('span', { class: 'dim' }, ` ${history.rootName} · ${count(rows.length, 'interval')}`),
    ),
    timeBar(rows, now, (tick) => deeds.travel({ kind: 'tick', tick })),
    complete(history.completeFrom),
    intervalList('Translations, newest first', rows, now, deeds),
  );
}

/** Whose a frame was, what for, and who mapped it. */
export function framePane(history: FrameHistory, now: number, deeds: HistoryDeeds): HTMLElement {
  const row = (interval: FrameInterval): Row => interval;
  const section = (title: string, none: string, intervals: readonly FrameInterval[], withBar: boolean): HTMLElement =>
    h(
      'section',
      {},
      h('h2', {}, `${title}, newest first`),
      withBar && intervals.length > 0 ? timeBar(intervals, now, (tick) => deeds.travel({ kind: 'tick', tick })) : null,
      intervals.length === 0 ? h('div', { class: 'dim' }, none) : intervalList(title, intervals.map(row), now, deeds),
    );
  return h(
    'div',
    { class: 'intervals-pane', 'data-testid': 'frame' },
    h(
      'div',
      { class: 'what' },
      h('span', { class: 'mono' }, `frame 0x${history.frame.toString(16)} `),
      addressLink({ kind: 'hpa', address: history.hpa }),
    ),
    complete(history.completeFrom),
    section('Owners', 'Nothing is recorded of its owners.', history.owners, true),
    section('Uses', 'Nothing is recorded of its uses.', history.uses, true),
    // They overlap: one bar could not tell them apart.
    section('Mapped by', 'No entry of any table has named this frame.', history.mappers, false),
  );
}

function complete(from: number | null): HTMLElement | null {
  if (from === null) return null;
  return h('div', { class: 'dim' }, `Older than tick ${formatCount(from)}: dropped to save memory.`);
}

function intervalList(label: string, rows: readonly Row[], now: number, deeds: HistoryDeeds): HTMLElement {
  const newestFirst = [...rows].reverse();
  const list = h('ol', { class: 'intervals', 'aria-label': label });
  const last = rows.reduce((most, { fromTick, untilTick }) => Math.max(most, fromTick, untilTick ?? 0), 0);
  list.style.setProperty('--digits', String(formatCount(last).length));
  let shown = 0;
  const more = h('button', { type: 'button', class: 'line-link more' });
  const grow = (): void => {
    list.append(...newestFirst.slice(shown, shown + STEP).map((row) => intervalItem(row, now, deeds)));
    shown = Math.min(newestFirst.length, shown + STEP);
    more.hidden = shown >= newestFirst.length;
    more.textContent = `Show older ones: ${formatCount(newestFirst.length - shown)} more`;
  };
  more.addEventListener('click', grow);
  grow();
  return h('div', {}, list, more);
}

function intervalItem(row: Row, now: number, deeds: HistoryDeeds): HTMLElement {
  const ahead = row.fromTick > now;
  const target: Target =
    row.write === null
      ? { kind: 'tick', tick: row.fromTick }
      : beforeWrite({ id: row.write, tick: row.fromTick }).target;
  const by: Child =
    row.by === null
      ? h('span', { class: 'i-by dim' }, row.fromTick === 0 ? 'so at the beginning' : '')
      : h('span', { class: 'i-by' }, writerSpan(row.by));
  return h(
    'li',
    {
      class: `interval${row.now ? ' is-now' : ''}${ahead ? ' ahead' : ''}`,
      'aria-current': row.now ? 'time' : null,
      'data-testid': 'interval',
      title: ahead ? 'The machine stands before this.' : null,
    },
    h(
      'span',
      { class: 'i-ticks' },
      h('span', { class: 'i-tick' }, tickLink(row.fromTick, target, deeds.travel)),
      h('span', { class: 'dim' }, ' – '),
      h('span', { class: 'i-tick dim' }, row.untilTick === null ? '…' : formatCount(row.untilTick)),
    ),
    h(
      'span',
      { class: 'i-what' },
      row.hpa == null ? null : addressLink({ kind: 'hpa', address: row.hpa }),
      row.perm == null ? null : h('span', { class: 'mono' }, row.perm.text),
      row.owner === null ? null : ownerChip(row.owner, true),
      h('span', { class: row.hpa === null ? 'i-text' : 'i-text dim' }, row.text),
    ),
    by,
    h(
      'span',
      { class: 'i-end' },
      row.by?.line == null ? null : lineLink(row.by.line, deeds.onLine),
      goButton(target, 'Go there: to where this began', deeds.travel),
    ),
  );
}
