/**
 * What a processor with a TLB may answer: SDM vol. 3, 4.10 (caching translation information), with AMD APM
 * vol. 2, 5.5. A model of permissions, not of a cache: its list of cached translations is infinite, forgets
 * only what an invalidation obliges a processor to forget, and holds all that a processor may have kept. So each
 * access has a *set* of permitted outcomes; a real TLB must always produce one of them.
 *
 * Only translations that an access of the program has used can be cached: the machine under test does not
 * speculate. Anything smaller, evicting or flushing more stays within the set.
 */
import type { WalkIn } from '../vectors';
import type { AccessOp, ControlOp, TlbCpu, TlbProgram } from './tlb-program';
import { refuse } from './rights';
import { D, G, RW, US, XD, frameAddress, isCanonical, naiveAccess, naiveAccessFrom, reach, rootOf } from './walker';
import type { EntryWrite, Memory, NaiveCpu, NaiveResult, Rights, WalkStart } from './walker';

/** A TLB entry (4.10.2.2). `va` is the first address of the page. */
export interface CachedTranslation {
  readonly pcid: number;
  /** 4.10.2.4: usable under every PCID. */
  readonly global: boolean;
  readonly va: bigint;
  readonly pageSize: bigint;
  readonly base: bigint;
  readonly rights: Rights;
  readonly key: bigint;
  readonly dirty: boolean;
}

/** An entry of a paging-structure cache (4.10.3.1): it leads to a table. G means nothing in it. */
export interface CachedUpper {
  readonly pcid: number;
  /** First address and number of bytes that the entry covers. */
  readonly va: bigint;
  readonly size: bigint;
  readonly start: WalkStart;
}

/** One thing that may happen. `writes` must happen with it; `mayWrite` (A of upper entries) may. */
export interface Outcome {
  /** 'walk' from CR3, 'upper' from a cached upper entry, 'tlb' without a walk. */
  readonly source: 'walk' | 'upper' | 'tlb';
  readonly result: Pick<NaiveResult, 'fault' | 'errorCode' | 'pa' | 'writes' | 'mayWrite'>;
  /** What it leaves cached. */
  readonly fills?: { readonly translation: CachedTranslation; readonly uppers: readonly CachedUpper[] };
}

export interface TlbOptions {
  /**
   * Whether a page fault may come from a stale cached translation (4.10.4.3: "spurious"; Intel). AMD walks
   * again before it reports (APM 5.5.2), so a fault there is always what memory says now. Default true.
   */
  readonly spuriousFaults?: boolean;
}

const covers = (from: bigint, size: bigint, va: bigint): boolean => va >= from && va < from + size;

export class NaiveTlb {
  readonly memory: Memory;
  translations: CachedTranslation[] = [];
  uppers: CachedUpper[] = [];
  private readonly cpu: TlbCpu;
  private readonly spurious: boolean;
  private root: bigint;
  private pcid: number;

  constructor(program: Omit<TlbProgram, 'ops'>, options: TlbOptions = {}) {
    this.cpu = program.cpu;
    this.memory = new Map(program.entries.map(([address, value]) => [BigInt(address), BigInt(value)]));
    this.root = BigInt(program.root);
    this.pcid = program.pcid;
    this.spurious = options.spuriousFaults ?? true;
  }

  /** Everything that this access may do now. The first is what memory says: the fresh outcome. */
  permitted(op: AccessOp): Outcome[] {
    const va = BigInt(op.va);
    const cpu = this.cpuFor(op);
    const fresh = this.walk(cpu, va, op.access, rootOf(cpu), 'walk');
    if (!isCanonical(va, cpu.levels)) return [fresh];
    const stale: Outcome[] = [];
    for (const upper of this.uppers) {
      if (upper.pcid !== this.pcid || !covers(upper.va, upper.size, va)) continue;
      stale.push(this.walk(cpu, va, op.access, upper.start, 'upper'));
    }
    for (const cached of this.translations) {
      if (!this.usable(cached, va)) continue;
      const hit = throughTlb(cached, cpu, va, op.access);
      if (hit !== null) stale.push(hit);
    }
    const allowed = stale.filter((outcome) => this.spurious || outcome.result.fault === null);
    return distinct([fresh, ...allowed]);
  }

