import type { Writer, WriteView } from '../../extension/protocol/messages';
import { hexValue, spans } from '../shared/address';
import { h } from '../shared/dom';
import { formatCount, hexParts } from '../shared/hex';
import { lineLink } from '../shared/line-link';
import { beforeWrite, goButton, type HistoryDeeds } from './deeds';
import { changedWords, writerWords } from './writes';

const WHO: Readonly<Record<Writer['who'], string>> = {
  hardware: 'hardware',
  guest: 'guest',
  host: 'host',
  user: 'by hand',
};

/** One write in one, two or three lines, as there is room. */
export function renderWrite(write: WriteView, element: HTMLElement, lines: 1 | 2 | 3, deeds: HistoryDeeds): void {
  element.classList.toggle('ahead', write.ahead);
  element.title = write.ahead ? `${write.text}\nThe machine stands before this write.` : write.text;
  const tick = h('span', { class: 'w-tick' }, formatCount(write.tick));
  const changed = h('span', { class: 'w-changed' }, changedWords(write));
  const after = h('span', { class: 'hex' }, ...spans(hexParts(write.new, write.old)));
  const old = h('span', { class: 'w-old' }, hexValue(write.old));
  const values = h('span', { class: 'w-values' }, old, h('span', { class: 'dim' }, ' → '), after);
  const writer = writerSpan(write.writer);
  const toLine = write.writer.line === null ? null : lineLink(write.writer.line, deeds.onLine);
  const go = goToWrite(write, deeds);
  const end = (...parts: readonly (HTMLElement | null)[]): HTMLElement => h('span', { class: 'w-end' }, ...parts);
  const box = (className: string, ...parts: readonly (HTMLElement | string)[]): HTMLElement =>
    h('div', { class: className, role: 'presentation' }, ...parts);
  if (lines === 1) element.append(box('w-wide', tick, changed, values, writer, end(toLine, go)));
  else if (lines === 2)
    element.append(box('w-narrow', tick, changed, end(toLine, go)), box('w-narrow second', values, writer));
  else {
    element.append(
      box('w-narrow', tick, changed, end(go)),
      box('w-third', values),
      box('w-third', writer, end(toLine)),
    );
  }
}

/** Who made a write: "guest redis, mprotect · write-protect". */
export function writerSpan(writer: Writer): HTMLElement {
  return h('span', { class: 'w-writer' }, h('span', { class: 'who' }, WHO[writer.who]), ' ', writerWords(writer));
}

function goToWrite(write: WriteView, { travel }: HistoryDeeds): HTMLElement {
  const { target, label } = beforeWrite(write);
  const button = goButton(target, label, travel);
  button.tabIndex = -1;
  return button;
}
