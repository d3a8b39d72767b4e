import * as vscode from 'vscode';
import type { AddressAction, AddressRef } from '../protocol/messages';
import type { Broadcast } from './broadcast';
import type { MemoryDocuments } from './memory';
import type { Edits } from './edits';
import type { ViewsApi } from './register';
import type { TranslationBreakpoints } from './translation-breakpoints';

/** Does what the address menu says. */
export class AddressActions {
  constructor(
    private readonly broadcast: Broadcast,
    private readonly memory: MemoryDocuments,
    private readonly reveal: ViewsApi['reveal'],
    private readonly showSameAccess: (ref: AddressRef) => void,
    private readonly breakpoints: TranslationBreakpoints,
    private readonly edits: Edits,
  ) {}

  async run(action: AddressAction, ref: AddressRef): Promise<void> {
    switch (action) {
      case 'walk':
        return this.reveal('translations', ref, 'walk');
      case 'showInTranslations':
        return this.reveal('translations', ref, 'select');
      case 'showInFrames':
      case 'whoMaps':
        return this.showFrame(ref);
      case 'showInMemory':
        return this.memory.show(ref);
      case 'sameAccess': {
        this.showSameAccess(ref);
        return;
      }
      case 'breakOnChange':
        return this.breakOnChange(ref);
      case 'setSlot':
        return this.edits.setSlot(ref);
      case 'history':
      case 'why':
        return;
      case 'copy':
        return vscode.env.clipboard.writeText(ref.address);
    }
  }

  private async breakOnChange(ref: AddressRef): Promise<void> {
    const hpa = await this.translate(ref);
    await this.breakpoints.breakOnAddress(ref, hpa === null ? null : Number(BigInt(hpa) >> 12n));
  }

  /** The frame of an address; the Frames view lists who maps it. */
  private async showFrame(ref: AddressRef): Promise<void> {
    const hpa = ref.kind === 'hpa' ? ref.address : await this.translate(ref);
    if (hpa === null) {
      void vscode.window.showInformationMessage(`${ref.address} leads to no frame now. Walk it to see why.`);
      return;
    }
    const frame = Number(BigInt(hpa) >> 12n);
    await this.reveal('frames', { kind: 'hpa', address: hpa }, 'select');
    this.broadcast.select({ frame, ...(ref.kind === 'gva' ? spaceOf(ref) : {}) }, 'editor');
  }

  private async translate(ref: AddressRef): Promise<string | null> {
    if (ref.kind !== 'gva' || ref.vm === undefined || ref.pid === undefined) return null;
    const reply = await this.broadcast.query('walk', {
      vm: ref.vm,
      pid: ref.pid,
      gva: ref.address,
      access: 'read',
      user: BigInt(ref.address) >> 63n === 0n,
      root: 'active',
    });
    return reply.ok && reply.result.outcome.kind === 'ok' ? reply.result.outcome.hpa : null;
  }
}

function spaceOf(ref: AddressRef): { vm?: number; pid?: number; gva: string } {
  return {
    gva: ref.address,
    ...(ref.vm === undefined ? {} : { vm: ref.vm }),
    ...(ref.pid === undefined ? {} : { pid: ref.pid }),
  };
}
