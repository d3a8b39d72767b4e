import type { CostProfile } from './profile';
import skylakeSp from './profiles/skylake-sp.json';
import zen3 from './profiles/zen3.json';
import { readProfile } from './read-profile';

const PROFILES: ReadonlyMap<string, CostProfile> = new Map(
  [skylakeSp, zen3].map((json) => {
    const read = readProfile(json);
    if ('problems' in read)
      throw new Error(`${json.name}: ${read.problems.map((p) => `${p.field} ${p.message}`).join('; ')}`);
    return [read.profile.name, read.profile];
  }),
);

/** Cost profiles that come with the simulator, by name. */
export const COST_PROFILE_NAMES: readonly string[] = [...PROFILES.keys()];

/** A profile that comes with the simulator; null if there is none of this name. */
export function costProfile(name: string): CostProfile | null {
  return PROFILES.get(name) ?? null;
}
