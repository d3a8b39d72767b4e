import { INJECTIONS, type Injection } from '../../extension/protocol/injections';
import type { Edit, SpaceRef } from '../../extension/protocol/messages';
import { edit } from './deeds';
import type { Host } from './host';
import { openMenu, type MenuItem } from './menu';

/** What one looks at: injections are offered for it. */
export interface InjectionTarget {
  /** VMs whose flushes and accesses can be hit; null: all. */
  readonly vm: number | null;
  /** An address that a TLB holds. */
  readonly cached?: SpaceRef & { readonly gva: string };
  readonly frame?: number;
}

/** Opens the menu "Inject…" under an element. */
export function openInjectMenu(host: Host, target: InjectionTarget, anchor: Element): void {
  const box = anchor.getBoundingClientRect();
  const items = injectItems(host, target);
  if (items.length > 0) openMenu(items, box.left, box.bottom, 'Inject');
}

function injectItems(host: Host, { vm, cached, frame }: InjectionTarget): (MenuItem | null)[] {
  const vms = host.state.summary?.vms.filter(({ index }) => vm === null || index === vm) ?? [];
  const item = (change: Edit & { readonly kind: Injection }, on: string): MenuItem => ({
    id: change.kind,
    label: INJECTIONS[change.kind].label,
    hint: on,
    detail: INJECTIONS[change.kind].detail,
    run: () => void edit(host, change),
  });
  return [
    ...(frame === undefined ? [] : [item({ kind: 'take-frame', frame }, `frame 0x${frame.toString(16)}`), null]),
    ...(cached === undefined ? [] : [item({ kind: 'evict', ...cached }, cached.gva), null]),
    ...vms.map(({ index, name }) => item({ kind: 'drop-flush', vm: index }, name)),
    ...vms.map(({ index, name }) => item({ kind: 'spurious-fault', vm: index }, name)),
  ];
}
