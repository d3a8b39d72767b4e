import type { AddressRef, SameAccess, SameAccessQuery } from '../../extension/protocol/messages';
import { addressLink } from '../shared/address';
import { busySign, checkbox, segments } from '../shared/controls';
import { fill, h } from '../shared/dom';
import { isKernelHalf } from '../shared/hex';
import type { Host } from '../shared/host';

import { walkGrid } from './grid';

/** "The same access under…": asks for the walks of one access under each scheme, again at each stop. */
export class SameAccessView {
  readonly element: HTMLElement;
  private readonly title = h('span', { class: 'title' });
  private readonly body = h('div', { class: 'walks-pane', tabindex: 0, role: 'region', 'aria-label': 'Walks' });
  private readonly note = h('div', { class: 'footer', role: 'status', 'data-testid': 'footer' });
  private readonly access;
  private readonly user;
  private query: SameAccessQuery | null = null;
  private asked = 0;

  constructor(private readonly host: Host) {
    this.access = segments(
      'Access',
      [
        { value: 'read', label: 'read' },
        { value: 'write', label: 'write' },
        { value: 'fetch', label: 'fetch' },
      ],
      (access) => this.change({ access }),
      'access',
    );
    this.user = checkbox('user', 'As user code; off: as the kernel', (user) => this.change({ user }), 'user');
    this.element = h(
      'main',
      { class: 'same-access', 'data-testid': 'same-access' },
      h('div', { class: 'toolbar' }, this.title, this.access.element, this.user.element),
      this.body,
      this.note,
    );
  }

  attach(): void {
    this.host.on('reveal', ({ address, action }) => {
      if (action === 'sameAccess') this.show(address);
    });
    this.host.on('state', () => this.ask());
  }

  forget(): void {
    this.query = null;
    this.asked++;
    fill(this.title);
    fill(this.body);
    fill(this.note);
  }

  private show({ address, vm, pid, access }: AddressRef): void {
    if (vm === undefined || pid === undefined) return;
    this.query = { vm, pid, gva: address, access: access ?? 'read', user: !isKernelHalf(address) };
    this.ask();
  }

  private change(change: Partial<SameAccessQuery>): void {
    if (this.query === null) return;
    this.query = { ...this.query, ...change };
    this.ask();
  }

  private ask(): void {
    const { query } = this;
    if (query === null) {
      fill(this.body, h('p', { class: 'hint dim' }, 'Choose “The Same Access Under…” in the menu of an address.'));
      return;
    }
    this.drawTitle(query);
    if (this.host.answers) void this.fetch(query);
  }

  private drawTitle(query: SameAccessQuery): void {
    const vm = this.host.state.summary?.vms[query.vm];
    const process = vm?.processes.find(({ pid }) => pid === query.pid);
    fill(
      this.title,
      addressLink({ kind: 'gva', address: query.gva, vm: query.vm, pid: query.pid, access: query.access }),
      h('span', { class: 'dim' }, ` ${vm?.name ?? ''} ▸ ${process?.name ?? ''}`),
    );
    this.access.set(query.access);
    this.user.set(query.user);
  }

  /** The walks of the last stop stay until those of this one are there. */
  private async fetch(query: SameAccessQuery): Promise<void> {
    const asked = ++this.asked;
    this.body.setAttribute('aria-busy', 'true');
    fill(this.note, busySign(), h('span', {}, 'Running the scenario under each scheme, to where the session stands…'));
    const reply = await this.host.query('sameAccess', query);
    if (asked !== this.asked) return;
    this.body.setAttribute('aria-busy', 'false');
    if (!reply.ok) fill(this.note, h('span', { class: 'wrong', 'data-testid': 'problem' }, reply.error));
    else this.draw(reply.result);
  }

  private draw(result: SameAccess): void {
    fill(this.body, walkGrid(result));
    fill(
      this.note,
      h('span', {}, `each run has made ${result.statements.toLocaleString('en-US')} statements, as the session has`),
      result.note === null ? null : h('span', { class: 'wrong' }, `· ${result.note}`),
    );
  }
}
