/** Starts the debug adapter as a process of its own: a scenario that keeps it busy never slows the editor. */
import * as vscode from 'vscode';

export class AdapterFactory implements vscode.DebugAdapterDescriptorFactory {
  constructor(private readonly extensionUri: vscode.Uri) {}

  createDebugAdapterDescriptor(): vscode.DebugAdapterDescriptor {
    const program = vscode.Uri.joinPath(this.extensionUri, 'out', 'adapter', 'main.js').fsPath;
    // On the desktop this executable is Electron, which this variable turns into Node; elsewhere it is Node already.
    return new vscode.DebugAdapterExecutable(process.execPath, [program], { env: { ELECTRON_RUN_AS_NODE: '1' } });
  }
}
