/** Expressions typed in a watch, a hover or the console, and what the console offers to complete. */
import type { DebugProtocol as P } from '@vscode/debugprotocol';
import type { DebugTarget } from '../../simulator/index';
import { badArgument, cannotSet } from '../scenario/errors';
import type { Positions } from './positions';
import type { FrameRef } from './stack';
import type { Variables } from './variables';

const ASSIGNMENT = /^\s*([A-Za-z_]\w*)\s*=(?!=)\s*(\S.*)$/s;
const NAME = /^\s*([A-Za-z_]\w*)\s*$/;

/** Functions an expression can call, and what they tell. */
const FUNCTIONS: readonly { readonly name: string; readonly detail: string }[] = [
  { name: 'walk', detail: 'walk(gva): every level of the walk, its entry and its outcome' },
  { name: 'pte', detail: 'pte(gva): the leaf entry, decoded' },
  { name: 'owner', detail: 'owner(hpa): who the frame belongs to' },
  { name: 'map', detail: 'map(gfn) or map(vm, gfn): a slot of the gfn→hfn map' },
  { name: 'gpa_of', detail: 'gpa_of(gva) or gpa_of(process, gva): where the native table leads' },
  { name: 'hpa_of', detail: 'hpa_of(gva) or hpa_of(process, gva): where that guest frame lives' },
  { name: 'frame_of', detail: 'frame_of(gva) or frame_of(process, gva): the same as a frame number' },
  { name: 'read', detail: 'read(gva): the 8 bytes there, as *gva' },
];

/** Evaluates; `name = expression` in the console sets a variable. */
export function evaluate(
  args: P.EvaluateArguments,
  frame: FrameRef,
  target: DebugTarget,
  variables: Variables,
): P.EvaluateResponse['body'] {
  if (typeof args.expression !== 'string' || args.expression.trim() === '')
    throw badArgument('expression', 'an expression');
  const assignment = args.context === 'repl' ? ASSIGNMENT.exec(args.expression) : null;
  const { value, ...rest } = assignment
    ? { variablesReference: 0, ...variables.setIn(frame, assignment[1] ?? '', assignment[2] ?? '') }
    : variables.result(target.evaluate(args.expression, frame.task, frame.depth));
  const isAddress = args.context === 'hover' && rest.memoryReference?.startsWith('gva:') === true;
  return { result: isAddress ? `${value} → ${translationOf(args.expression, frame, target)}` : value, ...rest };
}

/** Where an address leads at present, for a hover. */
function translationOf(expression: string, frame: FrameRef, target: DebugTarget): string {
  const walk = target.evaluate(`walk(${expression})`, frame.task, frame.depth);
  return walk.ok ? walk.value : walk.error;
}

/** Sets what an expression names: only a variable's name can be set. */
export function setExpression(
  args: P.SetExpressionArguments,
  frame: FrameRef,
  variables: Variables,
): P.SetExpressionResponse['body'] {
  const name = NAME.exec(args.expression)?.[1];
  if (name === undefined) throw cannotSet(args.expression);
  return variables.setIn(frame, name, args.value);
}

/** Names that fit what stands before the caret. */
export function complete(
  args: P.CompletionsArguments,
  frame: FrameRef,
  target: DebugTarget,
  positions: Positions,
): P.CompletionItem[] {
  const line = args.text.split('\n')[args.line === undefined ? 0 : positions.lineFromClient(args.line)] ?? '';
  const caret = positions.columnFromClient(args.column);
  const word = /\w*$/.exec(line.slice(0, caret))?.[0] ?? '';
  const stack = target.stack(frame.task);
  const outward = stack.slice(
    Math.max(
      stack.findIndex((f) => f.depth === frame.depth),
      0,
    ),
  );
  const enclosing = outward.find((f) => f.kind === 'function');
  const names = enclosing ? target.variables(frame.task, enclosing.depth) : [];
  const items: P.CompletionItem[] = [
    ...names.map((v): P.CompletionItem => ({ label: v.name, type: 'variable', detail: v.value })),
    ...FUNCTIONS.map((f): P.CompletionItem => ({
      label: f.name,
      text: `${f.name}(`,
      type: 'function',
      detail: f.detail,
    })),
    ...target
      .counters()
      .map((c): P.CompletionItem => ({ label: c.name, type: 'value', detail: `counter: ${c.value}` })),
    ...target.tasks().map((t): P.CompletionItem => ({ label: t.name, type: 'module', detail: `${t.kind} task` })),
  ];
  const start = caret - word.length;
  return unique(items.filter((i) => i.label.startsWith(word))).map((i) => ({ ...i, start, length: word.length }));
}

function unique(items: readonly P.CompletionItem[]): P.CompletionItem[] {
  return items.filter((item, index) => items.findIndex((i) => i.label === item.label) === index);
}
