/** The command "Open Sample Scenario": a list of what each sample teaches, and a copy of the chosen one to play with. */
import * as vscode from 'vscode';
import { createHash } from 'node:crypto';
import { readSampleInfo } from './sample';

interface SampleItem extends vscode.QuickPickItem {
  readonly fileName: string;
  readonly text: string;
}

export function registerSamples(context: vscode.ExtensionContext): void {
  context.subscriptions.push(
    vscode.commands.registerCommand('tptScope.openSample', (name?: unknown) => openSample(context, name)),
  );
}

/** @param name file name of a sample, for callers that know which one; people choose from the list. */
async function openSample(context: vscode.ExtensionContext, name: unknown): Promise<void> {
  const samples = await listSamples(vscode.Uri.joinPath(context.extensionUri, 'samples'));
  const chosen =
    samples.find((sample) => sample.fileName === name) ??
    (await vscode.window.showQuickPick(samples, {
      title: 'Open Sample Scenario',
      placeHolder: 'What do you want to see?',
      matchOnDetail: true,
    }));
  if (!chosen) return;
  const copy = await copyFor(context, chosen);
  if (copy) await vscode.window.showTextDocument(copy, { preview: false });
}

async function listSamples(folder: vscode.Uri): Promise<SampleItem[]> {
  const names = (await vscode.workspace.fs.readDirectory(folder))
    .map(([name]) => name)
    .filter((name) => name.endsWith('.tpt'));
  return Promise.all(names.sort().map((name) => readSample(folder, name)));
}

async function readSample(folder: vscode.Uri, fileName: string): Promise<SampleItem> {
  const text = await readText(vscode.Uri.joinPath(folder, fileName));
  const { title, story } = readSampleInfo(text, fileName);
  return { label: title, description: fileName, detail: story, fileName, text };
}

/** A fresh copy, unless the user changed an earlier one and wants to keep it. Undefined if the user turned back. */
async function copyFor(context: vscode.ExtensionContext, sample: SampleItem): Promise<vscode.Uri | undefined> {
  const folder = vscode.Uri.joinPath(context.globalStorageUri, 'samples');
  const copy = vscode.Uri.joinPath(folder, sample.fileName);
  const key = `sample.${sample.fileName}`;
  const present = await readText(copy).catch(() => undefined);
  if (present !== undefined && digest(present) !== context.globalState.get<string>(key)) {
    const keep = 'Open My Copy';
    const replace = 'Start Afresh';
    const answer = await vscode.window.showInformationMessage(
      `You changed your copy of "${sample.label}".`,
      { modal: true },
      keep,
      replace,
    );
    if (answer === undefined) return undefined;
    if (answer === keep) return copy;
  }
  await vscode.workspace.fs.createDirectory(folder);
  await vscode.workspace.fs.writeFile(copy, new TextEncoder().encode(sample.text));
  await context.globalState.update(key, digest(sample.text));
  return copy;
}

async function readText(uri: vscode.Uri): Promise<string> {
  return new TextDecoder().decode(await vscode.workspace.fs.readFile(uri));
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
