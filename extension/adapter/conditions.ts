/** The three texts that refine a breakpoint: condition, hit count, log message. */
import type { Evaluation } from '../../simulator/index';

export type Evaluate = (text: string) => Evaluation;

// --- hit counts --------------------------------------------------------------------------------------------------

/** Says whether the Nth hit counts. */
export type HitTest = (hits: number) => boolean;

const HIT_TESTS: Readonly<Record<string, (hits: number, n: number) => boolean>> = {
  '==': (hits, n) => hits === n,
  '>=': (hits, n) => hits >= n,
  '>': (hits, n) => hits > n,
  '<=': (hits, n) => hits <= n,
  '<': (hits, n) => hits < n,
  '%': (hits, n) => hits % n === 0,
};

/** Reads `5`, `==5`, `>=5`, `>5`, `<=5`, `<5`, `%5`; null if the text is none of these. */
export function parseHitCondition(text: string): HitTest | null {
  const match = /^\s*(==?|>=|>|<=|<|%)?\s*(\d+)\s*$/.exec(text);
  if (!match) return null;
  const n = Number(match[2]);
  const test = HIT_TESTS[operatorOf(match[1])];
  if (!test || !Number.isSafeInteger(n) || (match[1] === '%' && n === 0)) return null;
  return (hits) => test(hits, n);
}

function operatorOf(text: string | undefined): string {
  return text === undefined || text === '=' ? '==' : text;
}

// --- conditions --------------------------------------------------------------------------------------------------

/** Zero and false are false, any other value is true. */
export function isTrue(value: string): boolean {
  return !/^(false|-?0+|0x[0_]+)(\s|$)/i.test(value.trim());
}

// --- log messages ------------------------------------------------------------------------------------------------

/** Replaces `{expression}` by its value; `\{` is a brace. What cannot be evaluated stays visible, with the reason. */
export function formatLogMessage(message: string, evaluate: Evaluate): string {
  return message.replace(
    /\\([{}\\])|\{([^{}]*)\}/g,
    (_, escaped: string | undefined, expression: string | undefined) => {
      if (escaped !== undefined) return escaped;
      const result = evaluate(expression ?? '');
      return result.ok ? result.value : `{${expression ?? ''}: ${result.error}}`;
    },
  );
}
