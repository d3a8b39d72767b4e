/**
 * Random scenarios that know their own outcome: while statements are drawn, a naive model (a map from page to
 * permission and contents, no tables) says what every load gives and which accesses fault. The text carries that as
 * `expect`, so that each run of it, under any scheme, checks the machine against the model.
 */

export interface GenerateOptions {
  /** Adds a host task that moves and takes frames all the while. */
  readonly host: boolean;
  readonly statements: number;
}

const PAGE = 4096;
/** Where the areas are: a small one, and one that holds two aligned 2 MiB pages and some. */
const AREAS = [
  { name: 'small', at: '0x10_0000_0000', pages: 6 },
  { name: 'large', at: '0x10_0020_0000', pages: 1027 },
] as const;
const PERMS = ['none', 'r', 'rw', 'rx', 'rwx'] as const;
type Perm = (typeof PERMS)[number];

interface ModelPage {
  readonly perm: Perm;
  /** Protection key: 1 and 2 are denied by the rights register now and then. */
  readonly key: number;
  /** By 8-byte word of the page; what is missing is 0. */
  readonly words: ReadonlyMap<number, string>;
}
/** Pages of an area, by number; a page that is missing was unmapped. */
type ModelArea = Map<number, ModelPage>;
interface Model {
  readonly areas: readonly ModelArea[];
  /** Rights of the keys, as `wrpkru` set them. */
  rights: number;
}
/** Key 1 without access, key 2 without stores; and both. */
const RIGHTS = [0, 0b00_01_00, 0b10_00_00, 0b10_01_00];
const VMS = ['web', 'db'] as const;

/** @param entropy what is chosen is taken from here, one number at a time; 0 when it is used up. */
export function generateScenario(entropy: readonly number[], options: GenerateOptions): string {
  return new Generator(entropy, options).scenario();
}

class Generator {
  private used = 0;
  private names = 0;

  constructor(
    private readonly entropy: readonly number[],
    private readonly options: GenerateOptions,
  ) {}

  scenario(): string {
    const vm = [
      'memory 16M',
      `backing ${this.pick(['contiguous', 'scattered', 'huge'])}`,
      `seed ${this.below(100)}`,
      `vcpus ${1 + this.below(2)}`,
      `profile ${this.pick(['hardware', 'prototype'])}`,
    ];
    const processes = 1 + this.below(2);
    return [
      `machine { memory 64M paging ${this.pick(['4-level', '5-level'])} tags ${this.pick(['asid', 'rmp'])} tlb ${this.pick(['tiny', 'skylake-sp', 'none'])} }`,
      ...VMS.map((name) => `vm ${name} { ${vm.join(' ')} }`),
      `schedule round-robin ${1 + this.below(4)}`,
      ...Array.from({ length: processes }, () => this.process()),
      ...(this.options.host ? [this.host()] : []),
    ].join('\n');
  }

  private process(): string {
    const name = `p${this.names++}`;
    const model: Model = { areas: AREAS.map(({ pages }) => pagesOf(pages)), rights: 0 };
    const lines = AREAS.map((a) => `  let ${a.name} = mmap(${a.pages} * 4K, rw, ${a.at})`);
    if (this.below(2) === 1) lines.push('  madvise(large, 1027 * 4K, hugepage)');
    this.body(lines, model, '  ', this.options.statements, 0);
    return `process ${name} in ${this.pick(VMS)} {\n${lines.join('\n')}\n}`;
  }

  private body(lines: string[], model: Model, indent: string, statements: number, depth: number): void {
    for (let i = 0; i < statements; i++) {
      const kind = this.below(18);
      if (kind < 5) lines.push(...this.access(model, 'write').map((l) => indent + l));
      else if (kind < 8) lines.push(...this.access(model, 'read').map((l) => indent + l));
      else if (kind === 8) lines.push(...this.access(model, 'fetch').map((l) => indent + l));
      else if (kind === 9 && depth < 2) {
        lines.push(`${indent}fork p${this.names++} {`);
        this.body(lines, copyOf(model), `${indent}  `, statements - i, depth + 1);
        lines.push(`${indent}}`);
      } else lines.push(indent + this.call(model, kind));
    }
    this.readBack(lines, model, indent);
    if (this.below(3) === 0) lines.push(`${indent}exit()`);
  }

  /** One load, store or fetch that the model allows, or that it knows to fault. */
  private access(model: Model, access: 'read' | 'write' | 'fetch'): string[] {
    const a = this.below(AREAS.length);
    const page = this.page(a);
    const word = this.below(512);
    const at = `${AREAS[a].name} + ${page} * 4K + ${word * 8}`;
    const found = model.areas[a].get(page);
    if (!found || !allows(model, found, access)) {
      const attempt = access === 'write' ? `write(${at}, 1)` : `${access}(${at})`;
      return [`expect fault page_fault at ${at} { ${attempt} }`];
    }
    if (access === 'fetch') return [`fetch(${at})`];
    if (access === 'read') return [`expect read(${at}) == ${found.words.get(word) ?? '0'}`];
    const value = String(1 + this.below(1_000_000));
    model.areas[a].set(page, { ...found, words: new Map(found.words).set(word, value) });
    return [`write(${at}, ${value})`];
  }

