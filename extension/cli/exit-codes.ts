/** All expectations hold. */
export const HOLDS = 0;
/** An expectation fails, or a run could not come to its end. */
export const FAILS = 1;
/** Bad input: arguments, a file, a scenario. */
export const BAD_INPUT = 2;

/** Ctrl+C, as shells number it. */
export const INTERRUPTED = 130;

export type ExitCode = typeof HOLDS | typeof FAILS | typeof BAD_INPUT | typeof INTERRUPTED;
