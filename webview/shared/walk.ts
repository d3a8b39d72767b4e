import { INJECTIONS } from '../../extension/protocol/injections';
import type { Owner, SpaceRef, WalkAnswer, WalkOutcome, WalkStep } from '../../extension/protocol/messages';
import { addressLink, hexValue } from './address';
import { quietButton } from './controls';
import { edit } from './deeds';
import { fill, h } from './dom';
import type { EditableEntry } from './entry-fields';
import { entryAttributes } from './entry-menu';
import { focusKeeper } from './focus';
import type { Host } from './host';
import { ownerChip } from './owners';
import { walkGroups, type WalkGroup } from './walk-groups';

/**
 * A walk, level by level: where each entry lies, what it holds, what its bits mean, whose frame it is in, and how it
 * ended. Used for the present state in Translations and for the moment of a fault in Faults. With a host it is of the
 * present state: bits can be changed and breakpoints made.
 */
export class WalkStrip {
  readonly element = h('div', { class: 'walk', 'data-testid': 'walk', role: 'region', 'aria-label': 'Walk' });
  /** Groups whose bits are spelt out, by position. */
  private readonly opened = new Set<number>();
  private shown: { answer: WalkAnswer; space: SpaceRef } | null = null;

  constructor(private readonly host: Host | null = null) {}

  /** What a TLB holds for the address that is shown. */
  get tlb(): WalkAnswer['tlb'] {
    return this.shown?.answer.tlb ?? null;
  }

  show(answer: WalkAnswer, space: SpaceRef): void {
    if (this.shown?.answer.gva !== answer.gva) this.opened.clear();
    this.shown = { answer, space };
    this.draw();
  }

  clear(words: string): void {
    this.shown = null;
    fill(this.element, h('div', { class: 'walk-none dim' }, words));
  }

  private draw(): void {
    if (this.shown === null) return;
    const { answer, space } = this.shown;
    const [first, ...rest] = walkGroups(answer);
    // Checks before any entry are about the root.
    const root = first?.entry === null ? first : null;
    const groups = root === null && first !== undefined ? [first, ...rest] : rest;
    this.element.dataset.key = answer.gva;
    const keepFocus = focusKeeper(this.element);
    fill(
      this.element,
      header(answer, space, this.breakButton(answer, space)),
      h(
        'ol',
        { class: 'walk-steps' },
        rootItem(answer, root),
        ...groups.map((group, i) => this.group(group, i)),
        outcomeItem(answer.outcome),
      ),
      tlbLine(answer, this.evictButton(answer, space)),
    );
    keepFocus();
  }

  private group(group: WalkGroup, index: number): HTMLElement {
    const open = this.opened.has(index);
    const failed = [group.entry, ...group.checks].filter((step) => step !== null && !step.ok);
    const item = h(
      'li',
      { class: `walk-step${group.ok ? '' : ' failed'}${group.nested ? ' nested' : ''}`, 'data-testid': 'walk-step' },
      group.entry === null ? null : this.entryLine(group.entry, index, open),
      owners(group),
      ...cacheLines(group),
      ...failed.map((step) => h('div', { class: 'walk-why wrong' }, '✗ ', step!.text)),
      open && group.entry !== null ? bitTable(group.entry, this.host !== null) : null,
    );
    return item;
  }

  private breakButton(answer: WalkAnswer, space: SpaceRef): HTMLElement | null {
    const { host } = this;
    if (host === null) return null;
    const frame = answer.outcome.kind === 'ok' ? answer.outcome.frame : null;
    return quietButton(
      'debug-breakpoint-function',
      'Break when this translation changes…',
      () =>
        host.post({
          type: 'breakOn',
          subject: { kind: 'address', vm: space.vm, pid: space.pid, gva: answer.gva, frame },
        }),
      'break-address',
    );
  }

  private evictButton({ gva }: WalkAnswer, { vm, pid }: SpaceRef): HTMLElement | null {
    const { host } = this;
    if (host === null) return null;
    const { label, detail } = INJECTIONS.evict;
    return quietButton('trash', `${label}: ${detail}`, () => void edit(host, { kind: 'evict', vm, pid, gva }), 'evict');
  }

