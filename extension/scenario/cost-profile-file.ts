/** Cost profiles by name or from a file. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { COST_PROFILE_NAMES, costProfile, readProfile, type CostProfile } from '../../simulator/index';
import { badCostProfile, badLaunchValue, costProfileUnreadable, messageOf } from './errors';

/** What a cost profile is asked for with, in words. */
const CHOICES = `one of ${['none', ...COST_PROFILE_NAMES].join(', ')}, or the path of a profile file (.json)`;

/**
 * @param nameOrPath `skylake-sp`, `none` (gives null), or a path, which `folder` is the start of.
 * @param key how the value was asked for, for the error.
 * @throws UserError that names the file and the field.
 */
export function loadCostProfile(nameOrPath: string, folder: string, key: string): CostProfile | null {
  if (nameOrPath === 'none') return null;
  const bundled = costProfile(nameOrPath);
  if (bundled) return bundled;
  if (!/\.json$/i.test(nameOrPath)) throw badLaunchValue(key, nameOrPath, CHOICES);
  const path = resolve(folder, nameOrPath);
  const read = readProfile(parse(path));
  if ('problems' in read) throw badCostProfile(path, read.problems);
  return read.profile;
}

function parse(path: string): unknown {
  let text;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw costProfileUnreadable(path, messageOf(error));
  }
  try {
    return JSON.parse(text.replace(/^\uFEFF/, '')) as unknown;
  } catch (error) {
    throw badCostProfile(path, [{ field: '', message: `is not JSON: ${messageOf(error)}` }]);
  }
}
