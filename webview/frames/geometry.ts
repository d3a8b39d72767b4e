/** Where cells are on the map: rows of a power of two of cells, so that a 2 MiB line always falls on the end of a row. */

export interface Geometry {
  readonly columns: number;
  /** Distance from one cell to the next, in pixels. */
  readonly pitch: number;
  /** Room at the left for addresses. */
  readonly gutter: number;
}

export const MAX_COLUMNS = 64;
/** Cells in a block that a line ends: 512 frames are 2 MiB, 512 times 2 MiB are 1 GiB. */
export const BLOCK = 512;
const MIN_COLUMNS = 8;

/** As many columns as fit at the least pitch, then the largest pitch that still fits. */
export function geometryFor(width: number, gutter: number, leastPitch: number, mostPitch: number): Geometry {
  const room = Math.max(0, width - gutter);
  let columns = MAX_COLUMNS;
  while (columns > MIN_COLUMNS && columns * leastPitch > room) columns /= 2;
  return { columns, pitch: Math.max(4, Math.min(mostPitch, Math.floor(room / columns))), gutter };
}

/** Whether a row begins a block: a line is drawn above it and its address beside it. */
export function beginsBlock(g: Geometry, row: number): boolean {
  return row % (BLOCK / g.columns) === 0;
}

/** Cell at a point, relative to the top left of row 0; null outside. */
export function cellAt(g: Geometry, x: number, y: number, total: number): number | null {
  const column = Math.floor((x - g.gutter) / g.pitch);
  const row = Math.floor(y / g.pitch);
  if (column < 0 || column >= g.columns || row < 0) return null;
  const cell = row * g.columns + column;
  return cell < total ? cell : null;
}

/** Cell that a key leads to, or null. */
export function moveCell(key: string, at: number, total: number, columns: number, rowsPerPage: number): number | null {
  const step = {
    ArrowRight: 1,
    ArrowLeft: -1,
    ArrowDown: columns,
    ArrowUp: -columns,
    PageDown: columns * rowsPerPage,
    PageUp: -columns * rowsPerPage,
  }[key];
  if (total === 0) return null;
  if (key === 'Home') return 0;
  if (key === 'End') return total - 1;
  if (step === undefined) return null;
  const to = at + step;
  if (to >= 0 && to < total) return to;
  // A page goes as far as there is; a single step stays where it is.
  return key === 'PageUp' ? at % columns : key === 'PageDown' ? total - 1 : at;
}