  private entryLine(step: WalkStep, index: number, open: boolean): HTMLElement {
    const { host } = this;
    const toggle = h(
      'button',
      {
        type: 'button',
        class: 'walk-level',
        'aria-expanded': String(open),
        title: open ? 'Hide the bits' : 'Spell the bits out',
      },
      h('span', { class: `codicon codicon-chevron-${open ? 'down' : 'right'}`, 'aria-hidden': 'true' }),
      `${step.levelName}[${step.index}]`,
    );
    toggle.addEventListener('click', () => {
      if (open) this.opened.delete(index);
      else this.opened.add(index);
      this.draw();
      this.element.querySelectorAll<HTMLElement>('.walk-level')[index]?.focus();
    });
    return h(
      'div',
      { class: 'walk-entry', ...(host === null ? {} : entryAttributes(editable(step))) },
      toggle,
      h(
        'span',
        { class: 'walk-place mono' },
        addressLink({ kind: 'hpa', address: step.address }, { title: 'Where the entry lies' }),
        h('span', { class: 'walk-value' }, h('span', { class: 'dim' }, ' = '), hexValue(step.value)),
      ),
      h('span', { class: 'walk-bits' }, ...flags(step, host !== null), this.entryBreak(step)),
    );
  }

  private entryBreak(step: WalkStep): HTMLElement | null {
    const { host } = this;
    if (host === null) return null;
    return quietButton(
      'debug-breakpoint-function',
      `Break when ${step.levelName}[${step.index}] changes`,
      () => host.post({ type: 'breakOn', subject: { kind: 'entry', hpa: step.address } }),
      'break-entry',
    );
  }
}

function header(answer: WalkAnswer, space: SpaceRef, breakButton: HTMLElement | null): HTMLElement {
  const ok = answer.outcome.kind === 'ok';
  return h(
    'div',
    { class: 'walk-head' },
    h('span', { class: 'dim' }, 'walk '),
    addressLink({ kind: 'gva', address: answer.gva, vm: space.vm, pid: space.pid }),
    h('span', { class: 'dim' }, `${answer.access} · ${answer.rootName}`),
    h(
      'span',
      { class: ok ? 'dim' : 'wrong', 'data-testid': 'walk-verdict' },
      ok ? '' : answer.outcome.kind === 'fault' ? answer.outcome.fault : '',
    ),
    breakButton,
  );
}

function rootItem(answer: WalkAnswer, checks: WalkGroup | null): HTMLElement {
  const failed = checks?.checks.filter((check) => !check.ok) ?? [];
  return h(
    'li',
    { class: `walk-step walk-root${failed.length > 0 ? ' failed' : ''}` },
    h(
      'div',
      { class: 'walk-entry' },
      h('span', { class: 'walk-level' }, 'CR3'),
      h('span', { class: 'walk-place' }, addressLink({ kind: 'hpa', address: answer.root })),
    ),
    checks === null ? null : owners(checks),
    ...(checks === null ? [] : cacheLines(checks)),
    ...failed.map((check) => h('div', { class: 'walk-why wrong' }, '✗ ', check.text)),
  );
}

/** What walk caches answered, so that a reader sees why levels are missing. */
const cacheLines = (group: WalkGroup): HTMLElement[] =>
  group.checks
    .filter((step) => step.kind === 'cached')
    .map((step) => h('div', { class: 'dim', 'data-testid': 'walk-cached' }, `${step.text}: `, hexValue(step.value)));

/** Bits that are on, short; a wrong one is shown even if it is off. `edits`: they can be changed. */
export function flags(step: WalkStep, edits = false): HTMLElement[] {
  return step.bits
    .filter((bit) => bit.wrong || (bit.value !== '0' && bit.value !== '' && !WIDE.has(bit.name)))
    .map((bit) => {
      const text = bit.value === '1' || bit.value === '0' ? bit.name.replace('/', '') : `${bit.name} ${bit.value}`;
      const off = bit.value === '0' ? ' off' : '';
      return h(
        'span',
        {
          class: `bit${bit.wrong ? ' wrong' : ''}${off}`,
          title: `${bit.name} = ${bit.value}: ${bit.meaning}${edits ? '\nF2 or right click changes it' : ''}`,
          ...(edits ? entryAttributes(editable(step), bit.name) : {}),
        },
        text,
      );
    });
}

