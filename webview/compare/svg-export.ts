/** A chart of the page as a file that stands alone: every colour and font as it is on the screen, no variables, no classes. */

const PROPERTIES = [
  'fill',
  'fill-opacity',
  'stroke',
  'stroke-width',
  'stroke-opacity',
  'stroke-dasharray',
  'stroke-linecap',
  'stroke-linejoin',
  'opacity',
  'paint-order',
] as const;
const TEXT_PROPERTIES = ['font-size', 'font-weight', 'text-anchor'] as const;
/** What the properties are where nothing is said. */
const INITIAL: Readonly<Record<string, string>> = {
  'fill-opacity': '1',
  stroke: 'none',
  'stroke-opacity': '1',
  'stroke-dasharray': 'none',
  'stroke-linecap': 'butt',
  'stroke-linejoin': 'miter',
  opacity: '1',
  'paint-order': 'normal',
  'font-weight': '400',
  'text-anchor': 'start',
};
const DRAWN = 'rect, path, line, circle, text, tspan, polyline, polygon';
const MARGIN = 16;

/** @param picture must be in the page, where its colours are known. */
export function standAlone(picture: SVGSVGElement): string {
  const copy = picture.cloneNode(true) as SVGSVGElement;
  const originals = [picture, ...picture.querySelectorAll('*')];
  const copies = [copy, ...copy.querySelectorAll('*')];
  originals.forEach((element, i) => resolve(element, copies[i]));
  const [width, height] = ['width', 'height'].map((name) => Number(picture.getAttribute(name)) + 2 * MARGIN);
  const body = getComputedStyle(document.body);
  const background = document.createElementNS(copy.namespaceURI, 'rect');
  for (const [name, value] of Object.entries({ x: -MARGIN, y: -MARGIN, width, height })) {
    background.setAttribute(name, String(value));
  }
  background.setAttribute('fill', backgroundColour());
  plainColour(background, 'fill');
  copy.prepend(background);
  copy.setAttribute('width', String(width));
  copy.setAttribute('height', String(height));
  copy.setAttribute('viewBox', `${-MARGIN} ${-MARGIN} ${width} ${height}`);
  copy.setAttribute('font-family', `${body.fontFamily}, sans-serif`);
  return `<?xml version="1.0" encoding="UTF-8"?>\n${new XMLSerializer().serializeToString(copy)}\n`;
}

function resolve(original: Element, copy: Element): void {
  for (const name of ['class', 'style', 'font-family', 'font-variant', 'aria-hidden']) copy.removeAttribute(name);
  if (!original.matches(DRAWN)) {
    // Groups hand their colours down; those are on what is drawn now.
    for (const name of PROPERTIES) copy.removeAttribute(name);
    return;
  }
  const style = getComputedStyle(original);
  const names = original.matches('text, tspan') ? [...PROPERTIES, ...TEXT_PROPERTIES] : PROPERTIES;
  for (const name of names) {
    const value = style.getPropertyValue(name).replaceAll('"', '');
    if (value === INITIAL[name]) copy.removeAttribute(name);
    else copy.setAttribute(name, value);
  }
  for (const name of ['fill', 'stroke']) plainColour(copy, name);
}

/** Colours as every reader of SVG knows them: `#rrggbb`, and what shines through in an attribute of its own. */
function plainColour(copy: Element, name: string): void {
  const value = copy.getAttribute(name) ?? '';
  const parts = /^(rgba?|color)\((?:srgb )?([^)]+)\)$/.exec(value);
  if (parts === null) return;
  const numbers = parts[2].split(/[\s,/]+/).map(Number);
  const channels = numbers.slice(0, 3).map((n) => Math.round(parts[1] === 'color' ? n * 255 : n));
  copy.setAttribute(name, `#${channels.map((n) => n.toString(16).padStart(2, '0')).join('')}`);
  const alpha = (numbers[3] ?? 1) * Number(copy.getAttribute(`${name}-opacity`) ?? 1);
  if (alpha < 1) copy.setAttribute(`${name}-opacity`, String(alpha));
}

/** The first colour behind the charts that is not transparent. */
function backgroundColour(): string {
  const colours = [document.body, document.documentElement].map((e) => getComputedStyle(e).backgroundColor);
  const token = getComputedStyle(document.documentElement).getPropertyValue('--vscode-editor-background').trim();
  return token !== '' ? token : (colours.find((colour) => colour !== 'rgba(0, 0, 0, 0)') ?? 'white');
}
