/** Breakpoints on translation events, made from the views. VS Code lists them among its function breakpoints. */
import * as vscode from 'vscode';
import type { AddressRef, BreakSubject } from '../protocol/messages';
import type { Broadcast } from './broadcast';
import { askGva, askHpa, pickProcess, pickVm } from './picks';
import { subjectsOfHpa, watchChoices, type WatchChoice } from './watches';

/** Adds what was asked for, or lets choose where several events make sense. */
export class TranslationBreakpoints {
  constructor(private readonly broadcast: Broadcast) {}

  async breakOn(...subjects: readonly BreakSubject[]): Promise<void> {
    const { summary } = this.broadcast.state;
    if (summary === null) {
      void vscode.window.showInformationMessage('Start a session first: there is nothing to break on yet.');
      return;
    }
    const choices = subjects.flatMap((subject) => watchChoices(subject, summary));
    if (choices.length === 0) {
      void vscode.window.showInformationMessage('Nothing can be watched here: its VM or process is gone.');
      return;
    }
    const chosen = choices.length === 1 ? choices[0] : await pick(choices);
    if (chosen !== undefined) add(chosen.name);
  }

  /** From the address menu. */
  async breakOnAddress(ref: AddressRef, frame: number | null): Promise<void> {
    const { kind, address, vm, pid } = ref;
    if (kind === 'hpa') return this.breakOn(...subjectsOfHpa(address));
    if (kind === 'gva' && vm !== undefined && pid !== undefined)
      return this.breakOn({ kind: 'address', vm, pid, gva: address, frame });
    void vscode.window.showInformationMessage(`${address} belongs to no process here. Walk it in Translations first.`);
  }

  /** The command: with a name it adds that; else asks for what, and what it is about. */
  async command(name: unknown): Promise<void> {
    if (typeof name === 'string') {
      add(name);
      return;
    }
    const { summary } = this.broadcast.state;
    if (summary === null) {
      await this.breakOn();
      return;
    }
    const about = await vscode.window.showQuickPick(
      [
        { label: 'An address of a process', about: 'address' },
        { label: 'A process', about: 'process' },
        { label: 'A VM', about: 'vm' },
        { label: 'A frame or table entry', about: 'hpa' },
      ] as const,
      { title: 'Add Translation Breakpoint', placeHolder: 'What is to be watched?' },
    );
    switch (about?.about) {
      case 'hpa': {
        const hpa = await askHpa(summary);
        if (hpa !== undefined) await this.breakOn(...subjectsOfHpa(hpa));
        return;
      }
      case 'vm': {
        const vm = await pickVm(summary, 'Whose TLB?');
        if (vm !== undefined) await this.breakOn({ kind: 'vm', vm: vm.index });
        return;
      }
      case 'process':
      case 'address': {
        const space = await pickProcess(summary, 'Of which process?');
        if (space === undefined) return;
        if (about.about === 'process') return this.breakOn({ kind: 'process', ...space });
        const gva = await askGva(summary);
        if (gva !== undefined) await this.breakOn({ kind: 'address', ...space, gva, frame: null });
        return;
      }
      case undefined:
    }
  }
}

async function pick(choices: readonly WatchChoice[]): Promise<WatchChoice | undefined> {
  return vscode.window.showQuickPick(
    choices.map((choice) => ({ ...choice, description: choice.name })),
    { title: 'Break When…', matchOnDescription: true },
  );
}

/** Once only: one that is there and switched off is switched on. */
function add(name: string): void {
  const same = vscode.debug.breakpoints.filter(
    (point): point is vscode.FunctionBreakpoint =>
      point instanceof vscode.FunctionBreakpoint && point.functionName === name,
  );
  if (same.some(({ enabled }) => enabled)) {
    void vscode.window.setStatusBarMessage(`There is a breakpoint ${name} already`, 5000);
    return;
  }
  vscode.debug.removeBreakpoints(same);
  vscode.debug.addBreakpoints([new vscode.FunctionBreakpoint(name)]);
  void vscode.window.setStatusBarMessage(`Breakpoint ${name} added`, 5000);
}
