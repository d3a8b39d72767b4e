/**
 * Which way imports run (docs/architecture.md), as a function from a source file to its breaches. It reads the syntax
 * tree rather than lines, so that neither a comment nor a string in a test fixture is taken for an import.
 */
import { posix } from 'node:path';
import ts from 'typescript';

export interface ImportUse {
  /** As written: `vscode`, `node:fs`, `../units`. */
  readonly specifier: string;
  /** Erased by the compiler: nothing of the module is there at run time. */
  readonly typeOnly: boolean;
}

/** Every way in which one module can name another: import, export from, import(), import x = require(), require(). */
export function importsOf(fileName: string, text: string): ImportUse[] {
  const found: ImportUse[] = [];
  const add = (node: ts.Node | undefined, typeOnly: boolean): void => {
    if (node && ts.isStringLiteralLike(node)) found.push({ specifier: node.text, typeOnly });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) {
      add(node.moduleSpecifier, isTypeOnlyClause(node.importClause));
    } else if (ts.isExportDeclaration(node)) {
      add(node.moduleSpecifier, node.isTypeOnly);
    } else if (ts.isImportEqualsDeclaration(node) && ts.isExternalModuleReference(node.moduleReference)) {
      add(node.moduleReference.expression, node.isTypeOnly);
    } else if (ts.isCallExpression(node) && isModuleCall(node.expression)) {
      add(node.arguments[0], false);
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      add(node.argument.literal, true);
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(fileName, text, ts.ScriptTarget.Latest));
  return found;
}

function isModuleCall(callee: ts.Expression): boolean {
  return callee.kind === ts.SyntaxKind.ImportKeyword || (ts.isIdentifier(callee) && callee.text === 'require');
}

function isTypeOnlyClause(clause: ts.ImportClause | undefined): boolean {
  if (!clause) return false;
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  const bindings = clause.namedBindings;
  return (
    clause.name === undefined &&
    bindings !== undefined &&
    ts.isNamedImports(bindings) &&
    bindings.elements.length > 0 &&
    bindings.elements.every((element) => element.isTypeOnly)
  );
}

/** Where an import leads: a path in the project without ending, or the name of a package. */
type Target = { readonly kind: 'ours'; readonly path: string } | { readonly kind: 'package'; readonly name: string };

interface Rule {
  /** Start of the path of the files that the rule is for; the first rule that fits decides. */
  readonly files: string;
  readonly allows: (target: Target, use: ImportUse) => boolean;
}

const isNode = (target: Target): boolean => target.kind === 'package' && target.name.startsWith('node:');
const isPackage = (target: Target, ...names: readonly string[]): boolean =>
  target.kind === 'package' && names.some((name) => target.name === name || target.name.startsWith(`${name}/`));
const isUnder = (target: Target, ...folders: readonly string[]): boolean =>
  target.kind === 'ours' && folders.some((folder) => target.path === folder || target.path.startsWith(`${folder}/`));
const isSimulatorIndex = (target: Target): boolean =>
  target.kind === 'ours' && (target.path === 'simulator/index' || target.path === 'simulator');
const isVscode = (target: Target): boolean => isPackage(target, 'vscode');