  /** True if nothing but the fresh outcome is permitted: what a proper invalidation must bring about. */
  onlyFresh(op: AccessOp): boolean {
    return new Set(this.permitted(op).map(visible)).size === 1;
  }

  /**
   * The access has happened, with one of `outcomes` (all those that cannot be told apart from outside),
   * and memory is now `memory`. Where they cannot be told apart, all of what they leave cached may be there.
   */
  settle(op: AccessOp, outcomes: readonly Outcome[], memory: Iterable<EntryWrite>): void {
    for (const [address, value] of memory) this.memory.set(address, value);
    if (outcomes.some((outcome) => outcome.result.fault === '#PF')) {
      this.afterPageFault(op);
      return;
    }
    for (const { fills } of outcomes) {
      if (fills === undefined) continue;
      addDistinct(this.translations, fills.translation);
      for (const upper of fills.uppers) addDistinct(this.uppers, upper);
    }
  }

  control(op: ControlOp): void {
    switch (op.op) {
      case 'setEntry':
        this.memory.set(BigInt(op.address), BigInt(op.value));
        return;
      case 'invlpg':
        this.invlpg(BigInt(op.va));
        return;
      case 'invpcid':
        this.invpcid(op.type, op.pcid, BigInt(op.va));
        return;
      case 'loadCr3':
        this.root = BigInt(op.root);
        this.pcid = op.pcid;
        // 4.10.4.1: without bit 63 all of the new PCID goes, but for global translations.
        if (!op.noFlush) this.forgetPcid(op.pcid);
    }
  }

  /**
   * 4.10.4.1: the page's translations of the current PCID, its global ones whatever their PCID, and all
   * paging-structure caches of the current PCID, whatever the address. A large page goes as a whole (4.10.2.3).
   */
  private invlpg(va: bigint): void {
    this.translations = this.translations.filter((cached) => !this.usable(cached, va));
    this.uppers = this.uppers.filter((upper) => upper.pcid !== this.pcid);
  }

  /** 4.10.4.1. More may be invalidated; this is what must be. */
  private invpcid(type: 0 | 1 | 2 | 3, pcid: number, va: bigint): void {
    switch (type) {
      case 0:
        this.translations = this.translations.filter(
          (cached) => cached.global || cached.pcid !== pcid || !covers(cached.va, cached.pageSize, va),
        );
        // "Mappings ... that would be used to translate the linear address": of the caches only these.
        this.uppers = this.uppers.filter((upper) => upper.pcid !== pcid || !covers(upper.va, upper.size, va));
        return;
      case 1:
        this.forgetPcid(pcid);
        return;
      case 2:
        this.translations = [];
        this.uppers = [];
        return;
      case 3:
        this.translations = this.translations.filter((cached) => cached.global);
        this.uppers = [];
    }
  }

  /**
   * 4.10.4.1: a page fault invalidates what would be used for its address under the current PCID, so
   * that it does not recur once memory no longer causes it. (APM 5.5.2 says the same of upper entries.)
   * Unlike INVLPG it spares cached upper entries for other addresses. The text says "current PCID" without
   * a word on global translations made under another: those must go only if they refuse this very access.
   */
  private afterPageFault(op: AccessOp): void {
    const va = BigInt(op.va);
    const cpu = this.cpuFor(op);
    this.translations = this.translations.filter((cached) => {
      if (!this.usable(cached, va)) return true;
      return cached.pcid !== this.pcid && refuse(cpu, cached.rights, cached.key, op.access) === null;
    });
    this.uppers = this.uppers.filter((upper) => upper.pcid !== this.pcid || !covers(upper.va, upper.size, va));
  }

