/** Figures that a report gives when set against its accesses, its walks or another report. */
import type { CostReport } from '../../simulator/index';

export const perAccess = (report: CostReport, cycles = report.cycles): number => cycles / report.accesses;

/** The report that others are set against: native as it is. */
export function baseOf(reports: readonly CostReport[]): CostReport | null {
  const native = reports.filter((report) => report.variant.scheme === 'native' && report.problem === null);
  return native.find((report) => report.variant.name === 'native') ?? native[0] ?? null;
}

/** Cycles per access, as a multiple of the base's; NaN without one. */
export const relative = (report: CostReport, base: CostReport | null): number =>
  base === null ? NaN : perAccess(report) / perAccess(base);

/** References per walk by what they read; tag look-ups count apart, since they are no table's. */
export function referencesPerWalk(report: CostReport, cause: 'table' | 'nested' | 'tag'): number {
  const shares = report.references.filter((share) => share.cause === cause);
  return shares.reduce((sum, share) => sum + share.count, 0) / report.walks;
}
