import * as vscode from 'vscode';
import { AdapterFactory } from './adapter-factory';
import { ConfigurationProvider } from './configurations';
import { InlineValues } from './inline-values';

/** Everything that makes the debug type `tpt` work in VS Code. */
export function registerDebugger(context: vscode.ExtensionContext): void {
  const configurations = new ConfigurationProvider();
  context.subscriptions.push(
    vscode.debug.registerDebugAdapterDescriptorFactory('tpt', new AdapterFactory(context.extensionUri)),
    vscode.debug.registerDebugConfigurationProvider('tpt', configurations),
    vscode.debug.registerDebugConfigurationProvider(
      'tpt',
      configurations,
      vscode.DebugConfigurationProviderTriggerKind.Dynamic,
    ),
    vscode.languages.registerInlineValuesProvider({ language: 'tpt' }, new InlineValues()),
  );
}
