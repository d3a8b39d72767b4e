/** Columns of rows whose cells are as wide as so many characters. */

export interface ColumnWidth {
  /** In characters of the editor font. */
  readonly width: number;
  /** Takes the room that is left. */
  readonly grows?: boolean;
}

/** Blank between columns, in characters. */
export const GAP = 1.5;

/** Two pixels more per column: text that fits exactly is cut off for a fraction of one. */
const ROUNDING = 0.27;

/**
 * Value of `grid-template-columns` for a line. In `--ch`, which is measured: where glyphs are hinted to whole pixels
 * the unit `ch` is narrower than a character is drawn.
 */
export function template(line: readonly ColumnWidth[]): string {
  return line
    .map((column) => {
      const width = `calc(${column.width} * var(--ch) + 2px)`;
      return column.grows === true ? `minmax(${width}, 1fr)` : width;
    })
    .join(' ');
}

/** Characters that a line takes. */
export function needed(line: readonly ColumnWidth[]): number {
  return line.reduce((sum, column) => sum + column.width + ROUNDING, 0) + GAP * Math.max(0, line.length - 1);
}
