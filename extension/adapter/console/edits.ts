import type { Edit, EditAnswer } from '../../../simulator/index';
import { commandRefused } from '../../scenario/errors';
import { editOf } from '../places';
import {
  addressArgument,
  entryArgument,
  frameArgument,
  processArgument,
  processNames,
  vmArgument,
  vmNames,
} from './arguments';
import type { Command, CommandContext, Said } from './command';

const INJECTIONS = ['drop-flush', 'spurious-fault', 'evict', 'take-frame'] as const;

export const inject: Command = {
  name: 'inject',
  usage: 'inject drop-flush VM | spurious-fault VM | evict VM PROCESS GVA | take-frame HPA',
  help: 'make something go wrong: the next flush does nothing, a fault without a reason, a TLB entry gone, a frame taken',
  words: (words, target) => {
    if (words.length === 0) return INJECTIONS;
    if (words[0] === 'take-frame') return [];
    if (words.length === 1) return vmNames(target);
    return words.length === 2 && words[0] === 'evict' ? processNames(target, words[1]) : [];
  },
  run: (words, context) => said(context.deeds.edit(injection(words, context))),
};

export const set: Command = {
  name: 'set',
  usage: 'set entry HPA FIELD VALUE | tag HPA FIELD VALUE | slot VM GFN FRAME',
  help: 'change a field of an entry (P W U A D NX PS G PK frame raw) or tag (owner gfn assigned huge), or a slot of the map',
  words: (words, target) =>
    words.length === 0 ? ['entry', 'tag', 'slot'] : words.length === 1 && words[0] === 'slot' ? vmNames(target) : [],
  run: (words, context) => said(context.deeds.edit(change(words, context))),
};

export const undo: Command = {
  name: 'undo',
  usage: 'undo',
  help: 'take the last change by hand back: the machine stands where it was made',
  run: (_, { deeds }) => said(deeds.undo()),
};

function injection([kind, first, second, third]: readonly string[], context: CommandContext): Edit {
  const { target } = context;
  switch (kind) {
    case 'drop-flush':
    case 'spurious-fault':
      return { kind, vm: vmArgument(first, target).index };
    case 'evict': {
      const vm = vmArgument(first, target);
      const { pid } = processArgument(second, vm);
      return { kind, vm: vm.index, pid, gva: addressArgument(third, 'The address', context) };
    }
    case 'take-frame':
      return { kind, frame: frameArgument(first, context) };
    default:
      throw commandRefused(`${unknown(kind)}. Write ${inject.usage}.`);
  }
}

function change([kind, first, second, ...rest]: readonly string[], context: CommandContext): Edit {
  const { frame, target } = context;
  const value = rest.join(' ');
  if (second === undefined || value === '') throw commandRefused(`Something is missing. Write ${set.usage}.`);
  const changed = (edit: Edit | string): Edit => {
    if (typeof edit === 'string') throw commandRefused(`${edit}.`);
    return edit;
  };
  switch (kind) {
    case 'entry': {
      const place = { kind, entry: entryArgument(first, context), field: null } as const;
      return changed(editOf(place, second, value, frame, target));
    }
    case 'tag': {
      const place = { kind, frame: frameArgument(first, context), field: null } as const;
      return changed(editOf(place, second, value, frame, target));
    }
    case 'slot': {
      const gfn = Number(BigInt(addressArgument(second, 'The gfn', context)));
      const place = { kind, vm: vmArgument(first, target).index, gfn } as const;
      return changed(editOf(place, null, value, frame, target));
    }
    default:
      throw commandRefused(`${unknown(kind)}. Write ${set.usage}.`);
  }
}

function said(answer: EditAnswer): Said {
  if (!answer.ok) throw commandRefused(answer.error);
  return { text: answer.text };
}

const unknown = (kind: string | undefined): string =>
  kind === undefined ? 'Say what' : `"${kind}" is not one of them`;
