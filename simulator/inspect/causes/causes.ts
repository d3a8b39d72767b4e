import type { InspectContext } from '../context';
import type { Causes, Subject } from '../time-types';
import { faultCauses } from './fault';
import { frameCauses } from './frame';
import { translationCauses } from './translation';

/**
 * The chain of causes of a fault, a translation or a frame, in words. It is found from the recording and the machine by general
 * rules: which entry led where, who wrote it, whether it was right then, and which later event made it wrong.
 */
export function causesOf(c: InspectContext, subject: Subject): Causes {
  switch (subject.kind) {
    case 'fault':
      return faultCauses(c, subject.faultId);
    case 'translation':
      return translationCauses(c, subject);
    case 'frame':
      return frameCauses(c, subject.frame);
  }
}
