import type { Owner } from '../../extension/protocol/messages';
import { h, setAttributes } from '../shared/dom';
import { formatCount } from '../shared/hex';
import { ownerLooks } from '../shared/owners';
import { barPieces, type BarInterval } from './bar-math';

const SVG = 'http://www.w3.org/2000/svg';
const HEIGHT = 12;

/** What a bar needs to know of an interval. */
export interface BarSource extends BarInterval {
  readonly owner: Owner | null;
  readonly text: string;
}

/** A thin bar over time, coloured by owner, with a line where the machine stands. A click travels; the list has the rest. */
export function timeBar(intervals: readonly BarSource[], now: number, onTick: (tick: number) => void): HTMLElement {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('aria-hidden', 'true');
  const element = h('div', { class: 'time-bar', 'data-testid': 'time-bar' });
  element.append(svg);
  new ResizeObserver(() => draw(svg, element.clientWidth, intervals, now)).observe(element);
  element.addEventListener('click', (event) => {
    const from = (event.target as Element).getAttribute('data-from');
    if (from !== null) onTick(Number(from));
  });
  return element;
}

function draw(svg: SVGSVGElement, width: number, intervals: readonly BarSource[], now: number): void {
  setAttributes(svg, { width, height: HEIGHT });
  svg.replaceChildren();
  const { pieces, nowX } = barPieces(intervals, now, width);
  for (const { index, x, width: length } of pieces) {
    const { owner, fromTick, untilTick, text } = intervals[index];
    const look = owner === null ? 'nobody' : ownerLooks.look(owner).className;
    const rect = document.createElementNS(SVG, 'rect');
    setAttributes(rect, {
      class: `${look}${fromTick > now ? ' ahead' : ''}`,
      x,
      y: 1,
      width: Math.max(1, length - 1),
      height: HEIGHT - 2,
      'data-from': fromTick,
    });
    const title = document.createElementNS(SVG, 'title');
    const until = untilTick === null ? 'on' : `to ${formatCount(untilTick)}`;
    title.textContent = `tick ${formatCount(fromTick)} ${until}: ${text}`;
    rect.append(title);
    svg.append(rect);
  }
  const line = document.createElementNS(SVG, 'line');
  setAttributes(line, { class: 'now-line', x1: nowX, x2: nowX, y1: 0, y2: HEIGHT });
  svg.append(line);
}
