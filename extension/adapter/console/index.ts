/** The commands of the console. What is no command is an expression. */
import type { DebugProtocol as P } from '@vscode/debugprotocol';
import type { Evaluation, Simulation } from '../../../simulator/index';
import { commandRefused, messageOf, UserError } from '../../scenario/errors';
import { breakHint } from './break';
import type { Command, CommandContext } from './command';
import { diff } from './diff';
import { inject, set, undo } from './edits';
import { history, writes } from './history';
import { textTable } from './text-table';
import { back, goto, timeline } from './travel';
import { why } from './why';

export type { ConsoleDeeds } from './command';

const help: Command = {
  name: 'help',
  usage: 'help',
  help: 'this list',
  run: () => ({
    text: [
      ...textTable(
        ['command', 'what it does'],
        COMMANDS.map((c) => [c.usage, c.help]),
      ),
      'Anything else is an expression. An address is a number or an expression without blanks; a frame is named by an hPA in it, or as frame:NUMBER.',
    ].join('\n'),
  }),
};

const COMMANDS: readonly Command[] = [
  why,
  history,
  writes,
  timeline,
  goto,
  back,
  diff,
  set,
  inject,
  undo,
  breakHint,
  help,
];

/**
 * Carries a line out if it is a command; null if it is an expression. A variable of the same name wins.
 * @throws UserError in words
 */
export function runCommand(line: string, context: CommandContext): Evaluation | null {
  const [name, ...words] = line.trim().split(/\s+/);
  const command = COMMANDS.find((c) => c.name === name);
  if (!command || isExpression(command.name, words, context)) return null;
  try {
    const { text, children } = command.run(words, context);
    return { ok: true, value: text, type: '', children: children ?? [], memory: null };
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw commandRefused(`${command.name}: ${messageOf(error)}`);
  }
}

/** Words of commands that fit behind what was typed. */
export function commandWords(before: string, target: Simulation): P.CompletionItem[] {
  const [name, ...words] = before.trim().split(/\s+/);
  if (name === undefined || name === '')
    return COMMANDS.map((c) => ({ label: c.name, type: 'keyword', detail: `${c.usage}: ${c.help}` }));
  const command = COMMANDS.find((c) => c.name === name);
  return (command?.words?.(words, target) ?? []).map((label) => ({ label, type: 'keyword' }));
}

function isExpression(name: string, words: readonly string[], { frame, target }: CommandContext): boolean {
  const next = words[0];
  if (next !== undefined && !/^[-=+*/%<>&|^!]/.test(next)) return false;
  return next?.startsWith('=') || target.evaluate(name, frame.task, frame.depth).ok;
}
