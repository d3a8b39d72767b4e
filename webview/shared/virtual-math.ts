/**
 * Where rows are in a list that may be higher than a browser can make an element. Two coordinates: `top`, the true
 * offset in pixels, and the native scroll position, which stands for it on a scroll bar of bearable length.
 */

/** Chromium clamps elements near 33.5 million pixels and loses sub-pixel precision long before; stay far below. */
export const MAX_NATIVE_HEIGHT = 4_000_000;

export interface Metrics {
  readonly total: number;
  readonly rowHeight: number;
  readonly viewport: number;
  /** One row may be expanded: room of this height follows it. */
  readonly bulge: { readonly after: number; readonly height: number } | null;
}

export function contentHeight(m: Metrics): number {
  return m.total * m.rowHeight + (m.bulge === null ? 0 : m.bulge.height);
}

export function nativeHeight(m: Metrics): number {
  return Math.min(contentHeight(m), MAX_NATIVE_HEIGHT);
}

/** Whether one native pixel stands for more than one true pixel. */
export function isScaled(m: Metrics): boolean {
  return contentHeight(m) > MAX_NATIVE_HEIGHT;
}

export function maxTop(m: Metrics): number {
  return Math.max(0, contentHeight(m) - m.viewport);
}

export function clampTop(m: Metrics, top: number): number {
  return Math.min(Math.max(0, top), maxTop(m));
}

export function topToNative(m: Metrics, top: number): number {
  if (!isScaled(m)) return top;
  return (clampTop(m, top) / maxTop(m)) * (nativeHeight(m) - m.viewport);
}

export function nativeToTop(m: Metrics, native: number): number {
  if (!isScaled(m)) return clampTop(m, native);
  return clampTop(m, (native / (nativeHeight(m) - m.viewport)) * maxTop(m));
}

/** Offset of a row from the start of the content. */
export function rowTop(m: Metrics, index: number): number {
  const below = m.bulge !== null && index > m.bulge.after;
  return index * m.rowHeight + (below ? m.bulge.height : 0);
}

/** Row at an offset, not clamped to the rows there are. */
export function rowAt(m: Metrics, offset: number): number {
  if (m.bulge === null) return Math.floor(offset / m.rowHeight);
  const bulgeTop = (m.bulge.after + 1) * m.rowHeight;
  if (offset < bulgeTop) return Math.floor(offset / m.rowHeight);
  if (offset < bulgeTop + m.bulge.height) return m.bulge.after;
  return Math.floor((offset - m.bulge.height) / m.rowHeight);
}

/** Rows that touch the viewport: first, and one past the last. */
export function visibleRows(m: Metrics, top: number): { readonly first: number; readonly end: number } {
  const first = Math.max(0, rowAt(m, top));
  const end = Math.min(m.total, rowAt(m, top + m.viewport - 1) + 1);
  return { first: Math.min(first, m.total), end: Math.max(end, Math.min(first, m.total)) };
}

/** Rows that fit whole, at least one: the step of Page Up and Page Down. */
export function pageRows(m: Metrics): number {
  return Math.max(1, Math.floor(m.viewport / m.rowHeight) - 1);
}

/** The nearest offset at which a row is seen whole. */
export function topToReveal(m: Metrics, top: number, index: number): number {
  const start = rowTop(m, index);
  const end = start + m.rowHeight;
  if (start < top) return clampTop(m, start);
  if (end > top + m.viewport) return clampTop(m, end - m.viewport);
  return clampTop(m, top);
}

/** As topToReveal, but a row out of sight comes to the middle: for jumps, after which one wants to see around. */
export function topToCentre(m: Metrics, top: number, index: number): number {
  const near = topToReveal(m, top, index);
  return near === clampTop(m, top) ? near : clampTop(m, rowTop(m, index) - (m.viewport - m.rowHeight) / 2);
}
