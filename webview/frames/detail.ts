import type { FrameDetail, Mapper } from '../../extension/protocol/messages';
import { addressLink, hexValue } from '../shared/address';
import { h, type Child } from '../shared/dom';
import { formatCount } from '../shared/hex';
import { ownerChip } from '../shared/owners';
import { tagFieldAttributes } from './tag-menu';

/** All that is known of one frame: its tag-table entry field by field, who maps it, who had it before. */
export function frameDetail(
  detail: FrameDetail,
  onLine: (line: number) => void,
  deeds: readonly HTMLElement[],
): HTMLElement {
  return h(
    'div',
    { class: 'detail', 'data-testid': 'frame-detail', 'data-key': detail.frame },
    h(
      'div',
      { class: 'detail-head' },
      h('span', { class: 'mono' }, `frame 0x${detail.frame.toString(16)}`),
      addressLink({ kind: 'hpa', address: detail.hpa }),
      ownerChip(detail.owner, true),
      h('span', { class: 'detail-deeds' }, ...deeds),
    ),
    h(
      'div',
      { class: 'dim' },
      detail.useText,
      ...(detail.backs === null
        ? []
        : [` · backs ${detail.backs.vm} `, h('span', { class: 'mono' }, `gPA ${detail.backs.gpa}`)]),
    ),
    section(
      'Tag-table entry',
      h(
        'div',
        { class: 'tag-entry' },
        addressLink({ kind: 'hpa', address: detail.tagEntry.address }, { title: 'Where the entry lies' }),
        h('span', { class: 'dim mono' }, ' = '),
        hexValue(detail.tagEntry.raw),
      ),
      h(
        'dl',
        { class: 'fields' },
        ...detail.tagEntry.fields.flatMap((field) => [
          h('dt', {}, field.name),
          h('dd', { class: `mono${field.wrong ? ' wrong' : ''}`, ...tagFieldAttributes(field.name) }, field.value),
          h('dd', { class: field.wrong ? 'wrong' : 'dim' }, field.meaning),
        ]),
      ),
    ),
    section(
      `Mapped by ${formatCount(detail.mappers.length)}`,
      detail.mappers.length === 0
        ? h('div', { class: 'dim' }, 'No table of any VM leads here.')
        : h('ul', { class: 'mappers' }, ...detail.mappers.map(mapperItem)),
    ),
    section(
      'Owners, newest first',
      h('ul', { class: 'past' }, ...detail.pastOwners.map((past) => pastItem(past, onLine))),
    ),
  );
}

function section(title: string, ...content: readonly Child[]): HTMLElement {
  return h('section', {}, h('h2', {}, title), ...content);
}

function mapperItem(mapper: Mapper): HTMLElement {
  return h(
    'li',
    {
      class: mapper.dormant ? 'dormant' : null,
      'data-testid': 'mapper',
      title: mapper.dormant
        ? 'The entry is there, but the tag forbids its use: an access through it would fault.'
        : null,
    },
    h('span', { class: 'who' }, `${mapper.vm} ▸ ${mapper.process}`),
    addressLink({ kind: 'gva', address: mapper.gva, ...mapper.space }),
    h('span', { class: 'mono' }, mapper.perm.text),
    h('span', { class: 'dim' }, `${mapper.table === 'tpt' ? 'TPT' : mapper.table} ${mapper.pageSize}`),
    mapper.dormant ? h('span', { class: 'dormant-mark' }, 'dormant') : null,
  );
}

function pastItem(past: FrameDetail['pastOwners'][number], onLine: (line: number) => void): HTMLElement {
  const ticks =
    past.untilTick === null
      ? `since ${formatCount(past.fromTick)}`
      : `${formatCount(past.fromTick)} – ${formatCount(past.untilTick)}`;
  return h(
    'li',
    {},
    ownerChip(past.owner, true),
    h('span', { class: 'ticks' }, ticks),
    h('span', { class: 'dim' }, past.by),
    past.line === null ? null : lineLink(past.line, onLine),
  );
}

function lineLink(line: number, onLine: (line: number) => void): HTMLElement {
  const link = h(
    'button',
    { type: 'button', class: 'line-link', title: 'Go to the line in the scenario' },
    `line ${line}`,
  );
  link.addEventListener('click', () => onLine(line));
  return link;
}
