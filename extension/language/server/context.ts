/** Where in a scenario a position is, judged by the text alone: it must work while the line is half typed. */

import type { BuiltinContext } from './language';

/** What kind of block holds an offset; `top` for none, `code` for statements. */
export type BlockKind = 'top' | 'machine' | 'vm' | 'tlb' | 'code' | 'comment' | 'text';

export function blockAt(text: string, offset: number): BlockKind {
  const { blocks, inside } = scan(text.slice(0, offset));
  if (inside !== null) return inside;
  const block = blocks.at(-1);
  if (block === undefined) return 'top';
  return block === 'machine' || block === 'vm' || block === 'tlb' ? block : 'code';
}

/** Who runs the statements at an offset; null in functions, which anyone may call. */
export function runnerAt(text: string, offset: number): BuiltinContext | null {
  const { blocks } = scan(text.slice(0, offset));
  for (let i = blocks.length - 1; i >= 0; i--) {
    const block = blocks[i];
    if (block === 'process' || block === 'kernel' || block === 'host') return block;
    if (block === 'fork') return 'process';
    if (block === 'fn') return null;
  }
  return null;
}

/** Words that open a block; `tlb` counts only where its block follows at once. */
const OPENERS: ReadonlySet<string> = new Set([
  'machine',
  'vm',
  'process',
  'kernel',
  'host',
  'fn',
  'fork',
  'if',
  'else',
  'for',
  'while',
  'expect',
]);

/** Blocks that are open at the end of a text, outermost first, by the word that opened them. */
function scan(text: string): { blocks: string[]; inside: 'comment' | 'text' | null } {
  const pieces = /\/\/[^\n\r]*|\/\*[\s\S]*?(?:\*\/|$)|"(?:\\.|[^"\\\n\r])*("|$)?|[A-Za-z_]\w*|[{}]/g;
  const blocks: string[] = [];
  let opener = '';
  let previous = '';
  for (let match = pieces.exec(text); match !== null; match = pieces.exec(text)) {
    const piece = match[0];
    const atEnd = match.index + piece.length === text.length;
    if (piece.startsWith('//')) {
      if (atEnd) return { blocks, inside: 'comment' };
    } else if (piece.startsWith('/*')) {
      if (atEnd && !piece.endsWith('*/')) return { blocks, inside: 'comment' };
    } else if (piece.startsWith('"')) {
      if (atEnd && match[1] !== '"') return { blocks, inside: 'text' };
    } else if (piece === '{') {
      blocks.push(previous === 'tlb' ? 'tlb' : opener);
      opener = '';
    } else if (piece === '}') {
      blocks.pop();
      opener = '';
    } else if (OPENERS.has(piece)) opener = piece;
    previous = piece;
  }
  return { blocks, inside: null };
}
