/** The injections that views and commands offer, each with one line that says what it does. Plain data. */
import type { Edit } from '../../simulator/index';

export type Injection = Extract<Edit['kind'], 'drop-flush' | 'spurious-fault' | 'evict' | 'take-frame'>;

export const INJECTIONS: Readonly<Record<Injection, { readonly label: string; readonly detail: string }>> = {
  'drop-flush': {
    label: 'Drop the Next TLB Flush',
    detail: 'The next flush for the VM does nothing: what should have gone stays in the TLB.',
  },
  'spurious-fault': {
    label: 'Deliver a Spurious Page Fault',
    detail: 'The VM’s next access faults though its tables allow it.',
  },
  evict: {
    label: 'Evict from the TLB',
    detail: 'The entry of this address is dropped: the next access walks.',
  },
  'take-frame': {
    label: 'Take the Frame Away',
    detail: 'The host takes the frame from whoever has it, and tells nobody.',
  },
};
