import type { FaultRecord } from '../history/faults';
import type { Steps } from '../history/journal';
import type { Attempt, Verdict } from '../machine/access';
import type { Vcpu } from '../machine/vcpu';
import type { GuestFrame } from '../units';

/**
 * What the host does when a guest's paging comes to it first: as under shadow paging, where CR3 loads, INVLPG and page
 * faults exit. A VM whose paging the hardware does alone has none.
 */
export interface Intercepts {
  /** The guest loads CR3. @param keep CR3 bit 63: cached translations of the PCID stay. */
  loadRoot(cpu: Vcpu, rootGfn: GuestFrame, pcid: number, keep: boolean): Steps<void>;
  /** The guest runs INVLPG; the TLB's own part is the caller's. */
  invlpg(cpu: Vcpu, pcid: number, hi: number, lo: number): Steps<void>;
  /** The guest drops a PCID's translations (INVPCID, or CR3 without bit 63); the TLB's own part is the caller's. */
  flush(cpu: Vcpu, pcid: number): Steps<void>;
  /** A walk gave #PF. @param deliver reflects it into the guest, whose handler then says how it went. */
  pageFault(attempt: Attempt, record: FaultRecord, deliver: (errorCode: number) => Steps<Verdict>): Steps<Verdict>;
  /** The host takes or moves the frame of a guest frame: nothing may lead there any more. */
  unmapped(gfn: GuestFrame): void;
}
