/** Document symbols and folding. */

import { type DocumentSymbol, type FoldingRange, FoldingRangeKind, SymbolKind } from 'vscode-languageserver';
import { type Body, rangeOf } from './language';
import { type ScenarioDocument, toRange } from './documents';

/** Machine, VMs, constants, functions and tasks; forks within the task that forks them. */
export function outlineOf(document: ScenarioDocument): DocumentSymbol[] {
  const { bound } = document.checked;
  if (bound === null) return [];
  const machine = bound.scenario.declarations
    .filter((node) => node.$type === 'Machine')
    .map((node) => {
      const range = toRange(rangeOf(node));
      return {
        name: 'machine',
        kind: SymbolKind.Object,
        range,
        selectionRange: { start: range.start, end: range.start },
      };
    });
  const vms = bound.vms.map(({ name, node, definitions }) =>
    symbol(name, 'vm', SymbolKind.Module, rangeOf(node), definitions[0]),
  );
  const constants = bound.constants.map(({ name, node, definitions }) =>
    symbol(name, 'const', SymbolKind.Constant, rangeOf(node), definitions[0]),
  );
  const bodies = bound.bodies.filter((body) => body.parent === null).map((body) => bodySymbol(body, bound.bodies));
  return [...machine, ...vms, ...constants, ...bodies].sort(
    (a, b) => a.range.start.line - b.range.start.line || a.range.start.character - b.range.start.character,
  );
}

/** Blocks and runs of line comments that span lines. */
export function foldingOf(document: ScenarioDocument): FoldingRange[] {
  const folds: FoldingRange[] = [];
  const open: number[] = [];
  let commentStart = -1;
  const lines = document.text.split('\n');
  let inBlockComment = -1;
  lines.forEach((line, i) => {
    const isComment = /^\s*\/\//.test(line);
    if (isComment && commentStart < 0) commentStart = i;
    if (!isComment && commentStart >= 0) {
      if (i - 1 > commentStart) folds.push({ startLine: commentStart, endLine: i - 1, kind: FoldingRangeKind.Comment });
      commentStart = -1;
    }
    const pieces = line.matchAll(/\/\/.*|\/\*|\*\/|"(?:\\.|[^"\\])*"|[{}]/g);
    for (const [piece] of pieces) {
      if (inBlockComment >= 0) {
        if (piece !== '*/') continue;
        if (i > inBlockComment) folds.push({ startLine: inBlockComment, endLine: i, kind: FoldingRangeKind.Comment });
        inBlockComment = -1;
      } else if (piece === '/*') inBlockComment = i;
      else if (piece === '{') open.push(i);
      else if (piece === '}') {
        const start = open.pop();
        // The closing brace stays in sight.
        if (start !== undefined && i - 1 > start) folds.push({ startLine: start, endLine: i - 1 });
      }
    }
  });
  return folds;
}

function bodySymbol(body: Body, all: readonly Body[]): DocumentSymbol {
  const children = all.filter((other) => other.parent === body).map((child) => bodySymbol(child, all));
  const detail = body.vm === null ? body.role : `${body.role} in ${body.vm.name}`;
  const kind = body.role === 'fn' ? SymbolKind.Function : SymbolKind.Class;
  return { ...symbol(body.name, detail, kind, rangeOf(body.node), body.definitions[0]), children };
}

function symbol(
  name: string,
  detail: string,
  kind: SymbolKind,
  range: Parameters<typeof toRange>[0],
  selection: Parameters<typeof toRange>[0],
): DocumentSymbol {
  return { name, detail, kind, range: toRange(range), selectionRange: toRange(selection) };
}
