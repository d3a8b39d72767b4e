/** The arguments of a launch request: checked, with defaults, unknown keys reported. */
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SCHEMES, type CostProfile, type RecordOptions, type RunOptions, type TagMode } from '../../simulator/index';
import { loadCostProfile } from './cost-profile-file';
import { badLaunchValue, missingScenario } from './errors';

export interface LaunchSettings {
  /** Absolute path. */
  readonly scenario: string;
  readonly stopOnEntry: boolean;
  /** Stop once more when all tasks have ended, so that the final state can be looked at. */
  readonly stopOnEnd: boolean;
  readonly noDebug: boolean;
  readonly options: RunOptions;
  /** Records the run, to go back in time; null: it does not. */
  readonly record: RecordOptions | null;
}

const MIB = 1 << 20;
/** MiB that the history of a run may take. */
const HISTORY_MEMORY = 256;
/** More than a process has is no limit. */
const MOST_HISTORY_MEMORY = 1 << 20;

export const TAG_MODES: readonly TagMode[] = ['off', 'asid', 'rmp'];

const OUR_KEYS = [
  'scenario',
  'stopOnEntry',
  'stopOnEnd',
  'seed',
  'scheme',
  'tags',
  'costProfile',
  'stepLimit',
  'record',
  'historyMemory',
  'noDebug',
];
/** Keys that clients add to every configuration. */
const CLIENT_KEYS = new Set([
  'type',
  'request',
  'name',
  'presentation',
  'internalConsoleOptions',
  'preLaunchTask',
  'postDebugTask',
  'serverReadyAction',
  'debugServer',
  'suppressMultipleSessionWarning',
  'windows',
  'linux',
  'osx',
  'trace',
  'cwd',
]);

/** Throws a UserError for a value that cannot be used; keys nobody knows become warnings. */
export function readLaunchArguments(args: Readonly<Record<string, unknown>>): {
  readonly settings: LaunchSettings;
  readonly warnings: readonly string[];
} {
  const noDebug = flag(args, 'noDebug', false);
  const scenario = scenarioPath(args['scenario']);
  const settings: LaunchSettings = {
    scenario,
    noDebug,
    stopOnEntry: flag(args, 'stopOnEntry', true) && !noDebug,
    stopOnEnd: flag(args, 'stopOnEnd', true) && !noDebug,
    options: readRunOptions(args, dirname(scenario)),
    record: readRecord(args, noDebug),
  };
  return { settings, warnings: Object.keys(args).filter(isUnknown).map(unknownKeyWarning) };
}

/**
 * The part that the command line shares with a launch configuration.
 * @param folder where the path of a cost profile begins.
 */
export function readRunOptions(args: Readonly<Record<string, unknown>>, folder: string): RunOptions {
  const seed = integer(args, 'seed', 0);
  const stepLimit = integer(args, 'stepLimit', 1);
  const scheme = choice(args, 'scheme', SCHEMES);
  const tags = choice(args, 'tags', TAG_MODES);
  const costs = costsOf(args['costProfile'], folder);
  return {
    ...(seed !== undefined && { seed }),
    ...(stepLimit !== undefined && { stepLimit }),
    ...(scheme !== undefined && { scheme }),
    ...(tags !== undefined && { tags }),
    ...(costs !== undefined && { costs }),
  };
}

/** Without debugging nobody goes back. */
function readRecord(args: Readonly<Record<string, unknown>>, noDebug: boolean): RecordOptions | null {
  const memory = integer(args, 'historyMemory', 1, MOST_HISTORY_MEMORY) ?? HISTORY_MEMORY;
  return flag(args, 'record', true) && !noDebug ? { memory: memory * MIB } : null;
}

function costsOf(value: unknown, folder: string): CostProfile | null | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw badLaunchValue('costProfile', value, 'the name or the path of a cost profile');
  return loadCostProfile(value, folder, 'costProfile');
}

function scenarioPath(value: unknown): string {
  if (value === undefined || value === '') throw missingScenario();
  if (typeof value !== 'string') throw badLaunchValue('scenario', value, 'the path of a .tpt file');
  return pathOf(value);
}

/** The absolute path for a path or a `file:` URI. */
export function pathOf(pathOrUri: string): string {
  return pathOrUri.startsWith('file:') ? fileURLToPath(pathOrUri) : resolve(pathOrUri);
}

function flag(args: Readonly<Record<string, unknown>>, key: string, fallback: boolean): boolean {
  const value = args[key];
  if (value === undefined || value === null) return fallback;
  if (typeof value !== 'boolean') throw badLaunchValue(key, value, 'true or false');
  return value;
}

function integer(
  args: Readonly<Record<string, unknown>>,
  key: string,
  least: number,
  most = Number.MAX_SAFE_INTEGER,
): number | undefined {
  const value = args[key];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < least || value > most) {
    const range = most === Number.MAX_SAFE_INTEGER ? `, ${least} or larger` : ` from ${least} to ${most}`;
    throw badLaunchValue(key, value, `a whole number${range}`);
  }
  return value;
}

function choice<T extends string>(
  args: Readonly<Record<string, unknown>>,
  key: string,
  choices: readonly T[],
): T | undefined {
  const value = args[key];
  if (value === undefined || value === null) return undefined;
  const found = choices.find((c) => c === value);
  if (found === undefined) throw badLaunchValue(key, value, `one of ${choices.join(', ')}`);
  return found;
}

function isUnknown(key: string): boolean {
  return !OUR_KEYS.includes(key) && !CLIENT_KEYS.has(key) && !key.startsWith('__');
}

function unknownKeyWarning(key: string): string {
  return `Launch key "${key}" is not known and was ignored. Known keys: ${OUR_KEYS.filter((k) => k !== 'noDebug').join(', ')}.`;
}
