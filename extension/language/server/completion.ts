/** What may be typed at a position. */

import {
  type CompletionItem,
  CompletionItemKind,
  InsertTextFormat,
  MarkupKind,
  type Position,
} from 'vscode-languageserver';
import {
  type Body,
  type Builtin,
  BUILTIN_BY_NAME,
  BUILTINS,
  COUNTERS,
  FAULT_KINDS,
  FORK_STEPS,
  MACHINE_SETTINGS,
  type NamedStep,
  type Parameter,
  type SettingInfo,
  tasksOf,
  TLB_ARRAYS,
  VM_SETTINGS,
} from './language';
import { describeBuiltin } from './builtin-docs';
import { blockAt, runnerAt } from './context';
import { offsetAt, type ScenarioDocument } from './documents';
import { bodyAt, variablesBefore } from './symbols';
import { CONSTANT_DOCS, DECLARATIONS, FAULT_DOCS, type KeywordInfo, STATEMENTS } from './words';

export function completionsAt(document: ScenarioDocument, position: Position): CompletionItem[] {
  const offset = offsetAt(document.text, position);
  const before = document.text.slice(0, offset);
  switch (blockAt(document.text, offset)) {
    case 'comment':
    case 'text':
      return [];
    case 'top':
      return topLevel(document, before);
    case 'machine':
      return settings(before, MACHINE_SETTINGS);
    case 'vm':
      return settings(before, VM_SETTINGS);
    case 'tlb':
      return Object.entries(TLB_ARRAYS).map(([label, { level, use }]) =>
        item(label, CompletionItemKind.Property, `level ${level}, ${use}`),
      );
    case 'code':
      return code(document, position, before);
  }
}

function topLevel(document: ScenarioDocument, before: string): CompletionItem[] {
  if (/\b(?:process|kernel)\s+\w+\s+in\s+\w*$/.test(before)) return vms(document);
  return keywords(DECLARATIONS);
}

function settings(before: string, table: readonly SettingInfo[]): CompletionItem[] {
  const key = /(\w+)[ \t]+[\w-]*$/.exec(before)?.[1];
  const setting = table.find((candidate) => candidate.name === key);
  if (setting !== undefined) {
    const words = setting.words.length > 0 ? setting.words : [setting.fallback];
    return words.map((word) =>
      item(word, CompletionItemKind.EnumMember, word === setting.fallback ? 'if left out' : ''),
    );
  }
  return table.map(({ name, doc, fallback }) => ({
    ...item(name, CompletionItemKind.Property, fallback),
    documentation: doc,
    insertText: `${name} `,
  }));
}

function code(document: ScenarioDocument, position: Position, before: string): CompletionItem[] {
  const steps = stepsWanted(before);
  if (steps !== null)
    return steps.map(({ name, doc }) => ({ ...item(name, CompletionItemKind.EnumMember), documentation: doc }));
  if (/\bexpect\s+fault\s+\w*$/.test(before)) {
    return FAULT_KINDS.map((kind) => ({
      ...item(kind, CompletionItemKind.EnumMember),
      documentation: FAULT_DOCS[kind] ?? '',
    }));
  }
  const wait = /\bwait\s+(?:(\w+)\.)?\w*$/.exec(before);
  if (wait !== null) return events(document, wait[1]);
  const qualifier = /\b([A-Za-z_]\w*)\.\w*$/.exec(before)?.[1];
  if (qualifier !== undefined) return variablesOf(document, qualifier);
  if (/\blet\s+\w*$|\bfork\s+\w*$|\bsignal\s+\w*$/.test(before)) return [];
  const operand = operandWanted(before);
  if (operand === 'counter') return COUNTERS.map((name) => item(name, CompletionItemKind.EnumMember));
  if (operand === 'vm') return [...vms(document), item('host', CompletionItemKind.Keyword)];
  if (operand === 'process') return tasks(document).filter(({ detail }) => detail === 'process');
  if (operand === 'text') return [];
  if (operand === 'word') return wordsWanted(before);
  return anything(document, position, before);
}

function anything(document: ScenarioDocument, position: Position, before: string): CompletionItem[] {
  const runner = runnerAt(document.text, before.length);
  const { bound } = document.checked;
  const body = bodyAt(document, position);
  const variables =
    body === null ? [] : variablesBefore(body, position).map(({ name }) => item(name, CompletionItemKind.Variable));
  // After an operator or within an argument list, no statement can begin.
  const inExpression = /(?:[-+*/%&|^<>=!~(,]|\breturn|\bif|\bwhile|\.\.)\s*\w*$/.test(before);
  return [
    ...variables,
    ...BUILTINS.filter((builtin) => runner === null || (builtin.contexts as readonly string[]).includes(runner)).map(
      builtinItem,
    ),
    ...(bound?.bodies ?? []).filter((candidate) => candidate.role === 'fn').map(functionItem),
    ...(bound?.constants ?? []).map(({ name }) => item(name, CompletionItemKind.Constant)),
    ...Object.entries(CONSTANT_DOCS).map(([name, doc]) => ({
      ...item(name, CompletionItemKind.Constant),
      documentation: doc,
    })),
    ...vms(document),
    ...tasks(document),
    ...(inExpression ? [] : keywords(STATEMENTS)),
    ...(/\)\s*\w*$/.test(before) ? [item('without', CompletionItemKind.Keyword)] : []),
  ];
}

