import type { AddressRef } from '../../extension/protocol/messages';
import { h } from './dom';
import { hexParts, type Part } from './hex';

export interface AddressOptions {
  /** What it was at the last stop: differing digits are marked. */
  readonly before?: string | null;
  /** Own tab stop. Inside grids the grid has the focus and the cursor says which address is meant. */
  readonly tabStop?: boolean;
  readonly title?: string;
}

/** An address as a link: a click does the nearest thing, the menu has the rest (see address-menu.ts). */
export function addressLink(ref: AddressRef, options: AddressOptions = {}): HTMLElement {
  const element = h('span', {
    class: 'addr',
    role: 'link',
    tabindex: options.tabStop === false ? null : 0,
    title: options.title ?? (options.before == null ? null : `was ${options.before}`),
    'data-kind': ref.kind,
    'data-address': ref.address,
    'data-vm': ref.vm,
    'data-pid': ref.pid,
    'data-access': ref.access,
    'data-entry': ref.entry,
  });
  element.append(...spans(hexParts(ref.address, options.before ?? null)));
  return element;
}

/** The address an element stands for, if it does. */
export function addressOf(element: Element | null): AddressRef | null {
  const link = element?.closest<HTMLElement>('[data-address]');
  if (link == null) return null;
  const { kind, address, vm, pid, access, entry } = link.dataset;
  return {
    kind: kind as AddressRef['kind'],
    address: address!,
    ...(vm === undefined ? {} : { vm: Number(vm) }),
    ...(pid === undefined ? {} : { pid: Number(pid) }),
    ...(access === undefined ? {} : { access: access as NonNullable<AddressRef['access']> }),
    ...(entry === undefined ? {} : { entry: true }),
  };
}

/** Text pieces with their marks. */
export function spans(parts: readonly Part[]): HTMLElement[] {
  return parts.map((part) => h('span', { class: part.kind === 'digit' ? null : `hex-${part.kind}` }, part.text));
}

/** A 64-bit value that is no address: an entry of a table. */
export function hexValue(value: string): HTMLElement {
  const element = h('span', { class: 'hex' });
  element.append(...spans(hexParts(value)));
  return element;
}
