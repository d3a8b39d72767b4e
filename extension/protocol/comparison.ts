/** Messages between whoever wants schemes compared and the worker thread that runs them. Plain data. */
import type { Comparison } from '../../simulator/index';

/** What a worker is started with, as its `workerData`. */
export interface CompareRequest {
  /** Absolute path of a scenario or trace. */
  readonly file: string;
  /** Variants by name, one column each: `nested`, `tpt`, `tpt:off`. */
  readonly columns: readonly string[];
  /** Name of a cost profile, or the path of one; null: the scenario's own, or the usual one. */
  readonly profile: string | null;
  /** Runs everything once for each value of one parameter. */
  readonly sweep: CompareSweep | null;
}

export interface CompareSweep {
  /** As ComparisonSweep.parameter. */
  readonly parameter: string;
  readonly values: readonly string[];
}

/** From the worker. After `done` or `failed` nothing follows. */
export type CompareMessage =
  /** `done` of `total` steps; `total` is null while nobody knows. */
  | { readonly kind: 'progress'; readonly label: string; readonly done: number; readonly total: number | null }
  | { readonly kind: 'done'; readonly comparison: Comparison }
  /** Why there is no result, in words for the user. */
  | { readonly kind: 'failed'; readonly message: string };

/** To the worker. */
export interface CompareCancel {
  readonly kind: 'cancel';
}
