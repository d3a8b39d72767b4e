/** Questions that several commands ask: which VM, which process, which address. */
import * as vscode from 'vscode';
import type { MachineSummary, SpaceRef, VmSummary } from '../protocol/messages';
import { parseHex } from './numbers';

/** Asks which VM; not if there is only one. */
export async function pickVm(summary: MachineSummary, title: string): Promise<VmSummary | undefined> {
  if (summary.vms.length === 1) return summary.vms[0];
  const chosen = await vscode.window.showQuickPick(
    summary.vms.map((vm) => ({ label: vm.name, description: `${vm.scheme}, ASID ${vm.asid}`, vm })),
    { title },
  );
  return chosen?.vm;
}

/** Asks which process, that of the present access first; not if there is only one. `not`: any but this. */
export async function pickProcess(
  summary: MachineSummary,
  title: string,
  not: SpaceRef | null = null,
): Promise<SpaceRef | undefined> {
  const { present } = summary;
  const items = summary.vms.flatMap((vm) =>
    vm.processes
      .filter(({ pid }) => vm.index !== not?.vm || pid !== not.pid)
      .map((process) => ({
        label: `${vm.name} ▸ ${process.name}`,
        description: process.state === 'running' ? '' : process.state,
        space: { vm: vm.index, pid: process.pid },
      })),
  );
  const isPresent = ({ space }: (typeof items)[number]): boolean =>
    space.vm === present?.vm && space.pid === present.pid;
  items.sort((a, b) => Number(isPresent(b)) - Number(isPresent(a)));
  if (items.length === 0) {
    void vscode.window.showInformationMessage(
      'There is no process to choose yet. Step on: one appears when its task begins.',
    );
    return undefined;
  }
  return items.length === 1 ? items[0].space : (await vscode.window.showQuickPick(items, { title }))?.space;
}

/** Asks for a guest-virtual address, 16 digits. */
export async function askGva(summary: MachineSummary): Promise<string | undefined> {
  const text = await vscode.window.showInputBox({
    title: 'Guest-Virtual Address',
    value: summary.present?.gva ?? '0x',
    validateInput: (value) => (parseHex(value, 64) === null ? 'An address as hex digits, like 0x7f0000001000' : null),
  });
  return text === undefined ? undefined : hexOf(text, 16);
}

/** Asks for a host-physical address that the machine has. */
export async function askHpa(summary: MachineSummary): Promise<string | undefined> {
  const end = BigInt(summary.frames) << 12n;
  const text = await vscode.window.showInputBox({
    title: 'Host-Physical Address',
    prompt: 'Of a frame, or of a table entry',
    value: '0x',
    validateInput: (value) => {
      const address = parseHex(value, 64);
      if (address === null) return 'An address as hex digits, like 0x1a00000';
      return address < end ? null : `Memory ends at 0x${end.toString(16)}`;
    },
  });
  return text === undefined ? undefined : hexOf(text, summary.hpaDigits);
}

function hexOf(text: string, digits: number): string {
  return `0x${parseHex(text, 64)!.toString(16).padStart(digits, '0')}`;
}
