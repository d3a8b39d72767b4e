import { closest } from '../../simulator/index';

/** `; did you mean "nested"?`, or nothing. */
export function guess(word: string, candidates: readonly string[]): string {
  const found = closest(word, candidates);
  return found === null ? '' : `; did you mean "${found}"?`;
}
