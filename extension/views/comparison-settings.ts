/** What was compared last, kept for the next time. */
import { DEFAULT_SETTINGS, type CompareSettings } from '../protocol/compare-view';

/** Settings as they were kept; what cannot be used is as usual. */
export function readSettings(saved: unknown): CompareSettings {
  const { columns, profile, sweep } = (typeof saved === 'object' && saved !== null ? saved : {}) as Partial<
    Record<keyof CompareSettings, unknown>
  >;
  return {
    columns: isTexts(columns) && columns.length > 0 ? columns : DEFAULT_SETTINGS.columns,
    profile: typeof profile === 'string' ? profile : null,
    sweep: isSweep(sweep) ? sweep : null,
  };
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function isSweep(value: unknown): value is NonNullable<CompareSettings['sweep']> {
  if (typeof value !== 'object' || value === null) return false;
  const { parameter, values } = value as { readonly parameter?: unknown; readonly values?: unknown };
  return typeof parameter === 'string' && isTexts(values);
}
