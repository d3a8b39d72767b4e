/** Kinds of faults, and of what else the strip of time shows: colour and shape of their marks. Shape alone tells them apart too. */
export interface KindLook {
  readonly className: string;
  readonly shape: 'circle' | 'square' | 'triangle' | 'diamond' | 'cross' | 'bar';
  readonly label: string;
}

const LOOKS: Readonly<Record<string, KindLook>> = {
  page_fault: { className: 'kind-page-fault', shape: 'circle', label: '#PF' },
  npf: { className: 'kind-npf', shape: 'square', label: 'NPF' },
  tag_violation: { className: 'kind-tag-violation', shape: 'triangle', label: 'tag violation' },
  gp: { className: 'kind-gp', shape: 'diamond', label: '#GP' },
  hypercall_failure: { className: 'kind-hypercall', shape: 'bar', label: 'hypercall failure' },
  livelock: { className: 'kind-livelock', shape: 'cross', label: 'livelock' },
  breach: { className: 'kind-breach', shape: 'cross', label: 'breach' },
  shadow_miss: { className: 'kind-shadow', shape: 'circle', label: 'shadow miss' },
  shadow_write: { className: 'kind-shadow', shape: 'bar', label: 'shadow write' },
  host: { className: 'kind-host', shape: 'square', label: 'host operation' },
  owner: { className: 'kind-owner', shape: 'diamond', label: 'owner change' },
  cr3: { className: 'kind-cr3', shape: 'bar', label: 'CR3 load' },
  failed_expect: { className: 'kind-expect', shape: 'cross', label: 'failed expect' },
  edit: { className: 'kind-edit', shape: 'triangle', label: 'edit by hand' },
};

/** Kinds that this version does not know are shown all the same. */
export function kindLook(kind: string): KindLook {
  return LOOKS[kind] ?? { className: 'kind-other', shape: 'bar', label: kind.replaceAll('_', ' ') };
}

/** In a box of 10 × 10: where the outline begins, and the rest of it relative to there, so that it can be drawn anywhere. */
const PATHS: Readonly<Record<KindLook['shape'], readonly [x: number, y: number, rest: string]>> = {
  circle: [5, 1.2, 'a3.8 3.8 0 1 0 0 7.6a3.8 3.8 0 1 0 0-7.6z'],
  square: [1.5, 1.5, 'h7v7h-7z'],
  triangle: [5, 0.6, 'l4.6 8.4h-9.2z'],
  diamond: [5, 0.3, 'l4.7 4.7l-4.7 4.7l-4.7-4.7z'],
  cross: [2, 0.5, 'l3 3l3-3l1.5 1.5l-3 3l3 3l-1.5 1.5l-3-3l-3 3l-1.5-1.5l3-3l-3-3z'],
  bar: [3.4, 0.5, 'h3.2v9h-3.2z'],
};

const SVG = 'http://www.w3.org/2000/svg';

/** The outline of a kind's mark, 10 × 10, with its upper left corner at a point: a piece of a path. */
export function kindOutline(kind: string, left: number, top: number): string {
  const [x, y, rest] = PATHS[kindLook(kind).shape];
  return `M${left + x} ${top + y}${rest}`;
}

export function kindMark(kind: string): SVGSVGElement {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('class', 'kind-mark');
  svg.setAttribute('viewBox', '0 0 10 10');
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', kindOutline(kind, 0, 0));
  path.setAttribute('class', `mark ${kindLook(kind).className}`);
  svg.append(path);
  return svg;
}
