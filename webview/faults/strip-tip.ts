import type { Bookmark } from '../../extension/protocol/messages';
import { fill, h } from '../shared/dom';
import { formatCount } from '../shared/hex';
import { kindLook } from './kinds';
import { markWords, type Mark } from './marks';

/** Marks that are told one by one; of more, how many. */
const MOST = 6;

/** What lies under the pointer, in words, over the list. */
export class StripTip {
  readonly element = h('div', { class: 'strip-tip', hidden: true, 'data-testid': 'strip-tip' });

  /** `left`: of the pointer, in a strip of a width. */
  show(tick: number, flag: Bookmark | null, marks: readonly Mark[], left: number, width: number): void {
    const lines = [
      ...(flag === null ? [] : [`bookmark “${flag.name}” · tick ${formatCount(flag.tick)}`]),
      ...markLines(marks),
      ...(marks.length > MOST ? [`and ${formatCount(marks.length - MOST)} more: zoom in`] : []),
    ];
    if (lines.length === 0) lines.push(`tick ${formatCount(tick)}`);
    fill(this.element, ...lines.map((line) => h('div', {}, line)));
    this.element.hidden = false;
    this.element.style.left = `${Math.max(2, Math.min(left + 10, width - this.element.offsetWidth - 2))}px`;
  }

  hide(): void {
    this.element.hidden = true;
  }
}

/** The first few marks, a line each. */
export function markLines(marks: readonly Mark[]): string[] {
  return marks.slice(0, MOST).map((mark) => markWords(mark, kindLook(mark.kind).label));
}
