/** Edits of the make-believe machine: it answers in words, and counts them. */
import type { Queries, TimelinePage } from '../../../extension/protocol/messages';
import { FRAMES } from './machine';

const TICK = 48_213;

type Method = 'edit' | 'undoEdit' | 'timeline';

export function branch(given: readonly string[]): { readonly [M in Method]: (args: Queries[M][0]) => Queries[M][1] } {
  const edits = [...given];
  return {
    edit: (edit) => {
      if (edit.kind === 'entry' && edit.field === 'frame' && Number(edit.value) === 0x1b01)
        return { ok: false, error: 'Frame 0x1b01 is the tag table’s: no entry may lead there. Choose another.' };
      if (edit.kind === 'take-frame' && edit.frame >= FRAMES) return { ok: false, error: 'There is no such frame.' };
      const text =
        edit.kind === 'entry'
          ? `Entry 0x${edit.entry.frame.toString(16)}[${edit.entry.index}]: ${edit.field} is now ${edit.value}.`
          : edit.kind === 'tag'
            ? `Tag of frame 0x${edit.frame.toString(16)}: ${edit.field} is now ${edit.value}.`
            : `Done: ${edit.kind}.`;
      edits.push(text);
      return { ok: true, text };
    },
    undoEdit: () => {
      const last = edits.pop();
      return last === undefined
        ? { ok: false, error: 'There is no edit to undo.' }
        : { ok: true, text: `Undone: ${last}` };
    },
    timeline: (): TimelinePage => ({
      fromTick: 0,
      untilTick: TICK,
      now: TICK,
      end: TICK,
      marks: [],
      counts: {},
      edits: edits.map((text) => ({ tick: TICK, text, ahead: false })),
      memory: { bytes: 0, limit: 256 << 20, checkpoints: 0 },
    }),
  };
}