  private call(model: Model, kind: number): string {
    const a = this.below(AREAS.length);
    const whole = a === 1 && this.below(4) === 0;
    const first = whole ? this.pick([0, 512]) : this.page(a);
    const count = whole ? 512 : 1 + (a === 1 && this.below(2) === 0 ? this.below(600) : this.below(6));
    const pages = Array.from({ length: count }, (_, i) => first + i);
    const range = `${AREAS[a].name} + ${first} * 4K, ${count} * 4K`;
    const area = model.areas[a];
    switch (kind) {
      case 10:
        for (const p of pages) area.delete(p);
        return `munmap(${range})`;
      case 11:
        for (const p of pages) if (area.has(p)) area.set(p, { ...area.get(p)!, words: new Map() });
        return `madvise(${range}, dontneed)`;
      case 12:
        return `madvise(${range}, ${this.pick(['hugepage', 'nohugepage', 'pageout'])})`;
      case 13: {
        const kept = 1 + this.below(100);
        const vmalloc = `let k = vmalloc(${1 + this.below(3)} * 4K) write(k, ${kept}) expect read(k) == ${kept}`;
        return `kernel { ${this.pick([vmalloc, `remirror(${range})`, `invlpg(${AREAS[a].name})`, 'invpcid(2)', 'invpcid(3)'])} }`;
      }
      case 14: {
        const perm = this.pick(PERMS);
        const key = this.below(3);
        for (const p of pages) if (area.has(p)) area.set(p, { ...area.get(p)!, perm, key });
        return `pkey_mprotect(${range}, ${perm}, ${key})`;
      }
      case 15:
        model.rights = this.pick(RIGHTS);
        return `wrpkru(${model.rights})`;
      default: {
        const perm = this.pick(PERMS);
        for (const p of pages) if (area.has(p)) area.set(p, { ...area.get(p)!, perm });
        return `mprotect(${range}, ${perm})`;
      }
    }
  }

  /** Every word that was ever written is still what the model says. */
  private readBack(lines: string[], model: Model, indent: string): void {
    lines.push(`${indent}wrpkru(0)`);
    model.areas.forEach((area, a) => {
      for (const [page, { perm, words }] of area) {
        if (perm === 'none') continue;
        for (const [word, value] of words) {
          lines.push(`${indent}expect read(${AREAS[a].name} + ${page} * 4K + ${word * 8}) == ${value}`);
        }
      }
    });
  }

  private host(): string {
    const lines = Array.from({ length: this.options.statements * 2 }, () => {
      // The kernel's tables and the first pages lie low; the huge area from 2M.
      const gpa = (this.below(2) === 0 ? this.below(96) : this.below(4096)) * PAGE;
      const vm = this.pick(VMS);
      switch (this.below(8)) {
        case 0:
          return `back(${vm}, ${gpa})`;
        case 1:
          return `flush(${vm})`;
        case 6:
          return `share(${vm}, ${gpa}, ${this.pick(VMS)}, ${this.below(4096) * PAGE})`;
        case 7:
          return `unshare(${vm}, ${gpa})`;
        case 2:
        case 3:
          return `reclaim(${vm}, ${gpa})`;
        default:
          return `if map(${vm}, ${gpa} >> 12) != 0 { migrate(${vm}, ${gpa}) }`;
      }
    });
    return `host {\n${lines.map((line) => `  ${line}`).join('\n')}\n}`;
  }

  /** A page of an area: often the same few, and those at the edges of 2 MiB. */
  private page(area: number): number {
    const { pages } = AREAS[area];
    return area === 0 ? this.below(pages) : this.pick([0, 1, 2, 511, 512, 513, 1023, 1024, 1026, this.below(pages)]);
  }

  private pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)];
  }

  private below(bound: number): number {
    return (this.entropy[this.used++] ?? 0) % bound;
  }
}

const pagesOf = (count: number): ModelArea =>
  new Map(Array.from({ length: count }, (_, i) => [i, { perm: 'rw', key: 0, words: new Map<number, string>() }]));
const copyOf = ({ areas, rights }: Model): Model => ({ areas: areas.map((area) => new Map(area)), rights });

function allows({ rights }: Model, { perm, key }: ModelPage, access: 'read' | 'write' | 'fetch'): boolean {
  if (!perm.includes(access === 'read' ? 'r' : access === 'write' ? 'w' : 'x')) return false;
  const denied = (rights >> (2 * key)) & 3;
  return access === 'fetch' || ((denied & 1) === 0 && !(access === 'write' && (denied & 2) !== 0));
}
