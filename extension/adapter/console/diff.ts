import { spaceArgument, wholeNumber, processNames, vmNames } from './arguments';
import type { Command } from './command';
import { plural, textTable } from './text-table';

const MOST_ROWS = 100;

export const diff: Command = {
  name: 'diff',
  usage: 'diff TICK1 TICK2 [VM PROCESS]',
  help: 'mappings of a process that differ between two ticks',
  words: (words, target) =>
    words.length === 2 ? vmNames(target) : words.length === 3 ? processNames(target, words[2]) : [],
  run: ([first, second, ...words], context) => {
    const ticks = [wholeNumber(first, 'TICK1'), wholeNumber(second, 'TICK2')];
    context.deeds.mustRecord();
    const { vm, pid, process } = spaceArgument(words, context);
    const root = process.roots[0]?.kind ?? 'native';
    const [a, b] = ticks.map((tick) => ({ vm, pid, root, tick }));
    const found = context.deeds.differences({ a, b });
    const rows = found.rows
      .slice(0, MOST_ROWS)
      .map((r) => [r.gva, plural(r.count, 'page'), r.pageSize, r.change, r.text]);
    const more = found.rows.length - rows.length;
    return {
      text: [
        `${found.titleA} → ${found.titleB}: ${plural(found.total, 'difference')}, ${plural(found.equal, 'mapping')} equal`,
        ...(rows.length === 0 ? [] : textTable(['gVA', 'pages', 'size', 'change', 'what'], rows, [1])),
        ...(more > 0 ? [`${plural(more, 'more difference')} not shown`] : []),
      ].join('\n'),
      children: found.rows.slice(0, MOST_ROWS).map((r) => ({ name: r.gva, value: r.text, type: r.change })),
    };
  },
};
