/** Messages between the comparison view (webview) and its host in the extension. Plain data. */
import type { Comparison, Scheme } from '../../simulator/index';
import type { CompareSweep } from './comparison';

export type * from '../../simulator/index';
export type * from './comparison';

/** What is compared, apart from the file: kept from one comparison to the next. */
export interface CompareSettings {
  readonly columns: readonly string[];
  readonly profile: string | null;
  readonly sweep: CompareSweep | null;
}

/** The columns that are offered; others can be typed. */
export const COLUMN_CHOICES = ['native', 'nested', 'shadow', 'direct', 'tpt', 'tpt:off'] as const satisfies readonly (
  Scheme | `${Scheme}:${string}`
)[];

/** The cost profiles that come with the simulator. */
export const PROFILE_CHOICES: readonly string[] = ['skylake-sp', 'zen3'];

/** Parameters that can be swept, each with values to begin with. */
export const SWEEP_CHOICES: readonly {
  readonly parameter: string;
  readonly label: string;
  readonly values: readonly string[];
}[] = [
  { parameter: 'tlb', label: 'TLB entries', values: ['256', '512', '1024', '1536', '3072'] },
  { parameter: 'page', label: 'Page size', values: ['4K', '2M'] },
  { parameter: 'backing', label: 'Backing', values: ['contiguous', 'scattered', 'huge'] },
  { parameter: 'lookup', label: 'Tag look-up', values: ['per-frame', 'per-reference'] },
  { parameter: 'profile', label: 'Cost profile', values: PROFILE_CHOICES },
  { parameter: 'nested-tlb', label: 'Nested TLB entries', values: ['0', '16', '64', '256'] },
];

export const DEFAULT_SETTINGS: CompareSettings = { columns: COLUMN_CHOICES, profile: null, sweep: null };

/** From the host to the view. */
export type ToCompareView =
  /** What the panel is about. `file`: name of the scenario or trace that can be run (again), null for a comparison read from a file, or before anything was chosen. */
  | {
      readonly type: 'setup';
      readonly file: string | null;
      readonly settings: CompareSettings;
      /** For VS Code to keep with the panel, opaque to the view: what to show after a reload. */
      readonly remember: unknown;
    }
  | { readonly type: 'progress'; readonly label: string; readonly done: number; readonly total: number | null }
  /** Results: one for each source. */
  | { readonly type: 'comparisons'; readonly comparisons: readonly Comparison[] }
  /** A run or a file gave no result. `failed` is false if that was asked for (cancel). */
  | { readonly type: 'stopped'; readonly failed: boolean; readonly message: string }
  | { readonly type: 'restoreUi'; readonly ui: unknown };

export type ExportFormat = 'csv' | 'json' | 'svg';

/** From the view to its host. */
export type FromCompareView =
  | { readonly type: 'ready' }
  | { readonly type: 'run'; readonly settings: CompareSettings }
  | { readonly type: 'cancel' }
  /** Choose what to run, or a comparison that was saved. */
  | { readonly type: 'choose'; readonly what: 'source' | 'comparison' }
  /** `name`: of the file, without its ending. */
  | { readonly type: 'export'; readonly format: ExportFormat; readonly name: string; readonly text: string }
  | { readonly type: 'saveUi'; readonly ui: unknown };
