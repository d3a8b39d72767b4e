import type { AddressRef, SpaceRef, TranslationCell, TranslationRow } from '../../extension/protocol/messages';
import { addressLink, hexValue, spans } from '../shared/address';
import { template } from '../shared/columns';
import { h, icon, type Child } from '../shared/dom';
import { covers, flagParts, formatBytes, formatCount } from '../shared/hex';
import { ownerChip } from '../shared/owners';
import type { Column, ColumnId, Layout } from './columns';

export interface RowContext {
  readonly layout: Layout;
  readonly space: SpaceRef;
  /** Name of the table beside the native one. */
  readonly derived: string;
  /** The access the task is at: its row is marked as the stack frame's line is in the editor. */
  readonly presentGva: string | null;
  /** First byte of the frame selected in any view. */
  readonly selectedHpa: string | null;
}

/** Fills the element of one row. */
export function renderRow(row: TranslationRow, element: HTMLElement, context: RowContext): void {
  element.classList.toggle('changed', row.changed.length > 0);
  const innermost = row.tree === null || row.tree.leaf || !row.tree.expanded;
  element.classList.toggle(
    'present',
    innermost && context.presentGva !== null && covers(row.gva, row.bytes, context.presentGva),
  );
  if (row.tree !== null) {
    element.setAttribute('aria-level', String(row.tree.depth + 1));
    if (!row.tree.leaf) element.setAttribute('aria-expanded', String(row.tree.expanded));
    else element.removeAttribute('aria-expanded');
  }
  let column = 0;
  for (const line of context.layout.lines) {
    const box = h('div', { class: 'line', role: 'presentation' });
    box.style.gridTemplateColumns = template(line);
    for (const c of line) box.append(cell(row, c, column++, context));
    element.append(box);
  }
}

/** Address under the cursor: that of the cell, or the row's gVA. */
export function addressAt(row: TranslationRow, column: Column | undefined, space: SpaceRef): AddressRef {
  if (column?.id === 'hpa' && targetOf(row) !== null) return { kind: 'hpa', address: targetOf(row)!, ...space };
  if (column?.id === 'gpa' && row.gpa !== null) return { kind: 'gpa', address: row.gpa, ...space };
  if (column?.id === 'at' && row.tree !== null) return { kind: 'hpa', address: row.tree.entryAddress, ...space };
  return { kind: 'gva', address: row.gva, ...space };
}

/** Where the TPT (or shadow) side of a row leads: in `both` that is the other table's leaf, unless only that maps it. */
export function targetOf(row: TranslationRow): string | null {
  return row.other === null ? row.hpa : row.other.hpa;
}

function cell(row: TranslationRow, column: Column, index: number, context: RowContext): HTMLElement {
  const { content, marks, title } = describe(row, column, context);
  const wrong = row.wrong.filter((w) => marks.includes(w.cell));
  const changed = row.changed.filter((c) => marks.includes(c.cell));
  const tips = [
    ...wrong.map((w) => w.why),
    ...changed.map((c) => (c.cell === 'gva' ? 'new since the last stop' : `was ${c.before}`)),
    title,
  ];
  const selected =
    column.id === 'hpa' &&
    context.selectedHpa !== null &&
    row.hpa !== null &&
    covers(row.hpa, row.bytes, context.selectedHpa);
  return h(
    'div',
    {
      class: `cell c-${column.id}${column.right === true ? ' right' : ''}${wrong.length > 0 ? ' wrong' : ''}${selected ? ' selected-frame' : ''}`,
      role: 'gridcell',
      title: tips.filter((tip) => tip !== null).join('\n') || null,
      'data-column': index,
      'data-cell': column.id,
    },
    ...content,
  );
}

interface Described {
  readonly content: readonly Child[];
  /** Cells of the contract that this one stands for. */
  readonly marks: readonly TranslationCell[];
  readonly title: string | null;
}

