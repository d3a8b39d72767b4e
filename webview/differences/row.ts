import type { AddressRef, DifferenceRow, MappingSide, SpaceRef } from '../../extension/protocol/messages';
import { addressLink, spans } from '../shared/address';
import { template } from '../shared/columns';
import { h, type Child } from '../shared/dom';
import { flagParts, formatBytes, formatCount } from '../shared/hex';
import { ownerChip } from '../shared/owners';
import { sign, targetOf } from './changes';
import type { Column, Layout } from './columns';

export interface RowContext {
  readonly layout: Layout;
  /** Processes of the sides. */
  readonly a: SpaceRef;
  readonly b: SpaceRef;
}

const WORDS = { '+': 'only at the second side', '-': 'only at the first side', '~': 'at both sides, not the same' };

/** Fills the element of one row; on both sides what differs is marked. */
export function renderRow(row: DifferenceRow, element: HTMLElement, context: RowContext): void {
  element.classList.add(`change-${row.change}`);
  let column = 0;
  for (const line of context.layout) {
    const box = h('div', { class: 'line', role: 'presentation' });
    box.style.gridTemplateColumns = template(line);
    for (const c of line) box.append(cell(row, c, column++, context));
    element.append(box);
  }
  element.title = row.text;
}

/** Address under the cursor: that of the cell, or the row's gVA at the side that has it. */
export function addressAt(row: DifferenceRow, column: Column | undefined, { a, b }: RowContext): AddressRef {
  const side = column?.id === 'aTarget' ? row.a : column?.id === 'bTarget' ? row.b : null;
  const target = side === null ? null : targetOf(side);
  const space = column?.id === 'aTarget' ? a : column?.id === 'bTarget' || row.b !== null ? b : a;
  return { ...(target ?? { kind: 'gva', address: row.gva }), ...space };
}

function cell(row: DifferenceRow, column: Column, index: number, context: RowContext): HTMLElement {
  const name = column.id.charAt(0) as 'a' | 'b';
  const side = name === 'a' ? row.a : row.b;
  const other = name === 'a' ? row.b : row.a;
  return h(
    'div',
    {
      class: `cell c-${column.id}${column.right === true ? ' right' : ''}`,
      role: 'gridcell',
      'data-column': index,
      'data-cell': column.id,
    },
    ...content(row, column, side, other, context),
  );
}

function content(
  row: DifferenceRow,
  column: Column,
  side: MappingSide | null,
  other: MappingSide | null,
  context: RowContext,
): Child[] {
  switch (column.id) {
    case 'sign':
      return [h('span', { class: 'sign', title: WORDS[sign(row)] }, sign(row))];
    case 'gva':
      return [
        addressLink({ kind: 'gva', address: row.gva, ...(row.b === null ? context.a : context.b) }, { tabStop: false }),
      ];
    case 'size':
      return [h('span', { class: row.change === 'size' ? 'hex-changed' : null }, formatBytes(row.bytes))];
    case 'pages':
      return row.count > 1 ? [h('span', { class: 'dim' }, `${formatCount(row.count)}×${row.pageSize}`)] : [];
    case 'text':
      return [row.text];
    case 'aTarget':
    case 'bTarget':
      return [targetCell(side, other, column.id === 'aTarget' ? context.a : context.b)];
    case 'aPerm':
    case 'bPerm':
      return side === null ? [] : spans(flagParts(side.perm.text, other?.perm.text ?? null));
    case 'aOwner':
    case 'bOwner':
      return ownerCell(side, other, column.short === true);
  }
}

function targetCell(side: MappingSide | null, other: MappingSide | null, space: SpaceRef): HTMLElement {
  const target = side === null ? null : targetOf(side);
  if (target === null) return h('span', { class: 'hex-zero', title: 'Not mapped at this side' }, '—');
  const beside = other === null ? null : targetOf(other);
  return addressLink(
    { ...target, ...space },
    {
      tabStop: false,
      before: beside?.kind === target.kind ? beside.address : null,
      title: target.kind === 'gpa' ? 'A gPA: this table goes no further' : '',
    },
  );
}

function ownerCell(side: MappingSide | null, other: MappingSide | null, short: boolean): Child[] {
  if (side?.owner == null) return [];
  const differs = other?.owner != null && other.owner.asid !== side.owner.asid;
  return [h('span', { class: differs ? 'hex-changed' : null }, ownerChip(side.owner, !short))];
}
