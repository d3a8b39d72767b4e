import { commandRefused } from '../../scenario/errors';
import { describeWatch, readWatchName, watchName, WATCH_FORMS } from '../../scenario/watch-names';
import type { Command } from './command';
import { textTable } from './text-table';
import { processNames, vmNames } from './arguments';

/** Breakpoints belong to the client: it alone can add one that its pane lists. So this says how. */
export const breakHint: Command = {
  name: 'break',
  usage: 'break EVENT',
  help: 'events to stop at, and how to add one to the Breakpoints pane',
  words: ([kind, vm, ...more], target) => {
    if (kind === undefined) return Object.keys(WATCH_FORMS);
    if (!['translation', 'diverge', 'stale', 'split'].includes(kind) || more.length > 0) return [];
    if (vm === undefined) return vmNames(target);
    return kind === 'stale' ? [] : processNames(target, vm);
  },
  run: (words) => {
    if (words.length === 0) {
      const rows = Object.values(WATCH_FORMS).map((f) => [f.usage, f.event, f.follows]);
      return { text: [...textTable(['event', 'stops when', 'follows the'], rows), HOW].join('\n') };
    }
    const read = readWatchName(words.join(' '));
    if (read === null)
      throw commandRefused(`"${words[0]}" is not an event; there are ${Object.keys(WATCH_FORMS).join(', ')}.`);
    if (!read.ok) throw commandRefused(read.problem);
    return { text: `${describeWatch(read.spec)}\nAdd a function breakpoint with the name: ${watchName(read.spec)}` };
  },
};

const HOW = 'Add a function breakpoint with such a name: Breakpoints pane, +.';
