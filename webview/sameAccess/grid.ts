import type { SameAccess, SchemeWalk } from '../../extension/protocol/messages';
import { addressLink } from '../shared/address';
import { h, icon } from '../shared/dom';
import { count } from '../shared/hex';
import { bitTable, flags, outcomeItem, owners } from '../shared/walk';
import type { WalkGroup } from '../shared/walk-groups';
import { alignWalks, countReferences, type AlignedRow } from './align';

/** Schemes as columns, levels as rows, each reference a line that opens. */
export function walkGrid({ walks, process }: SameAccess): HTMLElement {
  return h(
    'table',
    {
      class: 'walks',
      'data-testid': 'walks',
      'aria-label': `Walks of the same access of ${process}, a column for each scheme`,
    },
    h('thead', {}, h('tr', {}, h('td', {}), ...walks.map(head))),
    h(
      'tbody',
      {},
      ...alignWalks(walks.map(({ walk }) => walk)).map((row) => levelRow(row, walks)),
      h(
        'tr',
        { class: 'outcomes', 'data-row': 'outcome' },
        h('th', { scope: 'row' }, 'ends'),
        ...walks.map(outcomeCell),
      ),
    ),
  );
}

function head({ scheme, own, walk, problem }: SchemeWalk): HTMLElement {
  return h(
    'th',
    { scope: 'col', 'data-scheme': scheme },
    h('span', { class: 'scheme' }, scheme, own ? h('span', { class: 'own dim' }, ' · this session') : null),
    walk === null ? null : h('span', { class: 'counts dim', title: walk.rootName }, words(countReferences(walk))),
    problem === null ? null : h('span', { class: 'problem wrong' }, problem),
  );
}

/** `4 references + 5 tag look-ups · 130 cycles`. */
function words({ table, nested, tag, cycles }: ReturnType<typeof countReferences>): string {
  return [
    count(table + nested, 'reference'),
    ...(tag === 0 ? [] : [` + ${count(tag, 'tag look-up')}`]),
    ...(cycles === null ? [] : [` · ${cycles.toLocaleString('en-US')} cycles`]),
  ].join('');
}

function levelRow({ label, cells }: AlignedRow, walks: readonly SchemeWalk[]): HTMLElement {
  return h(
    'tr',
    { 'data-row': label },
    h('th', { scope: 'row' }, label),
    ...cells.map((groups, i) =>
      h(
        'td',
        { 'data-scheme': walks[i].scheme },
        groups.length === 0
          ? h('span', { class: 'dim' }, walks[i].walk === null ? '' : '–')
          : h('ol', { class: 'references' }, ...groups.map(reference)),
      ),
    ),
  );
}

/** One entry that was read, or a check of its own: opens to its value, bits and owner. */
function reference(group: WalkGroup): HTMLElement {
  const { entry } = group;
  const item = h('li', {
    class: `reference${group.nested ? ' nested' : ''}${group.ok ? '' : ' failed'}`,
    'data-testid': 'reference',
  });
  const failed = [entry, ...group.checks].filter((step) => step !== null && !step.ok);
  const why = failed.map((step) => h('div', { class: 'wrong why' }, '✗ ', step!.text));
  if (entry === null) {
    item.append(...compact([owners(group)]), ...why);
    return item;
  }
  const name = `${group.nested ? 'N·' : ''}${entry.levelName}[${entry.index}]`;
  const toggle = h(
    'button',
    { type: 'button', class: 'walk-level', 'aria-expanded': 'false', title: 'Value, bits and owner' },
    icon('chevron-right'),
    name,
  );
  const detail = h(
    'div',
    { class: 'detail', hidden: true },
    h('div', { class: 'mono' }, h('span', { class: 'dim' }, '= '), entry.value),
    h('div', { class: 'walk-bits' }, ...flags(entry)),
    owners(group),
    bitTable(entry),
  );
  toggle.addEventListener('click', () => {
    detail.hidden = !detail.hidden;
    toggle.setAttribute('aria-expanded', String(!detail.hidden));
    toggle.firstElementChild!.className = `codicon codicon-chevron-${detail.hidden ? 'right' : 'down'}`;
  });
  const tags = group.checks.filter((step) => step.kind === 'tag').length;
  const cycles = [entry, ...group.checks].reduce((sum, step) => sum + (step.cycles ?? 0), 0);
  item.append(
    h(
      'div',
      { class: 'line' },
      toggle,
      addressLink({ kind: 'hpa', address: entry.address }, { title: 'Where the entry lies' }),
      h('span', { class: 'dim', title: tags === 0 ? null : 'Tag look-ups for it' }, tags === 0 ? '' : `+${tags} tag`),
      h('span', { class: 'cycles dim' }, entry.cycles === undefined ? '' : `${cycles} cycles`),
    ),
    ...why,
    detail,
  );
  return item;
}

function outcomeCell({ scheme, walk }: SchemeWalk): HTMLElement {
  return h(
    'td',
    { 'data-scheme': scheme },
    walk === null ? null : h('ol', { class: 'references' }, outcomeItem(walk.outcome)),
  );
}

const compact = <T>(items: readonly (T | null)[]): T[] => items.filter((item): item is T => item !== null);
