/** What is run for a comparison: one job for each column, and for each column at each point of a sweep. */
import type { CostProfile, Program, RunOptions, Variant } from '../../simulator/index';
import { variantOf, type Column } from './columns';
import type { CompareSource } from './source';
import { resizedTlb, type SweepPoint } from './sweep';

/** One run: plain data, since it goes to a worker thread. */
export interface Job {
  /** For progress: `tpt:off`, `nested, tlb=512`. */
  readonly label: string;
  readonly source: CompareSource;
  readonly variant: Variant;
  /** Name of the cost profile, for a run that comes to no report. */
  readonly profile: string;
  readonly options: Omit<RunOptions, 'files'>;
}

/** @param costs the cost profile, or null for the scenario's own (`usual` then). */
export interface JobSetup {
  readonly source: CompareSource;
  readonly program: Program;
  readonly costs: CostProfile | null;
  readonly usual: CostProfile;
}

export function jobOf(setup: JobSetup, column: Column, parameter: string, point: SweepPoint | null): Job {
  const { source, program, usual } = setup;
  const variant: Variant = { ...variantOf(column, program), ...point?.variant };
  const costs = point?.costs ?? setup.costs;
  // A scenario's own TLBs stay, unless a profile was asked for: then they are the profile's.
  const tlb = costs?.tlb ?? program.machine.tlb;
  return {
    label: point ? `${column.name}, ${parameter}=${point.value}` : column.name,
    source,
    variant,
    profile: (costs ?? usual).name,
    options: {
      scheme: variant.scheme,
      tags: variant.tags,
      lookup: variant.lookup,
      tptProfile: variant.tptProfile,
      page: variant.page,
      ...(variant.backing !== null && { backing: variant.backing }),
      costs: costs ?? usual,
      briefHistory: true,
      tlb: point?.tlbEntries === undefined ? tlb : resizedTlb(tlb, point.tlbEntries),
      ...(point?.nestedTlb !== undefined && { nestedTlb: point.nestedTlb }),
    },
  };
}
