import type { Edit, EditAnswer } from '../../inspect/time-types';
import type { Executor } from '../executor';
import { editEntry } from './entry';
import { dropFlush, evict, spuriousFault, takeFrame } from './injections';
import { editMemory } from './memory';
import { editSlot } from './slot';
import { editTag } from './tag';
import { editVariable } from './variable';

/**
 * Changes the machine by hand where it stands. Nothing is changed if the answer is an error. Watches are to be armed again
 * after it: they tell what the machine does, not what a person does to it.
 */
export function applyEdit(x: Executor, edit: Edit): EditAnswer {
  // It is nobody's work: no operation is to be named as the writer.
  const { recording, trail } = x.journal;
  x.journal.trail = [];
  if (recording) recording.byHand = true;
  const answer = apply(x, edit);
  if (recording) recording.byHand = false;
  x.journal.trail = trail;
  if (!answer.ok) return answer;
  recording?.mark('edit', vmOf(edit), recording.name(answer.text, edit.kind));
  return answer;
}

function apply(x: Executor, edit: Edit): EditAnswer {
  switch (edit.kind) {
    case 'entry':
      return editEntry(x, edit);
    case 'tag':
      return editTag(x, edit);
    case 'slot':
      return editSlot(x, edit);
    case 'variable':
      return editVariable(x, edit);
    case 'memory':
      return editMemory(x, edit);
    case 'drop-flush':
      return dropFlush(x, edit.vm);
    case 'spurious-fault':
      return spuriousFault(x, edit.vm);
    case 'evict':
      return evict(x, edit.vm, edit.pid, edit.gva);
    case 'take-frame':
      return takeFrame(x, edit.frame);
  }
}

/** Index of the VM that an edit names; -1: none. */
const vmOf = (edit: Edit): number => ('vm' in edit ? edit.vm : -1);
