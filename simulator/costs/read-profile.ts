/** From the JSON of a profile file to a cost profile, or to everything that is wrong with it. */
import { closest } from '../language/suggest';
import type { TlbArray } from '../language/program';
import { WORK_KINDS, type WorkKind } from './causes';
import type { CacheConfig, CostProfile, Figure, StructureCacheConfig } from './profile';

export interface ProfileProblem {
  /** Path in the file: `caches.l1.ways`, `tlb[0].entries`; empty for the file itself. */
  readonly field: string;
  readonly message: string;
}

type Bag = Readonly<Record<string, unknown>>;

/** What a figure may be. Bounds keep a slip of the pen from asking for gigabytes. */
interface Rule {
  readonly whole: boolean;
  readonly least: number;
  readonly most: number;
}

const LINE = 64;
const count = (least: number, most: number): Rule => ({ whole: true, least, most });
const TLB_ENTRIES = count(1, 2 ** 20);
const STRUCTURE_ENTRIES = count(0, 4096);
const NESTED_ENTRIES = count(0, 2 ** 16);
const WAYS = count(1, 2 ** 20);
const CACHE_BYTES = count(LINE, 2 ** 32);
const CYCLES: Rule = { whole: false, least: 0, most: 1e9 };
const CLOCK: Rule = { whole: false, least: 0.01, most: 100 };

const TLB_LEVELS = [1, 2] as const;
const TLB_USES = ['data', 'instruction', 'unified'] as const;
const PAGE_SIZES = ['4K', '2M', '1G'] as const;

/** @param json a profile file, parsed. All problems are found at once, each with the path of its field. */
export function readProfile(
  json: unknown,
): { readonly profile: CostProfile } | { readonly problems: readonly ProfileProblem[] } {
  const reader = new ProfileReader();
  const profile = reader.profile(json);
  return reader.problems.length > 0 ? { problems: reader.problems } : { profile };
}

/** Goes on after a problem with a value that does no harm: the result is used only where there was none. */
class ProfileReader {
  readonly problems: ProfileProblem[] = [];
  private readonly figures: Record<string, Figure> = {};

  profile(json: unknown): CostProfile {
    const bag = this.object(
      json,
      '',
      ['name', 'title', 'ghz', 'tlb', 'structureCaches', 'nestedTlb', 'caches', 'cycles'],
      ['$schema'],
    );
    const name = this.text(bag, '', 'name');
    if (name !== '' && !/^[a-z][a-z0-9-]*$/.test(name))
      this.problem('name', 'must be small letters, digits and hyphens, and begin with a letter');
    return {
      name,
      title: this.text(bag, '', 'title'),
      ghz: this.figure(bag, '', 'ghz', CLOCK),
      tlb: this.tlb(bag),
      structureCaches: this.structureCaches(bag),
      nestedTlb: this.nestedTlb(bag),
      caches: this.caches(bag),
      cycles: this.cycles(bag),
      figures: this.figures,
    };
  }

  private tlb(outer: Bag): TlbArray[] {
    const list = outer['tlb'];
    if (list === undefined) return [];
    if (!Array.isArray(list)) {
      this.problem('tlb', 'must be a list of TLB arrays');
      return [];
    }
    return list.map((item: unknown, i) => {
      const path = `tlb[${i}]`;
      const bag = this.object(item, path, ['level', 'use', 'sizes', 'entries', 'ways']);
      const entries = this.figure(bag, path, 'entries', TLB_ENTRIES);
      const ways = this.figure(bag, path, 'ways', WAYS);
      this.checkWays(path, entries, ways);
      return {
        level: this.choice(bag, path, 'level', TLB_LEVELS),
        use: this.choice(bag, path, 'use', TLB_USES),
        sizes: this.sizes(bag, path),
        entries,
        ways,
      };
    });
  }

  private sizes(bag: Bag, path: string): TlbArray['sizes'] {
    const list: unknown = bag['sizes'];
    if (list === undefined) return [];
    const known = Array.isArray(list) ? PAGE_SIZES.filter((size) => list.includes(size)) : [];
    if (!Array.isArray(list) || list.length === 0 || known.length !== list.length)
      this.problem(`${path}.sizes`, 'must list page sizes, each once: "4K", "2M", "1G"');
    return known;
  }

  private structureCaches(outer: Bag): CostProfile['structureCaches'] {
    const path = 'structureCaches';
    const bag = this.part(outer, '', path, ['guest', 'nested', 'hit']);
    const levels = (key: string): StructureCacheConfig => {
      const of = this.part(bag, path, key, ['l5', 'l4', 'l3', 'l2']);
      const entries = (level: string): number => this.figure(of, `${path}.${key}`, level, STRUCTURE_ENTRIES);
      return { l5: entries('l5'), l4: entries('l4'), l3: entries('l3'), l2: entries('l2') };
    };
    return { guest: levels('guest'), nested: levels('nested'), hit: this.figure(bag, path, 'hit', CYCLES) };
  }

  private nestedTlb(outer: Bag): CostProfile['nestedTlb'] {
    const path = 'nestedTlb';
    const bag = this.part(outer, '', path, ['entries', 'hit']);
    return { entries: this.figure(bag, path, 'entries', NESTED_ENTRIES), hit: this.figure(bag, path, 'hit', CYCLES) };
  }

