/**
 * Positions as three parties count them: the compiler from 0, generated sources from 1, the client as it said in
 * `initialize`. The types differ, so that the compiler refuses to mix them.
 */
import type { SourceRange } from '../../simulator/index';

/** Counted from 0, as the scenario compiler counts. */
export type Zero = number & { readonly countedFrom: 0 };
/** Counted from 1, as people and generated sources count. */
export type One = number & { readonly countedFrom: 1 };
/** Counted as the client counts. */
export type ClientLine = number & { readonly client: 'line' };
export type ClientColumn = number & { readonly client: 'column' };

export const zero = (n: number): Zero => n as Zero;
export const one = (n: number): One => n as One;
export const toOne = (n: Zero): One => one(n + 1);

/** Converts between our positions and a client's. */
export class Positions {
  constructor(
    private readonly linesFrom: 0 | 1 = 1,
    private readonly columnsFrom: 0 | 1 = 1,
  ) {}

  line(n: Zero): ClientLine {
    return (n + this.linesFrom) as ClientLine;
  }

  lineFromOne(n: One): ClientLine {
    return (n - 1 + this.linesFrom) as ClientLine;
  }

  column(n: Zero): ClientColumn {
    return (n + this.columnsFrom) as ClientColumn;
  }

  /** A range of the scenario as the client counts. */
  range(range: SourceRange): { line: ClientLine; column: ClientColumn; endLine: ClientLine; endColumn: ClientColumn } {
    return {
      line: this.line(zero(range.startLine)),
      column: this.column(zero(range.startColumn)),
      endLine: this.line(zero(range.endLine)),
      endColumn: this.column(zero(range.endColumn)),
    };
  }

  /** A line of the client; never below 0, whatever the client says. */
  lineFromClient(n: number): Zero {
    return zero(Math.max(0, Math.trunc(n) - this.linesFrom));
  }

  columnFromClient(n: number): Zero {
    return zero(Math.max(0, Math.trunc(n) - this.columnsFrom));
  }
}