/** The steps that may follow, if a `without` has just been written. */
function stepsWanted(before: string): readonly NamedStep[] | null {
  const without = /\bwithout\s+(?:[\w-]+\s*,\s*)*[\w-]*$/.exec(before);
  if (without === null) return null;
  const written = new Set(without[0].split(/[\s,]+/).slice(1, -1));
  const head = before.slice(0, without.index).trimEnd();
  const steps = /\bfork\s+\w+$/.test(head) ? FORK_STEPS : (BUILTIN_BY_NAME.get(calleeBefore(head) ?? '')?.steps ?? []);
  return steps.filter(({ name }) => !written.has(name));
}

/** The name in front of the argument list that ends a text. */
function calleeBefore(text: string): string | undefined {
  if (!text.endsWith(')')) return undefined;
  let depth = 0;
  for (let i = text.length - 1; i >= 0; i--) {
    if (text[i] === ')') depth++;
    else if (text[i] === '(' && --depth === 0) return /(\w+)\s*$/.exec(text.slice(0, i))?.[1];
  }
  return undefined;
}

/** What kind of parameter is being written. */
function operandWanted(before: string): Parameter['kind'] | null {
  return parameterAt(before)?.kind ?? null;
}

function parameterAt(before: string): Parameter | undefined {
  const call = openCall(before);
  return call === null ? undefined : BUILTIN_BY_NAME.get(call.callee)?.parameters[call.argument];
}

/** `as WORD`, or WORD alone behind an `as`. */
function wordsWanted(before: string): CompletionItem[] {
  const prefix = /\bas\s+\w*$/.test(before) ? '' : 'as ';
  return (parameterAt(before)?.words ?? []).map(({ name, doc }) => ({
    ...item(`${prefix}${name}`, CompletionItemKind.EnumMember),
    documentation: doc,
  }));
}

/** The call whose argument list is open at the end of a text. */
export function openCall(before: string): { readonly callee: string; readonly argument: number } | null {
  let depth = 0;
  let argument = 0;
  for (let i = before.length - 1; i >= 0; i--) {
    const character = before[i];
    if (character === ')') depth++;
    else if (character === '{' || character === '}') return null;
    else if (character === ',' && depth === 0) argument++;
    else if (character === '(' && --depth < 0) {
      const callee = /([A-Za-z_]\w*)\s*$/.exec(before.slice(0, i))?.[1];
      return callee === undefined ? null : { callee, argument };
    }
  }
  return null;
}

function keywords(table: Readonly<Record<string, KeywordInfo>>): CompletionItem[] {
  return Object.entries(table).map(([label, { doc, snippet }]) => ({
    ...item(label, CompletionItemKind.Keyword),
    documentation: doc,
    ...(snippet === undefined ? {} : { insertText: snippet, insertTextFormat: InsertTextFormat.Snippet }),
  }));
}

function builtinItem(builtin: Builtin): CompletionItem {
  const parameters = builtin.parameters.filter((parameter) => parameter.default === undefined);
  return {
    ...item(builtin.name, CompletionItemKind.Function),
    documentation: { kind: MarkupKind.Markdown, value: describeBuiltin(builtin) },
    insertText: `${builtin.name}(${parameters.map(placeholder).join(', ')})`,
    insertTextFormat: InsertTextFormat.Snippet,
  };
}

function placeholder({ name, kind }: Parameter, i: number): string {
  const field = `\${${i + 1}:${name}}`;
  return kind === 'text' ? `"${field}"` : field;
}

function functionItem({ name, node }: Body): CompletionItem {
  const parameters = node.$type === 'Fn' ? node.parameters : [];
  return {
    ...item(name, CompletionItemKind.Function),
    insertText: `${name}(${parameters.map((parameter, i) => `\${${i + 1}:${parameter.name}}`).join(', ')})`,
    insertTextFormat: InsertTextFormat.Snippet,
  };
}

function vms(document: ScenarioDocument): CompletionItem[] {
  return (document.checked.bound?.vms ?? []).map(({ name, index }) =>
    item(name, CompletionItemKind.Module, `VM, ASID ${index + 1}`),
  );
}

function tasks(document: ScenarioDocument): CompletionItem[] {
  const { bound } = document.checked;
  if (bound === null) return [];
  return tasksOf(bound).map(({ name, role }) =>
    item(name, CompletionItemKind.Class, role === 'fork' ? 'process' : role),
  );
}

function events(document: ScenarioDocument, task: string | undefined): CompletionItem[] {
  return (document.checked.bound?.events ?? [])
    .filter(
      ({ fullName, definitions }) => definitions.length > 0 && (task === undefined || fullName.startsWith(`${task}.`)),
    )
    .map(({ name, fullName }) => item(task === undefined ? fullName : name, CompletionItemKind.Event));
}

function variablesOf(document: ScenarioDocument, task: string): CompletionItem[] {
  const body = (document.checked.bound?.bodies ?? []).find(
    (candidate) => candidate.task >= 0 && candidate.name === task,
  );
  return [...new Set((body?.variables ?? []).map(({ name }) => name))].map((name) =>
    item(name, CompletionItemKind.Variable),
  );
}

function item(label: string, kind: CompletionItemKind, detail = ''): CompletionItem {
  return detail === '' ? { label, kind } : { label, kind, detail };
}