  private forgetPcid(pcid: number): void {
    this.translations = this.translations.filter((cached) => cached.global || cached.pcid !== pcid);
    this.uppers = this.uppers.filter((upper) => upper.pcid !== pcid);
  }

  private usable(cached: CachedTranslation, va: bigint): boolean {
    return (cached.global || cached.pcid === this.pcid) && covers(cached.va, cached.pageSize, va);
  }

  private cpuFor(op: AccessOp): NaiveCpu {
    const { user, ac, wp } = op;
    return { ...this.cpu, user, ac, wp, pkru: BigInt(op.pkru), cr3: this.root | BigInt(this.pcid) };
  }

  private walk(
    cpu: NaiveCpu,
    va: bigint,
    access: WalkIn['access'],
    start: WalkStart,
    source: 'walk' | 'upper',
  ): Outcome {
    const result =
      source === 'walk'
        ? naiveAccess(this.memory, cpu, va, access)
        : naiveAccessFrom(this.memory, cpu, va, access, start);
    const { leaf } = result;
    if (result.fault !== null || leaf === undefined) return { source, result };
    const uppers: CachedUpper[] = [];
    let rights = start.rights;
    for (const step of result.steps.slice(0, -1)) {
      rights = {
        writable: rights.writable && (step.value & RW) !== 0n,
        userAddress: rights.userAddress && (step.value & US) !== 0n,
        noExecute: rights.noExecute || (step.value & XD) !== 0n,
      };
      const size = reach(step.level);
      const next = { level: step.level - 1, table: frameAddress(step.value), rights };
      uppers.push({ pcid: this.pcid, va: va - (va % size), size, start: next });
    }
    const translation: CachedTranslation = {
      pcid: this.pcid,
      global: (leaf.value & G) !== 0n,
      va: va - (va % leaf.pageSize),
      pageSize: leaf.pageSize,
      base: leaf.base,
      rights: leaf.rights,
      key: leaf.key,
      // The walk itself sets D if the access is a write.
      dirty: (leaf.value & D) !== 0n || access === 'write',
    };
    return { source, result, fills: { translation, uppers } };
  }
}

/**
 * An access by a cached translation: no store to memory at all. A write through one whose D is 0 is not
 * possible (4.8: D must be set in memory, for which the processor walks), so null.
 */
function throughTlb(cached: CachedTranslation, cpu: NaiveCpu, va: bigint, access: WalkIn['access']): Outcome | null {
  const errorCode = refuse(cpu, cached.rights, cached.key, access);
  if (errorCode !== null) {
    return { source: 'tlb', result: { fault: '#PF', errorCode, writes: [], mayWrite: [] } };
  }
  if (access === 'write' && !cached.dirty) return null;
  const pa = cached.base + (va - cached.va);
  return { source: 'tlb', result: { fault: null, pa, writes: [], mayWrite: [] } };
}

const keyOf = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? `${part}n` : part));

/** What can be told from outside. (A of upper entries after a fault is anybody's choice.) */
function visible(outcome: Outcome): string {
  const { fault, errorCode, pa, writes } = outcome.result;
  return keyOf([fault, errorCode, pa, writes]);
}

/** Without repetitions, first ones kept. `source` and the steps of a walk do not distinguish outcomes. */
function distinct(outcomes: readonly Outcome[]): Outcome[] {
  const seen = new Map<string, Outcome>();
  for (const outcome of outcomes) {
    const key = keyOf([visible(outcome), outcome.result.mayWrite, outcome.fills]);
    if (!seen.has(key)) seen.set(key, outcome);
  }
  return [...seen.values()];
}

function addDistinct<T>(list: T[], item: T): void {
  const key = keyOf(item);
  if (!list.some((other) => keyOf(other) === key)) list.push(item);
}
