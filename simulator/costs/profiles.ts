/** Cost profiles that come with the simulator, by name. */
export const COST_PROFILE_NAMES: readonly string[] = ['skylake-sp', 'zen3'];