/** Fields that are no flags: spelt out in the table of bits only. */
const WIDE = new Set(['frame', 'reserved', 'ignored', 'available']);

/** All bits, each on its line. `edits`: they can be changed. */
export function bitTable(step: WalkStep, edits = false): HTMLElement {
  return h(
    'dl',
    { class: 'bits' },
    ...step.bits.flatMap((bit) => [
      h('dt', { class: bit.wrong ? 'wrong' : null }, bit.name),
      h(
        'dd',
        {
          class: `mono${bit.wrong ? ' wrong' : ''}`,
          ...(edits ? { ...entryAttributes(editable(step), bit.name), title: 'F2 or right click changes it' } : {}),
        },
        bit.value,
      ),
      h('dd', { class: bit.wrong ? 'wrong' : 'dim' }, bit.meaning),
    ]),
  );
}

function editable({ address, value, level, levelName, index }: WalkStep): EditableEntry {
  return { address, value, level, name: `${levelName}[${index}]` };
}

/** Whose frame the entry lies in, and the frame it leads to, as they were looked up. */
export function owners(group: WalkGroup): HTMLElement | null {
  const looked = [group.entry, ...group.checks].filter((step): step is WalkStep => step?.owner != null);
  const passed = group.checks.filter((step) => step.ok && step.owner === null && step.text !== '');
  if (looked.length === 0 && passed.length === 0) return null;
  const last = looked.at(-1);
  return h(
    'div',
    { class: 'walk-owner' },
    last === undefined ? null : ownerCheck(last.owner!, last.expectedOwner, last.ok),
    ...passed.map((step) => h('span', { class: 'dim' }, `✓ ${step.text}`)),
  );
}

function ownerCheck(owner: Owner, expected: Owner | null, ok: boolean): HTMLElement {
  const foreign = expected !== null && expected.asid !== owner.asid;
  return h(
    'span',
    { class: foreign && !ok ? 'walk-check wrong' : 'walk-check' },
    ownerChip(owner, true),
    foreign ? (ok ? '' : ` ✗ expected ${expected.name}`) : ' ✓',
  );
}

export function outcomeItem(outcome: WalkOutcome): HTMLLIElement {
  if (outcome.kind === 'ok') {
    return h(
      'li',
      { class: 'walk-step walk-outcome', 'data-testid': 'walk-outcome' },
      h(
        'div',
        { class: 'walk-entry' },
        h('span', { class: 'walk-level' }, 'frame'),
        h('span', { class: 'walk-place' }, addressLink({ kind: 'hpa', address: outcome.hpa })),
        h('span', { class: 'walk-bits dim' }, outcome.pageSize),
      ),
      h('div', { class: 'walk-owner' }, ownerChip(outcome.owner, true), h('span', { class: 'dim' }, outcome.text)),
    );
  }
  return h(
    'li',
    { class: 'walk-step walk-outcome failed', 'data-testid': 'walk-outcome' },
    h(
      'div',
      { class: 'walk-fault wrong' },
      h('strong', {}, outcome.fault),
      h('span', { class: 'mono' }, ` ${outcome.errorCode}`),
      ` ${outcome.errorText}`,
    ),
    h('div', { class: 'walk-why' }, outcome.text),
  );
}

function tlbLine(answer: WalkAnswer, evict: HTMLElement | null): HTMLElement | null {
  const { tlb } = answer;
  if (tlb === null) return null;
  return h(
    'div',
    { class: `walk-tlb${tlb.stale ? ' wrong' : ''}`, 'data-testid': 'walk-tlb' },
    h('span', { class: 'dim' }, `TLB vCPU ${tlb.vcpu} ${tlb.structure} → `),
    addressLink({ kind: 'hpa', address: tlb.hpa }),
    h(
      'span',
      { class: 'dim' },
      ` ${tlb.pageSize} ${tlb.perm.text} ASID ${tlb.asid} PCID ${tlb.pcid}${tlb.global ? ' G' : ''}${tlb.dirty ? ' D' : ''}`,
    ),
    tlb.stale ? h('strong', {}, ' stale: ', tlb.why) : null,
    evict,
  );
}
