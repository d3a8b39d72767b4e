import type { TranslationRow } from './types';

type Test = (row: TranslationRow) => boolean;

/** Parses a filter of the Translations view. @returns a test, or what is wrong with the filter. */
export function parseFilter(text: string): { test: Test; error: null } | { test: null; error: string } {
  const tests: Test[] = [];
  for (const word of text.trim().split(/\s+/)) {
    if (word === '') continue;
    const negated = word.startsWith('!');
    const test = parseWord(negated ? word.slice(1) : word);
    if (typeof test === 'string') return { test: null, error: test };
    tests.push(negated ? (row) => !test(row) : test);
  }
  return { test: (row) => tests.every((t) => t(row)), error: null };
}

function parseWord(word: string): Test | string {
  if (word === 'wrong') return (row) => row.wrong.length > 0;
  if (word === 'changed') return (row) => row.changed.length > 0;
  const colon = word.indexOf(':');
  const key = colon < 0 ? 'va' : word.slice(0, colon).toLowerCase();
  let value = colon < 0 ? word : word.slice(colon + 1);
  const negated = value.startsWith('!');
  if (negated) value = value.slice(1);
  const wrap = (test: Test): Test => (negated ? (row) => !test(row) : test);
  switch (key) {
    case 'perm': {
      if (!/^[rwxus]+$/.test(value)) return `perm: takes letters of r, w, x, u, s; not "${value}"`;
      return wrap((row) => Array.from(value).every((letter) => row.perm.text.includes(letter)));
    }
    case 'owner': {
      const wanted = value.toLowerCase();
      return wrap(
        (row) => row.owner !== null && (row.owner.name.toLowerCase() === wanted || String(row.owner.asid) === wanted),
      );
    }
    case 'size': {
      const size = value.toUpperCase();
      return ['4K', '2M', '1G'].includes(size)
        ? wrap((row) => row.pageSize === size)
        : `size: takes 4K, 2M or 1G; not "${value}"`;
    }
    case 'va':
    case 'pa':
    case 'gpa': {
      const digits = value
        .toLowerCase()
        .replace(/…|\.\.\.$/g, '')
        .replace(/^0x/, '');
      if (!/^[0-9a-f]*$/.test(digits)) return `${key}: takes hex digits; not "${value}"`;
      const open = /…|\.\.\.$/.test(value);
      return wrap((row) => {
        const text = key === 'va' ? row.gva : key === 'pa' ? row.hpa : row.gpa;
        if (text === null) return false;
        if (open) return text.replace(/^0x0*/, '').startsWith(digits.replace(/^0+/, ''));
        // A whole address: the row that covers it.
        const at = BigInt(`0x${digits || '0'}`);
        const start = BigInt(text);
        return (at >= start && at < start + BigInt(row.bytes)) || text.includes(digits);
      });
    }
    default:
      return `there is no filter "${key}:"; there are perm:, owner:, size:, va:, pa:, gpa:, wrong and changed`;
  }
}
