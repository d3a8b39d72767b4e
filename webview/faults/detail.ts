import type { FaultDetail, FromView } from '../../extension/protocol/messages';
import { h } from '../shared/dom';
import { chainList } from './chain';
import { historyButton, sameAccessLink, whyButton } from './links';

/** All about one fault: its facts, what else can be asked about it, the chain it set off, and its walk. */
export function faultDetail(
  { row, chain }: FaultDetail,
  walk: HTMLElement | null,
  post: (message: FromView) => void,
): (HTMLElement | null)[] {
  return [
    h(
      'div',
      { class: 'fault-facts' },
      row.errorCode === null
        ? null
        : h(
            'span',
            {},
            h('span', { class: 'dim' }, 'error code '),
            h('span', { class: 'mono' }, row.errorCode),
            h('span', { class: 'dim' }, ` ${row.errorText}`),
          ),
      row.resolution === '' ? null : h('span', {}, h('span', { class: 'dim' }, 'ended: '), row.resolution),
    ),
    h('div', { class: 'fault-facts' }, whyButton(row), historyButton(row), sameAccessLink(row, post)),
    chainList(chain, (line) => post({ type: 'goToLine', line })),
    walk,
  ];
}
