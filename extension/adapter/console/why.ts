import type { Subject } from '../../../simulator/index';
import { commandRefused, unknownFault } from '../../scenario/errors';
import { addressArgument, frameArgument, spaceArgument, wholeNumber } from './arguments';
import type { Command, CommandContext } from './command';
import { lineText, textTable } from './text-table';

/** The chain of causes of a fault, or of why an address or a frame is as it is. */
export const why: Command = {
  name: 'why',
  usage: 'why [fault N | GVA [VM PROCESS] | frame HPA]',
  help: 'what made a fault (the last one) inevitable, or why an address is translated as it is',
  words: (words) => (words.length === 0 ? ['fault', 'frame'] : []),
  run: (words, context) => {
    context.deeds.mustRecord();
    const { title, links, verdict, line } = context.target.inspect.causes(subjectOf(words, context));
    const rows = links.map((l) => [l.tick.toLocaleString('en-US'), lineText(l.line), l.role, l.text]);
    return {
      text: [title, ...textTable(['tick', 'line', 'role', 'what'], rows, [0]), verdict].join('\n'),
      children: [
        ...links.map((l, i) => ({ name: `${i + 1} ${l.role}`, value: l.text, type: `tick ${l.tick}` })),
        { name: 'verdict', value: verdict, type: lineText(line) },
      ],
    };
  },
};

function subjectOf(words: readonly string[], context: CommandContext): Subject {
  const [first, second, ...rest] = words;
  if (first === undefined) return { kind: 'fault', faultId: lastFault(context) };
  if (first === 'fault') {
    const faultId = wholeNumber(second, 'The fault');
    if (context.target.inspect.fault(faultId) === null) throw unknownFault(faultId);
    return { kind: 'fault', faultId };
  }
  if (first === 'frame') return { kind: 'frame', frame: frameArgument(second, context) };
  const { vm, pid } = spaceArgument(second === undefined ? [] : [second, ...rest], context);
  return { kind: 'translation', vm, pid, gva: addressArgument(first, 'The address', context) };
}

function lastFault({ target }: CommandContext): number {
  const all = { kinds: [], fromTick: null, untilTick: null, filter: '', fold: false, offset: 0, limit: 1 };
  const [last] = target.inspect.faults(all).rows;
  if (!last) throw commandRefused('No fault has happened so far. Ask about an address: why GVA.');
  return last.id;
}
