import type { FaultRow } from '../../extension/protocol/messages';
import { addressLink } from '../shared/address';
import { h, icon } from '../shared/dom';
import { formatCount } from '../shared/hex';
import { lineLink } from '../shared/line-link';
import { ownerChip } from '../shared/owners';
import { kindMark } from './kinds';
import { faultAddress, whyButton } from './links';

export interface FaultRowContext {
  readonly open: boolean;
  /** Marked because what is selected elsewhere has to do with it. */
  readonly marked: boolean;
  /** Lines of a row: one where there is room, two or three where there is not. */
  readonly lines: 1 | 2 | 3;
  readonly onLine: (line: number) => void;
}

/** One fault, or equal ones in a row with their count. */
export function renderFault(row: FaultRow, element: HTMLElement, context: FaultRowContext): void {
  element.setAttribute('aria-expanded', String(context.open));
  element.classList.toggle('changed', row.isNew);
  element.classList.toggle('marked', context.marked);
  const grave = row.kind === 'tag_violation' || row.kind === 'breach' || row.kind === 'livelock';
  const head = [
    icon(context.open ? 'chevron-down' : 'chevron-right'),
    h('span', { class: 'f-tick' }, formatCount(row.tick)),
    h(
      'span',
      { class: 'f-kind', title: row.errorCode === null ? null : `error code ${row.errorCode}: ${row.errorText}` },
      kindMark(row.kind),
      h('span', { class: grave ? 'wrong f-kind-text' : 'f-kind-text' }, row.kindText),
    ),
    h(
      'span',
      { class: 'f-count', title: row.count > 1 ? `${formatCount(row.count)} equal faults in a row` : null },
      row.count > 1 ? `×${formatCount(row.count)}` : '',
    ),
  ];
  const gva = h(
    'span',
    { class: 'f-gva mono' },
    row.gva === null
      ? h('span', { class: 'hex-zero' }, '—')
      : addressLink(faultAddress(row, row.gva), { tabStop: false }),
  );
  const task = h('span', { class: 'f-task', title: `${row.vm} ▸ ${row.task}` }, `${row.vm} ▸ ${row.task}`);
  const access = h('span', { class: 'f-access dim' }, row.access ?? '');
  const why = h(
    'span',
    { class: 'f-why', title: `${row.why}\n${row.errorText}` },
    row.foundOwner === null ? null : ownerChip(row.foundOwner, false),
    ' ',
    row.why,
  );
  const ended = h('span', { class: 'f-ended dim', title: row.resolution }, row.resolution);
  const toLine = row.line === null ? null : lineLink(row.line, context.onLine);
  const line = h('span', { class: 'f-line' }, context.lines === 3 ? null : whyButton(row), toLine);
  const box = (className: string, ...parts: readonly HTMLElement[]): HTMLElement =>
    h('div', { class: className, role: 'presentation' }, ...parts);
  if (context.lines === 1) element.append(box('f-wide', ...head, task, gva, access, why, ended, line));
  else if (context.lines === 2)
    element.append(box('f-narrow', ...head, task, line), box('f-narrow second', gva, access, why));
  else
    element.append(
      box('f-narrow', ...head, h('span'), line),
      box('f-narrow second', gva, access, h('span', { class: 'f-line' }, whyButton(row))),
      box('f-narrow third', task, why),
    );
}
