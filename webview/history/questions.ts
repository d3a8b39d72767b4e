/** Questions in words, and the question that a selection stands for. No DOM. */
import type { MachineSummary, Question, Selection, SpaceRef, Subject } from '../../extension/protocol/messages';

/** Short, for the trail: "entry 0x0000061008", "0x7f0000001000 of redis", "why fault 340". */
export function questionTitle(question: Question, summary: MachineSummary | null): string {
  switch (question.kind) {
    case 'entry':
      return `entry ${entryAddress(question.frame, question.index, summary?.hpaDigits ?? 10)}`;
    case 'translation':
      return `${short(question.gva)}${ofProcess(question, summary)}`;
    case 'frame':
      return `frame 0x${question.frame.toString(16)}`;
    case 'causes':
      return `why ${subjectTitle(question.subject, summary)}`;
  }
}

/** What is asked when the view follows what is selected elsewhere; null: nothing that has a history. */
export function questionOf({ vm, pid, gva, frame, faultId }: Selection): Question | null {
  if (faultId !== undefined) return { kind: 'causes', subject: { kind: 'fault', faultId } };
  if (vm !== undefined && pid !== undefined && gva !== undefined) {
    return { kind: 'translation', vm, pid, gva, root: 'active' };
  }
  return frame === undefined ? null : { kind: 'frame', frame };
}

/** The hPA of an entry of 8 bytes. */
export function entryAddress(frame: number, index: number, digits: number): string {
  return `0x${((BigInt(frame) << 12n) + BigInt(index) * 8n).toString(16).padStart(digits, '0')}`;
}

function subjectTitle(subject: Subject, summary: MachineSummary | null): string {
  switch (subject.kind) {
    case 'fault':
      return `fault ${subject.faultId}`;
    case 'translation':
      return `${short(subject.gva)}${ofProcess(subject, summary)}`;
    case 'frame':
      return `frame 0x${subject.frame.toString(16)}`;
  }
}

function ofProcess({ vm, pid }: SpaceRef, summary: MachineSummary | null): string {
  const process = summary?.vms[vm]?.processes.find((one) => one.pid === pid);
  return process === undefined ? '' : ` of ${process.name}`;
}

/** Without leading zeros. */
function short(gva: string): string {
  return `0x${BigInt(gva).toString(16)}`;
}
