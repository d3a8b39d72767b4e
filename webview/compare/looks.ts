/**
 * Colours and patterns of the series. Each pair is there once in a chart, so that patterns alone tell series apart where
 * colours cannot. Red is left to what is wrong.
 */
import type { CostReport, Variant } from '../../extension/protocol/compare-view';

export type Hue = 'blue' | 'purple' | 'green' | 'yellow' | 'grey' | 'ink';
export type Pattern = 'solid' | 'rising' | 'falling' | 'level' | 'dots' | 'cross';

export interface Look {
  readonly hue: Hue;
  readonly pattern: Pattern;
}

export const HUES: Readonly<Record<Hue, string>> = {
  blue: 'var(--vscode-charts-blue)',
  purple: 'var(--vscode-charts-purple)',
  green: 'var(--vscode-charts-green)',
  yellow: 'var(--vscode-charts-yellow)',
  // Of the lines of charts, but not to be seen through.
  grey: 'color-mix(in srgb, var(--vscode-charts-foreground) 50%, var(--vscode-editor-background))',
  ink: 'var(--vscode-charts-foreground)',
};

const look = (hue: Hue, pattern: Pattern): Look => ({ hue, pattern });

const LOOKS: Readonly<Record<string, Look>> = {
  // Causes of cycles.
  data: look('grey', 'solid'),
  kernel: look('grey', 'level'),
  tlb: look('green', 'solid'),
  structure: look('green', 'rising'),
  table: look('blue', 'solid'),
  nested: look('purple', 'rising'),
  tag: look('ink', 'dots'),
  faults: look('yellow', 'level'),
  exits: look('yellow', 'solid'),
  host: look('yellow', 'falling'),
  // Reasons of exits.
  'nested-fault': look('purple', 'solid'),
  'tag-violation': look('ink', 'dots'),
  'enter-tpt': look('blue', 'solid'),
  'leave-tpt': look('blue', 'rising'),
  'init-tpt': look('blue', 'dots'),
  'shadow-fault': look('yellow', 'solid'),
  'shadow-write': look('yellow', 'rising'),
  'cr3-load': look('grey', 'solid'),
  invlpg: look('grey', 'level'),
  'mmu-update': look('green', 'solid'),
  'update-va-mapping': look('green', 'rising'),
  'mmuext-op': look('green', 'level'),
  'pv-trap': look('green', 'dots'),
};

/** Of a cause or a reason. */
export function lookOf(key: string): Look {
  return LOOKS[key] ?? look('ink', 'cross');
}

/** How a scheme's line is drawn in a sweep: hue by scheme, dashes and mark by its place among its scheme's variants. */
export interface LineLook {
  readonly stroke: string;
  readonly dash: string;
  readonly symbol: 'circle' | 'square' | 'triangle' | 'diamond' | 'star' | 'cross';
}

const LINES: Readonly<Record<Variant['scheme'], readonly [Hue, LineLook['symbol']]>> = {
  native: ['grey', 'cross'],
  nested: ['purple', 'square'],
  shadow: ['yellow', 'triangle'],
  direct: ['green', 'diamond'],
  tpt: ['blue', 'circle'],
};
const DASHES = ['', '6 3', '2 3', '8 3 2 3'];

export function lineLook(variant: Variant, reports: readonly CostReport[]): LineLook {
  const [hue, symbol] = LINES[variant.scheme] ?? ['ink', 'star'];
  const siblings = reports.filter((r) => r.variant.scheme === variant.scheme).map((r) => r.variant.name);
  const at = Math.max(0, siblings.indexOf(variant.name));
  return { stroke: HUES[hue], dash: DASHES[at % DASHES.length], symbol };
}