  private caches(outer: Bag): CostProfile['caches'] {
    const bag = this.part(outer, '', 'caches', ['l1', 'l2', 'llc', 'memory']);
    const l1 = this.cache(bag, 'l1');
    const l2 = this.cache(bag, 'l2');
    const llc = this.cache(bag, 'llc');
    return { l1, l2, llc, memory: this.figure(bag, 'caches', 'memory', CYCLES) };
  }

  private cache(outer: Bag, key: string): CacheConfig {
    const path = `caches.${key}`;
    const bag = this.part(outer, 'caches', key, ['bytes', 'ways', 'latency']);
    const bytes = this.figure(bag, path, 'bytes', CACHE_BYTES);
    const ways = this.figure(bag, path, 'ways', WAYS);
    const sets = bytes / LINE / ways;
    if (this.has(`${path}.bytes`) && this.has(`${path}.ways`) && !Number.isInteger(Math.log2(sets)))
      this.problem(
        `${path}.bytes`,
        `${bytes} bytes in ${ways} ways of ${LINE}-byte lines give ${sets} sets; they must be a power of two`,
      );
    return { bytes, ways, latency: this.figure(bag, path, 'latency', CYCLES) };
  }

  private checkWays(path: string, entries: number, ways: number): void {
    if (!this.has(`${path}.entries`) || !this.has(`${path}.ways`) || entries % ways === 0) return;
    this.problem(`${path}.ways`, `${ways} ways do not divide ${entries} entries`);
  }

  private cycles(outer: Bag): CostProfile['cycles'] {
    const bag = this.part(outer, '', 'cycles', ['tlbL2Hit', 'exit', 'work']);
    const kinds = this.part(bag, 'cycles', 'work', WORK_KINDS);
    const work = Object.fromEntries(
      WORK_KINDS.map((kind) => [kind, this.figure(kinds, 'cycles.work', kind, CYCLES)]),
    ) as Record<WorkKind, number>;
    return {
      tlbL2Hit: this.figure(bag, 'cycles', 'tlbL2Hit', CYCLES),
      exit: this.figure(bag, 'cycles', 'exit', CYCLES),
      work,
    };
  }

  /** An object inside another; one that is not there has been reported with the outer one. */
  private part(outer: Bag, path: string, key: string, keys: readonly string[]): Bag {
    return outer[key] === undefined ? {} : this.object(outer[key], join(path, key), keys);
  }

  /** Reports unknown and missing fields. */
  private object(value: unknown, path: string, keys: readonly string[], optional: readonly string[] = []): Bag {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      this.problem(path, `must be an object with ${keys.join(', ')}`);
      return {};
    }
    const bag = value as Bag;
    for (const key of Object.keys(bag)) {
      if (keys.includes(key) || optional.includes(key)) continue;
      const missing = [...keys, ...optional].filter((candidate) => !Object.hasOwn(bag, candidate));
      const guess = closest(key, missing);
      this.problem(
        join(path, key),
        `is not known here${guess === null ? `; the fields are ${[...keys, ...optional].join(', ')}` : `. Did you mean "${guess}"?`}`,
      );
    }
    for (const key of keys) if (bag[key] === undefined) this.problem(join(path, key), 'is missing');
    return bag;
  }

  private text(bag: Bag, path: string, key: string): string {
    const value = bag[key];
    if (value === undefined) return '';
    if (typeof value === 'string' && value.trim() !== '') return value;
    this.problem(join(path, key), 'must be a text that is not empty');
    return '';
  }

  private choice<T>(bag: Bag, path: string, key: string, choices: readonly T[]): T {
    const found = choices.find((choice) => choice === bag[key]);
    if (found === undefined && bag[key] !== undefined)
      this.problem(join(path, key), `must be one of ${choices.map((choice) => JSON.stringify(choice)).join(', ')}`);
    return found ?? choices[0];
  }

  /** A number with its source; the least allowed one if there is a problem. */
  private figure(outer: Bag, outerPath: string, key: string, rule: Rule): number {
    const path = join(outerPath, key);
    if (outer[key] === undefined) return rule.least;
    if (typeof outer[key] === 'number') {
      this.problem(path, `must be written with its source: { "value": ${outer[key]}, "source": "…" }`);
      return rule.least;
    }
    const before = this.problems.length;
    const bag = this.object(outer[key], path, ['value', 'source'], ['assumed']);
    const source = this.text(bag, path, 'source');
    const { value, assumed } = bag;
    if (assumed !== undefined && typeof assumed !== 'boolean') this.problem(`${path}.assumed`, 'must be true or false');
    if (value !== undefined) this.number(value, path, rule);
    if (this.problems.length > before) return rule.least;
    this.figures[path] = { value: value as number, source, ...(assumed === true && { assumed }) };
    return value as number;
  }

  private number(value: unknown, path: string, rule: Rule): void {
    if (typeof value !== 'number' || !Number.isFinite(value)) this.problem(path, 'must be a number');
    else if (rule.whole && !Number.isInteger(value)) this.problem(path, `is ${value}; it must be a whole number`);
    else if (value < rule.least || value > rule.most)
      this.problem(path, `is ${value}; it must be from ${rule.least} to ${rule.most}`);
  }

  private has(path: string): boolean {
    return Object.hasOwn(this.figures, path);
  }

  private problem(field: string, message: string): void {
    this.problems.push({ field, message });
  }
}

const join = (path: string, key: string): string => (path === '' ? key : `${path}.${key}`);
