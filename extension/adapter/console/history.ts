import type { EntryHistory, FrameInterval, WriteView } from '../../../simulator/index';
import { addressArgument, entryArgument, frameArgument, spaceArgument } from './arguments';
import type { Command, CommandContext, Said } from './command';
import { lineText, plural, textTable } from './text-table';

/** Most rows of a table: the console is no place for more. */
const MOST_ROWS = 50;
const ENTRY = /^(entry|pte)\(/;

/** How an address, an entry or a frame was at each time. */
export const history: Command = {
  name: 'history',
  usage: 'history GVA [VM PROCESS] | entry HPA | pte(GVA) | frame HPA',
  help: 'how an address was translated, what an entry held, who had a frame, over time',
  words: (words) => (words.length === 0 ? ['entry', 'frame', 'pte('] : []),
  run: ([first, ...rest], context) => {
    context.deeds.mustRecord();
    if (first === 'frame') return ofFrame(rest[0], context);
    if (first === 'entry') return ofEntry(rest[0], context);
    if (first !== undefined && ENTRY.test(first)) return ofEntry(first, context);
    return ofTranslation(first, rest, context);
  },
};

/** The writes to an entry. */
export const writes: Command = {
  name: 'writes',
  usage: 'writes HPA | pte(GVA)',
  help: 'each write to an entry, the newest first, with its writer; goto write N goes there',
  run: ([at], context) => {
    context.deeds.mustRecord();
    return ofEntry(at, context);
  },
};

function ofEntry(at: string | undefined, context: CommandContext): Said {
  const entry = entryArgument(at, context);
  const found = context.target.inspect.entryHistory({ ...entry, offset: 0, limit: MOST_ROWS });
  const head = `${found.address} ${found.text}: ${found.value}; ${plural(found.total, 'write')}`;
  const rows = found.writes.map((w) => [
    String(w.id),
    tickOf(w),
    lineText(w.writer.line),
    w.writer.who,
    whereOf(w),
    changesOf(w),
  ]);
  const table = rows.length === 0 ? [] : textTable(['write', 'tick', 'line', 'who', 'where', 'change'], rows, [0, 1]);
  return {
    text: [head, ...table, ...rest(found)].join('\n'),
    children: found.writes.map((w) => ({ name: `write ${w.id}`, value: w.text, type: `tick ${w.tick}` })),
  };
}

function rest({ total, writes: shown, completeFrom }: EntryHistory): string[] {
  return [
    ...(total > shown.length ? [`${plural(total - shown.length, 'older write')} not shown`] : []),
    ...incomplete(completeFrom),
  ];
}

function ofTranslation(at: string | undefined, words: readonly string[], context: CommandContext): Said {
  const gva = addressArgument(at, 'The address', context);
  const { vm, pid, vmSummary, process } = spaceArgument(words, context);
  const found = context.target.inspect.translationHistory({ vm, pid, gva, root: 'active' });
  const rows = found.intervals.map((i) => [
    span(i),
    i.hpa ?? '–',
    i.perm?.text ?? '–',
    i.owner?.name ?? '–',
    i.cause?.text ?? i.text,
  ]);
  return {
    text: [
      `${gva} in ${vmSummary.name} ▸ ${process.name}, ${found.rootName}`,
      ...textTable(['ticks', 'hPA', 'perm', 'owner', 'since'], rows),
      ...incomplete(found.completeFrom),
    ].join('\n'),
    children: found.intervals.map((i) => ({ name: span(i), value: i.text, type: i.cause?.text ?? '' })),
  };
}

function ofFrame(at: string | undefined, context: CommandContext): Said {
  const found = context.target.inspect.frameHistory(frameArgument(at, context));
  const groups: readonly (readonly [string, readonly FrameInterval[]])[] = [
    ['owner', found.owners],
    ['use', found.uses],
    ['mapped', found.mappers],
  ];
  const rows = groups.flatMap(([name, intervals]) =>
    intervals.slice(-MOST_ROWS).map((i) => [name, span(i), i.text, byOf(i)]),
  );
  return {
    text: [
      `frame ${found.hpa}`,
      ...textTable(['', 'ticks', 'what', 'by'], rows),
      ...incomplete(found.completeFrom),
    ].join('\n'),
    children: groups.map(([name, intervals]) => ({
      name,
      value: plural(intervals.length, 'interval'),
      type: '',
      children: intervals.map((i) => ({ name: span(i), value: i.text, type: byOf(i) })),
    })),
  };
}

const byOf = ({ by }: FrameInterval): string =>
  by === null ? '' : [by.operation || by.task, by.step, lineText(by.line)].filter((t) => t !== '').join(' · ');
const tickOf = (w: WriteView): string => `${w.tick.toLocaleString('en-US')}${w.ahead ? ' (ahead)' : ''}`;
const whereOf = ({ writer }: WriteView): string =>
  [writer.task, writer.operation, writer.step].filter((t) => t !== '').join(' · ');
const changesOf = (w: WriteView): string =>
  w.changed.map((c) => `${c.name} ${c.before} → ${c.after}`).join(', ') || `${w.old} → ${w.new}`;

function span(i: { readonly fromTick: number; readonly untilTick: number | null; readonly now: boolean }): string {
  const until = i.untilTick === null ? '…' : i.untilTick.toLocaleString('en-US');
  return `${i.fromTick.toLocaleString('en-US')}–${until}${i.now ? ' now' : ''}`;
}

const incomplete = (from: number | null): string[] =>
  from === null ? [] : [`What was before tick ${from.toLocaleString('en-US')} was dropped to save memory.`];
