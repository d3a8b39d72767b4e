import type { FaultRecord, WalkCopy } from '../history/faults';
import type { Steps } from '../history/journal';
import type { Attempt, Verdict } from '../machine/access';
import type { Vcpu } from '../machine/vcpu';
import type { Frame, GuestFrame } from '../units';

/** What a #PF of the CPU's walk is, for the history. */
export interface Finding {
  /** `page_fault` is the guest's to see; the others are hidden from it. */
  readonly kind: 'page_fault' | 'shadow_miss' | 'shadow_write';
  readonly errorCode: number;
  readonly why: string;
  /** The walk that says so, if it is not the CPU's. */
  readonly walk: WalkCopy | null;
}

/**
 * What the host does when a guest's paging comes to it first: as under shadow paging, where CR3 loads, INVLPG and page
 * faults exit. A VM whose paging the hardware does alone has none.
 */
export interface Intercepts {
  /** The guest loads CR3. @param keep CR3 bit 63: cached translations of the PCID stay. */
  loadRoot(cpu: Vcpu, rootGfn: GuestFrame, pcid: number, keep: boolean): Steps<void>;
  /** The guest runs INVLPG; the TLB's own part is the caller's. */
  invlpg(cpu: Vcpu, pcid: number, hi: number, lo: number): Steps<void>;
  /** The guest drops a PCID's translations, or (null) those of all (INVPCID, or CR3 without bit 63); the TLB's own part is the caller's. */
  flush(cpu: Vcpu, pcid: number | null): Steps<void>;
  /** Whose a #PF of the CPU's walk is; looks only. Without it, all are the guest's. */
  examine?(attempt: Attempt): Finding;
  /** A walk gave #PF. @param deliver reflects it into the guest, whose handler then says how it went. */
  pageFault(attempt: Attempt, record: FaultRecord, deliver: (errorCode: number) => Steps<Verdict>): Steps<Verdict>;
  /** The host takes or moves the frame of a guest frame: nothing may lead there any more. */
  unmapped(gfn: GuestFrame): void;
  /** The table that the CPU walks instead of a guest root; -1 if there is none (yet). */
  shadowRoot?(rootGfn: GuestFrame): Frame;
}
