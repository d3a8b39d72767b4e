/** Problems and their fixes. */

import {
  type CodeAction,
  CodeActionKind,
  type Diagnostic,
  DiagnosticSeverity,
  DiagnosticTag,
  type Range,
} from 'vscode-languageserver';
import { type ScenarioDocument, toRange } from './documents';

const SEVERITIES = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  info: DiagnosticSeverity.Hint,
} as const;

/** Shown faded out. */
const UNNECESSARY: ReadonlySet<string> = new Set(['unused-variable', 'unused-function', 'unreachable']);

export function diagnosticsOf(document: ScenarioDocument): Diagnostic[] {
  return document.checked.diagnostics.map(({ severity, code, message, range }) => ({
    severity: SEVERITIES[severity],
    source: 'tpt',
    code,
    message,
    range: toRange(range),
    ...(UNNECESSARY.has(code) ? { tags: [DiagnosticTag.Unnecessary] } : {}),
  }));
}

/** The fixes of the problems that touch a range. */
export function codeActions(document: ScenarioDocument, range: Range): CodeAction[] {
  const problems = diagnosticsOf(document);
  return document.checked.diagnostics.flatMap(({ fix }, i) => {
    if (fix === undefined || !touches(problems[i].range, range)) return [];
    const edit = { range: toRange(fix.range), newText: fix.text };
    return [
      {
        title: fix.title,
        kind: CodeActionKind.QuickFix,
        diagnostics: [problems[i]],
        isPreferred: true,
        edit: { changes: { [document.uri]: [edit] } },
      },
    ];
  });
}

function touches(a: Range, b: Range): boolean {
  return !isBefore(a.end, b.start) && !isBefore(b.end, a.start);
}

function isBefore(a: Range['start'], b: Range['start']): boolean {
  return a.line < b.line || (a.line === b.line && a.character < b.character);
}
