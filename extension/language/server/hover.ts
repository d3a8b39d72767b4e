import { type Hover, MarkupKind, type Position } from 'vscode-languageserver';
import {
  BUILTIN_BY_NAME,
  BUILTINS,
  FORK_STEPS,
  formatHex,
  MACHINE_SETTINGS,
  type NamedSymbol,
  VM_SETTINGS,
} from './language';
import { describeBuiltin, describeSteps } from './builtin-docs';
import { blockAt } from './context';
import { offsetAt, type ScenarioDocument, toRange, wordAt } from './documents';
import { symbolAt } from './symbols';
import { CONSTANT_DOCS, DECLARATIONS, FAULT_DOCS, OTHER_WORDS, STATEMENTS } from './words';

/** What stands at a position, or null. */
export function hoverAt(document: ScenarioDocument, position: Position): Hover | null {
  const found = symbolAt(document, position);
  if (found !== null) return markdown(describeSymbol(document, found.symbol), toRange(found.range));
  const word = wordAt(document.text, position);
  if (word === null) return null;
  const text = describeWord(document, position, word.word);
  return text === null ? null : markdown(text, word.range);
}

function markdown(value: string, range: Hover['range']): Hover {
  return { contents: { kind: MarkupKind.Markdown, value }, ...(range === undefined ? {} : { range }) };
}

function describeSymbol(document: ScenarioDocument, symbol: NamedSymbol): string {
  switch (symbol.kind) {
    case 'variable': {
      const role = { let: 'Variable', parameter: 'Parameter', loop: 'Loop variable' }[symbol.role];
      const owner = document.checked.bound?.bodies.find((body) => body.variables.includes(symbol));
      return `${role} \`${symbol.name}\`${owner === undefined ? '' : ` of \`${owner.name}\``}`;
    }
    case 'constant': {
      const value = document.checked.checked?.folder.value(symbol.node.value) ?? null;
      return `Constant \`${symbol.name}\`${value === null ? '' : ` = ${value} (${formatHex(value)})`}`;
    }
    case 'vm': {
      const config = document.checked.checked?.settings.vms[symbol.index];
      const about =
        config === undefined ? '' : `: ${config.scheme}, ${config.memory / 2 ** 20} MiB, ${config.backing} backing`;
      return `VM \`${symbol.name}\`, ASID ${symbol.index + 1}${about}`;
    }
    case 'event':
      return `Event \`${symbol.fullName}\``;
    case 'body': {
      if (symbol.node.$type === 'Fn') {
        return `\`\`\`tpt\nfn ${symbol.name}(${symbol.node.parameters.map((parameter) => parameter.name).join(', ')})\n\`\`\``;
      }
      const kind = { fn: '', process: 'Process', kernel: 'Kernel task', host: 'Host task', fork: 'Forked process' }[
        symbol.role
      ];
      const parent = symbol.parent === null ? '' : `, child of \`${symbol.parent.name}\``;
      return `${kind} \`${symbol.name}\`${symbol.vm === null ? '' : ` in \`${symbol.vm.name}\``}${parent}`;
    }
  }
}

function describeWord(document: ScenarioDocument, position: Position, word: string): string | null {
  const block = blockAt(document.text, offsetAt(document.text, position));
  const settings = block === 'machine' ? MACHINE_SETTINGS : block === 'vm' ? VM_SETTINGS : [];
  const setting = settings.find(({ name }) => name === word);
  if (setting !== undefined) {
    const values =
      setting.words.length === 0 ? '' : ` One of ${setting.words.map((value) => `\`${value}\``).join(', ')}.`;
    return `**${word}** ${setting.doc}${values} \`${setting.fallback}\` if left out.`;
  }
  const step = describeStepAt(document.text, position, word);
  if (step !== null) return step;
  const builtin = BUILTIN_BY_NAME.get(word);
  if (builtin !== undefined) return describeBuiltin(builtin);
  const keyword = STATEMENTS[word]?.doc ?? DECLARATIONS[word]?.doc ?? OTHER_WORDS[word];
  if (keyword !== undefined)
    return `**${word}** ${keyword}${word === 'fork' ? `\n\n${describeSteps(FORK_STEPS)}` : ''}`;
  const fault = FAULT_DOCS[word];
  if (fault !== undefined) return `Fault **${word}** ${fault}`;
  const constant = CONSTANT_DOCS[word];
  return constant === undefined ? null : `**${word}** ${constant}`;
}

/** A step behind `without`: hyphens and all, of the operation in front. */
function describeStepAt(text: string, position: Position, word: string): string | null {
  const line = text.split('\n', position.line + 1)[position.line] ?? '';
  const without = line.lastIndexOf('without', position.character);
  if (without < 0) return null;
  const hyphenated = [...line.matchAll(/[A-Za-z_][\w-]*/g)].find(
    (match) => match.index <= position.character && match.index + match[0].length >= position.character,
  );
  const name = hyphenated?.[0] ?? word;
  const before = line.slice(0, without);
  const owner = /\bfork\s+\w+\s*$/.test(before) ? 'fork' : /(\w+)\s*\([^]*\)\s*$/.exec(before)?.[1];
  const steps = owner === 'fork' ? FORK_STEPS : (BUILTINS.find((builtin) => builtin.name === owner)?.steps ?? []);
  const step = steps.find((candidate) => candidate.name === name);
  return step === undefined ? null : `Step \`${step.name}\` of \`${owner}\`: ${step.doc}.`;
}