const rules: readonly Rule[] = [
  { files: 'simulator/language/', allows: (to) => isUnder(to, 'simulator') || isPackage(to, 'langium') },
  { files: 'simulator/', allows: (to) => isUnder(to, 'simulator') },
  {
    files: 'extension/protocol/',
    allows: (to, use) => isUnder(to, 'extension/protocol') || (isSimulatorIndex(to) && use.typeOnly),
  },
  {
    files: 'extension/adapter/',
    allows: (to) =>
      isUnder(to, 'extension/adapter', 'extension/protocol', 'extension/scenario') ||
      isSimulatorIndex(to) ||
      isNode(to) ||
      isPackage(to, '@vscode/debugadapter', '@vscode/debugprotocol'),
  },
  {
    files: 'extension/language/server',
    allows: (to) =>
      isUnder(to, 'extension/language') ||
      isSimulatorIndex(to) ||
      isNode(to) ||
      isPackage(to, 'langium', 'vscode-languageserver', 'vscode-languageserver-textdocument'),
  },
  {
    files: 'extension/language/',
    allows: (to) =>
      isUnder(to, 'extension/language', 'extension/protocol') ||
      isVscode(to) ||
      isNode(to) ||
      isPackage(to, 'vscode-languageclient'),
  },
  {
    files: 'extension/scenario/',
    allows: (to) => isUnder(to, 'extension/scenario') || isSimulatorIndex(to) || isNode(to) || isPackage(to, 'pako'),
  },
  {
    files: 'extension/compare/',
    allows: (to) =>
      isUnder(to, 'extension/compare', 'extension/protocol', 'extension/scenario') ||
      isSimulatorIndex(to) ||
      isNode(to),
  },
  {
    files: 'extension/cli/',
    allows: (to) =>
      isUnder(to, 'extension/cli', 'extension/compare', 'extension/protocol', 'extension/scenario') ||
      isSimulatorIndex(to) ||
      isNode(to),
  },
  {
    // The adapter factory: the one place in the extension host that may hold the adapter.
    files: 'extension/debug/',
    allows: (to) =>
      (isUnder(to, 'extension') && !isUnder(to, 'extension/cli', 'extension/compare', 'extension/language/server')) ||
      isVscode(to) ||
      isNode(to) ||
      isPackage(to, '@vscode/debugprotocol'),
  },
  {
    files: 'extension/',
    allows: (to) =>
      (isUnder(to, 'extension') &&
        !isUnder(to, 'extension/adapter', 'extension/cli', 'extension/compare', 'extension/language/server')) ||
      isVscode(to) ||
      isNode(to) ||
      isPackage(to, '@vscode/debugprotocol'),
  },
  {
    files: 'webview/compare/',
    allows: (to) => isUnder(to, 'webview', 'extension/protocol') || isPackage(to, '@observablehq/plot'),
  },
  {
    files: 'webview/',
    allows: (to) =>
      isUnder(to, 'webview', 'extension/protocol') || isPackage(to, '@vscode/webview-ui-toolkit', '@vscode/codicons'),
  },
  { files: 'test/', allows: () => true },
];

function targetOf(fileName: string, specifier: string): Target {
  if (!specifier.startsWith('.')) return { kind: 'package', name: specifier };
  const path = posix.normalize(posix.join(posix.dirname(fileName), specifier));
  return { kind: 'ours', path: path.replace(/\.(ts|js)$/, '') };
}

/**
 * The breaches of one file, each as a line to print. `fileName` is relative to the project, with forward slashes.
 * A file that no rule covers is a breach too: a new folder has to be given its rule first.
 */
export function breachesOf(fileName: string, text: string): string[] {
  const rule = rules.find(({ files }) => fileName.startsWith(files));
  if (!rule) return [`${fileName}: no import rule covers this file`];
  const breaches = importsOf(fileName, text)
    .filter((use) => !rule.allows(targetOf(fileName, use.specifier), use))
    .map((use) => `${fileName} may not ${use.typeOnly ? 'import type from' : 'import'} '${use.specifier}'`);
  return fileName.startsWith('simulator/') ? [...breaches, ...impuritiesOf(fileName, text)] : breaches;
}

/** The rest of the host (process, document, timers) is not in the compiler's lib for neutral code. */
const clocks = new Set(['Date', 'performance', 'globalThis']);

/** Uses of a clock or of unseeded randomness: the machine's traces have to repeat. */
function impuritiesOf(fileName: string, text: string): string[] {
  const found: string[] = [];
  const source = ts.createSourceFile(fileName, text, ts.ScriptTarget.Latest, true);
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node) && isValueUse(node)) {
      const random =
        node.text === 'Math' && ts.isPropertyAccessExpression(node.parent) && node.parent.name.text === 'random';
      if (random || clocks.has(node.text)) {
        const line = source.getLineAndCharacterOfPosition(node.getStart()).line + 1;
        found.push(`${fileName}:${line} may not use ${random ? 'Math.random' : node.text}`);
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** Whether an identifier stands for a value from the surroundings, not for a member, a key or a type. */
function isValueUse(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isPropertyAssignment(parent)) return parent.initializer === node;
  return ts.isExpression(parent) || ts.isVariableDeclaration(parent) || ts.isStatement(parent);
}
