import type { FaultRecord } from '../../history/faults';
import type { Steps } from '../../history/journal';
import type { Attempt, Verdict } from '../../machine/access';
import { pageFaultReason } from '../../machine/access';
import type { Vcpu } from '../../machine/vcpu';
import { PF_P, tableIndex } from '../../paging/format';
import { Access, WalkFault } from '../../paging/walk';
import { hex, type Frame, type GuestFrame } from '../../units';
import { vmExit } from '../exits';
import type { Host } from '../host';
import type { Finding, Intercepts } from '../intercepts';
import { peekNested } from '../nested';
import { setRoot } from '../roots';
import type { Vm } from '../vm';
import { handleShadowFault } from './fault';
import { Filler } from './fill';
import { GuestTables, rootOf } from './guest-tables';
import type { ShadowPage } from './page';
import { ShadowPages } from './pages';
import { Sync } from './sync';

/**
 * Shadow paging as KVM does it (Linux, Documentation/virt/kvm/x86/mmu.rst): the processor walks tables gVA→hPA that the
 * host derives from the guest's own, entry by entry, when an access misses. The guest's tables are write-protected, or
 * (those of level 1) left out of sync until INVLPG, a flush or a CR3 load. The VM's nested table is only the host's book.
 */
export class ShadowPaging implements Intercepts {
  readonly pages: ShadowPages;
  readonly tables: GuestTables;
  readonly sync: Sync;
  readonly filler: Filler;
  /** Guest root that each PCID was last loaded with. */
  private readonly roots = new Map<number, GuestFrame>();

  constructor(
    readonly host: Host,
    readonly vm: Vm,
  ) {
    const home = (gfn: GuestFrame): Frame => this.home(gfn);
    this.pages = new ShadowPages(host, vm);
    this.tables = new GuestTables(host.memory, host.tags, vm);
    this.sync = new Sync(this.pages, this.tables, home, (entries) => {
      vm.events.did('shadow-resync', entries);
    });
    this.filler = new Filler(this.pages, this.sync, home);
  }

  /** Where a guest frame lives by the host's book, or -1. */
  home(gfn: GuestFrame): Frame {
    return peekNested(this.host.memory, this.vm, gfn);
  }

  *loadRoot(cpu: Vcpu, rootGfn: GuestFrame, pcid: number, keep: boolean): Steps<void> {
    const { journal } = this.host;
    yield* journal.enter('shadow_cr3', `load CR3 with the root in gfn ${hex(rootGfn)}`);
    yield* vmExit(journal, this.vm, 'cr3-load');
    yield* journal.step('find-root');
    this.roots.set(pcid, rootGfn);
    const cached = this.pages.find(rootGfn, cpu.mode.levels);
    journal.note(
      cached ? `its shadow root is frame ${hex(cached.hfn)}` : 'the root is new: it gets an empty shadow root',
    );
    yield* journal.step('resync');
    if (cached) this.note(this.sync.resyncUnder(cached));
    const root = this.root(cpu, rootGfn);
    this.settle();
    yield* journal.step('load-cr3');
    setRoot(cpu, 'shadow', root?.hfn ?? this.pages.empty, -1, pcid, keep);
    yield* journal.step('resume');
    journal.leave();
  }

  *invlpg(_cpu: Vcpu, pcid: number, hi: number, lo: number): Steps<void> {
    const { journal } = this.host;
    yield* journal.enter('shadow_invlpg', 'INVLPG');
    yield* vmExit(journal, this.vm, 'invlpg');
    yield* journal.step('resync');
    let page = this.rootOfPcid(pcid);
    while (page && page.level > 1) page = this.pages.below(page, tableIndex(hi, lo, page.level));
    if (page) this.sync.resyncEntry(page, tableIndex(hi, lo, 1));
    this.settle();
    yield* journal.step('resume');
    journal.leave();
  }

  *flush(_cpu: Vcpu, pcid: number | null): Steps<void> {
    const { journal } = this.host;
    yield* journal.enter('shadow_flush', pcid === null ? 'flush all PCIDs' : `flush PCID ${pcid}`);
    yield* vmExit(journal, this.vm, 'cr3-load');
    yield* journal.step('resync');
    const root = pcid === null ? undefined : this.rootOfPcid(pcid);
    if (pcid === null) this.note(this.sync.resyncAll());
    else if (root) this.note(this.sync.resyncUnder(root));
    this.settle();
    yield* journal.step('resume');
    journal.leave();
  }

  examine(attempt: Attempt): Finding {
    const missing = this.tables.run(attempt);
    const { walk } = this.tables;
    const { errorCode } = attempt.cpu.walk;
    if (missing >= 0)
      return {
        kind: 'shadow_miss',
        errorCode,
        why: `gfn ${hex(missing)}, a table of the guest, is not backed`,
        walk: null,
      };
    if (walk.fault !== WalkFault.None) {
      const why = pageFaultReason(walk.errorCode);
      return { kind: 'page_fault', errorCode: walk.errorCode, why, walk: this.tables.copy(attempt) };
    }
    const gfn = this.tables.result;
    if (attempt.access === Access.Write && this.pages.isProtected(gfn))
      return { kind: 'shadow_write', errorCode, why: `gfn ${hex(gfn)} is a table that the host shadows`, walk: null };
    const why =
      (errorCode & PF_P) === 0
        ? `no shadow entry; the guest maps gfn ${hex(gfn)}`
        : attempt.access === Access.Write
          ? `first store through this entry to gfn ${hex(gfn)}`
          : `the shadow entry is older than the guest's, which maps gfn ${hex(gfn)}`;
    return { kind: 'shadow_miss', errorCode, why, walk: null };
  }

  pageFault(attempt: Attempt, record: FaultRecord, deliver: (errorCode: number) => Steps<Verdict>): Steps<Verdict> {
    return handleShadowFault(this, attempt, record, deliver);
  }

  /** The host flushes TLBs itself, in its own time. */
  unmapped(gfn: GuestFrame): void {
    const { stale } = this.pages;
    this.pages.dropLeaves(gfn);
    this.pages.zapTable(gfn);
    this.pages.stale = stale;
  }

  shadowRoot(rootGfn: GuestFrame): Frame {
    return this.pages.find(rootGfn, this.vm.vcpus[0].mode.levels)?.hfn ?? -1;
  }

  /** A store that the host carried out for the guest: what was derived from the entries it hit is derived again when needed. */
  wrote(gfn: GuestFrame, offset: number, bytes: number): void {
    for (const page of this.pages.of(gfn))
      for (let i = offset >>> 3; i <= (offset + bytes - 1) >>> 3; i++) this.pages.drop(page, i);
    this.settle();
  }

  /** The shadow page of a guest root, made if there is none. @returns null if the host has no frame for it. */
  root(cpu: Vcpu, rootGfn: GuestFrame = rootOf(cpu)): ShadowPage | null {
    const found = this.pages.find(rootGfn, cpu.mode.levels);
    if (found) return found;
    this.pages.makeRoom(1);
    return this.filler.table(rootGfn, cpu.mode.levels);
  }

  /** Flushes TLBs if an entry lost rights: to be called before the guest goes on. */
  settle(): void {
    if (!this.pages.stale) return;
    this.pages.stale = false;
    this.host.flushAsid(this.vm);
  }

  private rootOfPcid(pcid: number): ShadowPage | undefined {
    const gfn = this.roots.get(pcid);
    return gfn === undefined ? undefined : this.pages.find(gfn, this.vm.vcpus[0].mode.levels);
  }

  private note(resynced: number): void {
    if (resynced > 0) this.host.journal.note(`${resynced} tables that were out of sync were compared`);
  }
}
