/** Edits and injections by command: what the views do by menu. */
import * as vscode from 'vscode';
import { INJECTIONS, type Injection } from '../protocol/injections';
import type { AddressRef, Edit, EditAnswer, MachineSummary, QueryReply } from '../protocol/messages';
import type { Broadcast } from './broadcast';
import { parseHex } from './numbers';
import { askGva, askHpa, pickProcess, pickVm } from './picks';

export class Edits {
  constructor(private readonly broadcast: Broadcast) {}

  async undo(): Promise<void> {
    say(await this.broadcast.query('undoEdit', {}));
  }

  /** Asks what to inject and whom it hits. */
  async inject(): Promise<void> {
    const summary = this.summary();
    if (summary === null) return;
    const kinds = Object.entries(INJECTIONS) as [Injection, (typeof INJECTIONS)[Injection]][];
    const chosen = await vscode.window.showQuickPick(
      kinds.map(([injected, words]) => ({ ...words, injected })),
      { title: 'Inject' },
    );
    const edit = chosen === undefined ? undefined : await injection(chosen.injected, summary);
    if (edit !== undefined) await this.edit(edit);
  }

  /** Changes where the gfn→hfn map sends a gPA; asks for what `ref` does not say. */
  async setSlot(ref: AddressRef | null): Promise<void> {
    const summary = this.summary();
    if (summary === null) return;
    const vm =
      summary.vms.find(({ index }) => index === ref?.vm) ?? (await pickVm(summary, 'Whose guest frame is to move?'));
    if (vm === undefined) return;
    const gpa = ref?.kind === 'gpa' ? ref.address : await askGpa(vm.name);
    if (gpa === undefined) return;
    const gfn = Number(BigInt(gpa) >> 12n);
    const frame = await askFrame(`Frame for gfn 0x${gfn.toString(16)} of ${vm.name}`, summary);
    if (frame !== undefined) await this.edit({ kind: 'slot', vm: vm.index, gfn, frame });
  }

  private async edit(edit: Edit): Promise<void> {
    say(await this.broadcast.query('edit', edit));
  }

  private summary(): MachineSummary | null {
    const { state, summary } = this.broadcast.state;
    if (state === 'stopped' && summary !== null) return summary;
    void vscode.window.showInformationMessage('The machine can be changed while a session is stopped.');
    return null;
  }
}

async function injection(kind: Injection, summary: MachineSummary): Promise<Edit | undefined> {
  switch (kind) {
    case 'drop-flush':
    case 'spurious-fault': {
      const vm = await pickVm(summary, INJECTIONS[kind].label);
      return vm === undefined ? undefined : { kind, vm: vm.index };
    }
    case 'evict': {
      const space = await pickProcess(summary, INJECTIONS[kind].label);
      const gva = space === undefined ? undefined : await askGva(summary);
      return gva === undefined ? undefined : { kind, ...space!, gva };
    }
    case 'take-frame': {
      const hpa = await askHpa(summary);
      return hpa === undefined ? undefined : { kind, frame: Number(BigInt(hpa) >> 12n) };
    }
  }
}

/** @returns the address of a guest frame. */
async function askGpa(vm: string): Promise<string | undefined> {
  const text = await vscode.window.showInputBox({
    title: `Guest-Physical Address of ${vm}`,
    value: '0x',
    validateInput: (value) => (parseHex(value, 52) === null ? 'An address as hex digits, like 0x42000' : null),
  });
  return text === undefined ? undefined : `0x${parseHex(text, 52)!.toString(16)}`;
}

async function askFrame(title: string, summary: MachineSummary): Promise<number | undefined> {
  const end = summary.frames.toString(16);
  const text = await vscode.window.showInputBox({
    title,
    prompt: 'Number of a host frame: its address without the last three digits',
    value: '0x',
    validateInput: (value) => {
      const frame = parseHex(value, 64);
      if (frame === null) return 'A frame number as hex digits, like 0x1a00';
      return frame < BigInt(summary.frames)
        ? null
        : `The machine has 0x${end} frames. 0x1a00 is the frame at 0x1a00000.`;
    },
  });
  return text === undefined ? undefined : Number(parseHex(text, 64));
}

function say(reply: QueryReply<'edit' | 'undoEdit'>): void {
  const answer: EditAnswer = reply.ok ? reply.result : { ok: false, error: reply.error };
  if (answer.ok) void vscode.window.setStatusBarMessage(answer.text, 8000);
  else void vscode.window.showWarningMessage(answer.error);
}
