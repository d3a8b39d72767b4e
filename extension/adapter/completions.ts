/** What the console offers to complete: names, functions, commands and the words they take. */
import type { DebugProtocol as P } from '@vscode/debugprotocol';
import type { Simulation } from '../../simulator/index';
import { commandWords } from './console/index';
import type { Positions } from './positions';
import type { FrameRef } from './stack';

/** Functions an expression can call, and what they tell. */
const FUNCTIONS: readonly { readonly name: string; readonly detail: string }[] = [
  { name: 'walk', detail: 'walk(gva): every level of the walk, its entry and its outcome' },
  { name: 'pte', detail: 'pte(gva): the leaf entry, decoded; pte(gva).W is a field' },
  { name: 'entry', detail: 'entry(hpa): the entry there, decoded; entry(hpa).W is a field' },
  { name: 'tag', detail: 'tag(hpa): the tag of the frame, decoded; tag(hpa).gfn is a field' },
  { name: 'owner', detail: 'owner(hpa): who the frame belongs to' },
  { name: 'map', detail: 'map(gfn) or map(vm, gfn): a slot of the gfn→hfn map' },
  { name: 'gpa_of', detail: 'gpa_of(gva) or gpa_of(process, gva): where the native table leads' },
  { name: 'hpa_of', detail: 'hpa_of(gva) or hpa_of(process, gva): where that guest frame lives' },
  { name: 'frame_of', detail: 'frame_of(gva) or frame_of(process, gva): the same as a frame number' },
  { name: 'read', detail: 'read(gva): the 8 bytes there, as *gva' },
];

/** Names that fit what stands before the caret. */
export function complete(
  args: P.CompletionsArguments,
  frame: FrameRef,
  target: Simulation,
  positions: Positions,
): P.CompletionItem[] {
  const line = args.text.split('\n')[args.line === undefined ? 0 : positions.lineFromClient(args.line)] ?? '';
  const before = line.slice(0, positions.columnFromClient(args.column));
  const word = /[\w-]*$/.exec(before)?.[0] ?? '';
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
    ...commandWords(before.slice(0, before.length - word.length), target),
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
  const start = before.length - word.length;
  return unique(items.filter((i) => i.label.startsWith(word))).map((i) => ({ ...i, start, length: word.length }));
}

function unique(items: readonly P.CompletionItem[]): P.CompletionItem[] {
  return items.filter((item, index) => items.findIndex((i) => i.label === item.label) === index);
}
