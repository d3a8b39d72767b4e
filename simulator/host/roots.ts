import type { Regime, Vcpu } from '../machine/vcpu';
import type { Frame, GuestFrame } from '../units';

/** PCID bit that sets TPT roots apart from native ones, as page-table isolation does for user roots. */
export const TPT_PCID = 0x800;

/**
 * Points a vCPU at a root.
 * @param root hfn, or gfn in the nested regime.
 * @param keep keep the PCID's cached translations (CR3 bit 63).
 */
export function setRoot(
  cpu: Vcpu,
  regime: Regime,
  root: Frame | GuestFrame,
  nestedRoot: Frame,
  pcid: number,
  keep: boolean,
): void {
  cpu.regime = regime;
  cpu.root = root;
  cpu.nestedRoot = nestedRoot;
  cpu.pcid = pcid;
  if (!keep) cpu.tlb.flush(cpu.asid, pcid, false);
  cpu.rootLoaded?.();
}
