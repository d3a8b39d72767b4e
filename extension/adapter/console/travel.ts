import { commandRefused } from '../../scenario/errors';
import { wholeNumber } from './arguments';
import type { Command } from './command';
import { lineText, textTable } from './text-table';

const BUCKETS = 40;
const BACK = { '': 'back-over', statement: 'back-over', step: 'back-in', continue: 'back-continue' } as const;

export const goto: Command = {
  name: 'goto',
  usage: 'goto TICK | write N',
  help: 'go to a tick of the recording, or to just before a write',
  words: (words) => (words.length === 0 ? ['write'] : []),
  run: ([first, second], { deeds }) => {
    deeds.mustRecord();
    if (first === 'write') {
      const write = wholeNumber(second, 'The write');
      deeds.travel({ kind: 'write', write });
      return { text: `Going to write ${write}.` };
    }
    const tick = wholeNumber(first, 'The tick');
    deeds.travel({ kind: 'tick', tick });
    return { text: `Going to tick ${tick.toLocaleString('en-US')}.` };
  },
};

export const back: Command = {
  name: 'back',
  usage: 'back [statement | step | continue]',
  help: 'go back a statement, a micro-step, or to the last stop',
  words: (words) => (words.length === 0 ? ['statement', 'step', 'continue'] : []),
  run: ([way = ''], { deeds }) => {
    if (!Object.hasOwn(BACK, way)) throw commandRefused(`"${way}" is no way back. Write ${back.usage}.`);
    deeds.mustRecord();
    deeds.back(BACK[way as keyof typeof BACK]);
    return { text: 'Going back.' };
  },
};

export const timeline: Command = {
  name: 'timeline',
  usage: 'timeline [FROM UNTIL]',
  help: 'faults, host operations, changes of owner, loads of CR3 and edits, by tick',
  run: ([from, until], { deeds, target }) => {
    deeds.mustRecord();
    const page = target.inspect.timeline({
      fromTick: from === undefined ? null : wholeNumber(from, 'FROM'),
      untilTick: until === undefined ? null : wholeNumber(until, 'UNTIL'),
      buckets: BUCKETS,
      kinds: [],
    });
    const number = (n: number): string => n.toLocaleString('en-US');
    const { memory } = page;
    const rows = page.marks.map((m) => [
      m.tick === m.lastTick ? number(m.tick) : `${number(m.tick)}–${number(m.lastTick)}`,
      lineText(m.line),
      m.kind,
      number(m.count),
      m.text,
    ]);
    return {
      text: [
        `tick ${number(page.now)} of ${number(page.end)}; recording ${mib(memory.bytes)} of ${mib(memory.limit)} MiB, ${number(memory.checkpoints)} checkpoints`,
        ...(rows.length === 0 ? [] : textTable(['tick', 'line', 'kind', 'times', 'what'], rows, [0, 3])),
        ...page.edits.map((e) => `edit at tick ${number(e.tick)}: ${e.text}${e.ahead ? ' (ahead)' : ''}`),
      ].join('\n'),
      children: page.marks.map((m) => ({ name: `tick ${m.tick}`, value: m.text, type: m.kind })),
    };
  },
};

const mib = (bytes: number): string => (bytes / (1 << 20)).toFixed(1);