function describe(row: TranslationRow, column: Column, context: RowContext): Described {
  const before = (name: TranslationCell): string | null => row.changed.find((c) => c.cell === name)?.before ?? null;
  const link = (kind: AddressRef['kind'], address: string | null, name: TranslationCell): Child =>
    address === null
      ? none()
      : addressLink(
          { kind, address, ...context.space },
          { before: name === 'gva' ? null : hexOrNull(before(name)), tabStop: false },
        );
  const described = (
    content: readonly Child[],
    marks: readonly TranslationCell[],
    title: string | null = null,
  ): Described => ({ content, marks, title });
  switch (column.id) {
    case 'gva':
      return described([link('gva', row.gva, 'gva')], ['gva']);
    case 'gpa':
      return described([link('gpa', row.gpa, 'gpa')], ['gpa']);
    case 'hpa':
      return described([link('hpa', targetOf(row), 'hpa')], ['hpa'], targetOf(row) === null ? 'not mapped' : null);
    case 'size':
      return described(
        [row.tree !== null && !row.tree.leaf ? '' : formatBytes(row.bytes)],
        ['size'],
        row.count > 1 ? `${formatCount(row.count)} pages of ${row.pageSize}` : null,
      );
    case 'pages':
      return described(
        [row.count > 1 ? h('span', { class: 'dim' }, `${formatCount(row.count)}×${row.pageSize}`) : ''],
        [],
      );
    case 'perm':
      return described(spans(flagParts(row.perm.text, before('perm'))), ['perm']);
    case 'tptPerm':
      return described(tptSide(row) === null ? [none()] : spans(flagParts(tptSide(row)!.perm.text)), ['perm']);
    case 'bits':
      return described(bits(row.accessed, row.dirty, before('accessed') !== null, before('dirty') !== null), [
        'accessed',
        'dirty',
      ]);
    case 'tptBits':
      return described(
        tptSide(row) === null ? [] : bits(tptSide(row)!.accessed, tptSide(row)!.dirty, false, false),
        [],
      );
    case 'owner':
      return described(row.owner === null ? [] : [ownerChip(row.owner, column.short !== true)], ['owner']);
    case 'agreement':
      return described(
        agreement(row, column.short === true, context.derived),
        ['agreement'],
        row.agreement === null || row.agreement.state === 'same' ? null : row.agreement.why,
      );
    default:
      return described(treeCell(row, column.id, context), []);
  }
}

function treeCell(row: TranslationRow, id: ColumnId, context: RowContext): Child[] {
  const { tree } = row;
  if (tree === null) return [];
  switch (id) {
    case 'entry': {
      const name = h(
        'span',
        { class: 'tree-entry' },
        tree.leaf ? h('span', { class: 'twisty' }) : icon(tree.expanded ? 'chevron-down' : 'chevron-right'),
        `${tree.levelName}[${tree.index}]`,
      );
      name.style.paddingLeft = `${tree.depth * 12}px`;
      if (!tree.leaf) name.classList.add('twisty-entry');
      return [name];
    }
    case 'at':
      return [
        addressLink(
          { kind: 'hpa', address: tree.entryAddress, ...context.space },
          { tabStop: false, title: 'Where the entry lies' },
        ),
      ];
    case 'value':
      return [hexValue(tree.entry)];
    case 'present':
      return [
        tree.present === null
          ? ''
          : h(
              'span',
              { class: 'dim', title: `${formatCount(tree.present)} present entries in the table below` },
              formatCount(tree.present),
            ),
      ];
    default:
      return [];
  }
}

/** In `both`: the TPT (or shadow) leaf, which is the row itself where only that maps the address. */
function tptSide(row: TranslationRow): TranslationRow['other'] {
  return row.other ?? (row.agreement?.state === 'extra' ? row : null);
}

function agreement(row: TranslationRow, short: boolean, derived: string): Child[] {
  if (row.agreement === null) return [];
  const { state, why } = row.agreement;
  const sign = { same: '=', differs: '≠', missing: '∅', extra: '+' }[state];
  const word = { same: 'same', differs: `≠ ${why}`, missing: `not in ${derived}`, extra: `only in ${derived}` }[state];
  if (state === 'same') return [h('span', { class: 'dim' }, '=', h('span', { class: 'sr-only' }, 'same'))];
  return short ? [sign, h('span', { class: 'sr-only' }, word)] : [word];
}

function bits(accessed: boolean, dirty: boolean, accessedChanged: boolean, dirtyChanged: boolean): Child[] {
  return [bit('A', accessed, accessedChanged), ' ', bit('D', dirty, dirtyChanged)];
}

function bit(letter: string, on: boolean, changed: boolean): HTMLElement {
  return h('span', { class: changed ? 'hex-changed' : on ? null : 'hex-zero' }, on ? letter : '·');
}

function none(): HTMLElement {
  return h('span', { class: 'hex-zero' }, '—');
}

function hexOrNull(text: string | null): string | null {
  return text !== null && text.startsWith('0x') ? text : null;
}
