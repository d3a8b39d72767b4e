/** The language server: requests of an editor, over IPC or stdio, to the functions beside it. */

import {
  createConnection,
  type InitializeResult,
  ProposedFeatures,
  TextDocuments,
  TextDocumentSyncKind,
  type TextEdit,
} from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { completionsAt } from './server/completion';
import { codeActions, diagnosticsOf } from './server/diagnostics';
import { openScenario, type ScenarioDocument } from './server/documents';
import { formatScenario } from './server/format';
import { hoverAt } from './server/hover';
import { definitionsAt, referencesAt, rename, renameRange } from './server/navigation';
import { foldingOf, outlineOf } from './server/outline';
import { signatureAt } from './server/signature';

const connection = createConnection(ProposedFeatures.all);
const documents = new TextDocuments(TextDocument);
/** What is known about each open file, until it changes. */
const open = new Map<string, ScenarioDocument>();

function scenario(uri: string): ScenarioDocument {
  let known = open.get(uri);
  if (known === undefined) {
    known = openScenario(uri, documents.get(uri)?.getText() ?? '');
    open.set(uri, known);
  }
  return known;
}

connection.onInitialize((): InitializeResult => ({
  serverInfo: { name: 'TPT Scope' },
  capabilities: {
    textDocumentSync: TextDocumentSyncKind.Incremental,
    completionProvider: { triggerCharacters: ['.', '('] },
    signatureHelpProvider: { triggerCharacters: ['(', ','] },
    hoverProvider: true,
    definitionProvider: true,
    referencesProvider: true,
    renameProvider: { prepareProvider: true },
    documentFormattingProvider: true,
    documentSymbolProvider: true,
    foldingRangeProvider: true,
    codeActionProvider: { codeActionKinds: ['quickfix'] },
  },
}));

documents.onDidChangeContent(({ document }) => {
  open.delete(document.uri);
  void connection.sendDiagnostics({
    uri: document.uri,
    version: document.version,
    diagnostics: diagnosticsOf(scenario(document.uri)),
  });
});

documents.onDidClose(({ document }) => {
  open.delete(document.uri);
  void connection.sendDiagnostics({ uri: document.uri, diagnostics: [] });
});

connection.onCompletion(({ textDocument, position }) => completionsAt(scenario(textDocument.uri), position));
connection.onSignatureHelp(({ textDocument, position }) => signatureAt(scenario(textDocument.uri), position));
connection.onHover(({ textDocument, position }) => hoverAt(scenario(textDocument.uri), position));
connection.onDefinition(({ textDocument, position }) => definitionsAt(scenario(textDocument.uri), position));
connection.onReferences(({ textDocument, position, context }) =>
  referencesAt(scenario(textDocument.uri), position, context.includeDeclaration),
);
connection.onPrepareRename(({ textDocument, position }) => renameRange(scenario(textDocument.uri), position));
connection.onRenameRequest(({ textDocument, position, newName }) =>
  rename(scenario(textDocument.uri), position, newName),
);
connection.onDocumentSymbol(({ textDocument }) => outlineOf(scenario(textDocument.uri)));
connection.onFoldingRanges(({ textDocument }) => foldingOf(scenario(textDocument.uri)));
connection.onCodeAction(({ textDocument, range }) => codeActions(scenario(textDocument.uri), range));
connection.onDocumentFormatting(({ textDocument }): TextEdit[] => {
  const document = documents.get(textDocument.uri);
  const text = document?.getText() ?? '';
  const formatted = formatScenario(text);
  if (document === undefined || formatted === null || formatted === text) return [];
  return [{ range: { start: { line: 0, character: 0 }, end: document.positionAt(text.length) }, newText: formatted }];
});

documents.listen(connection);
connection.listen();
