/** Kinds of faults: colour and shape of their marks. Shape alone tells them apart too. */
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
};

/** Kinds that this version does not know are shown all the same. */
export function kindLook(kind: string): KindLook {
  return LOOKS[kind] ?? { className: 'kind-other', shape: 'bar', label: kind.replaceAll('_', ' ') };
}

const PATHS: Readonly<Record<KindLook['shape'], string>> = {
  circle: 'M5 1.2a3.8 3.8 0 1 0 0 7.6a3.8 3.8 0 1 0 0-7.6z',
  square: 'M1.5 1.5h7v7h-7z',
  triangle: 'M5 .6L9.6 9H.4z',
  diamond: 'M5 .3L9.7 5L5 9.7L.3 5z',
  cross: 'M2 .5L5 3.5L8 .5L9.5 2L6.5 5L9.5 8L8 9.5L5 6.5L2 9.5L.5 8L3.5 5L.5 2z',
  bar: 'M3.4 .5h3.2v9H3.4z',
};

const SVG = 'http://www.w3.org/2000/svg';

/** A mark of 10 × 10, to be put into an `svg` or moved within one. */
export function kindPath(kind: string): SVGPathElement {
  const look = kindLook(kind);
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', PATHS[look.shape]);
  path.setAttribute('class', `mark ${look.className}`);
  return path;
}

export function kindMark(kind: string): SVGSVGElement {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('class', 'kind-mark');
  svg.setAttribute('viewBox', '0 0 10 10');
  svg.setAttribute('aria-hidden', 'true');
  svg.append(kindPath(kind));
  return svg;
}
