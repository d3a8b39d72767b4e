/** Where control can go. Problems: not-in-loop, no-value, fork-in-loop, unreachable, endless-loop. */

import { AstUtils } from 'langium';
import type { Folder } from '../fold';
import { type Block, isBlock, type Statement, type While } from '../generated/ast';
import type { Problems } from '../problems';
import { joinRanges, rangeOf, rangeOfKeyword, rangeOfProperty } from '../ranges';
import type { BoundScenario } from '../symbols';

export function checkFlow(bound: BoundScenario, folder: Folder, problems: Problems): void {
  for (const [node, place] of bound.places) {
    switch (node.$type) {
      case 'Break':
      case 'Continue':
        if (!place.inLoop)
          problems.error('not-in-loop', `\`${node.$type.toLowerCase()}\` stands in no loop.`, rangeOf(node));
        break;
      case 'Return':
        if (node.value !== undefined && place.body.role !== 'fn') {
          problems.error('no-value', 'A task gives no value; `return` alone ends it.', rangeOf(node));
        }
        break;
      case 'Fork':
        if (place.inLoop) {
          problems.error(
            'fork-in-loop',
            `A fork in a loop would start \`${node.name}\` more than once; each fork is a process of its own.`,
            rangeOfProperty(node, 'name'),
          );
        }
        break;
      case 'While':
        checkEndless(node, folder, problems);
        break;
      default:
        break;
    }
  }
  for (const node of AstUtils.streamAst(bound.scenario)) if (isBlock(node)) checkUnreachable(node, problems);
}

function checkUnreachable(block: Block, problems: Problems): void {
  const last = block.statements.findIndex(endsBlock);
  if (last < 0 || last === block.statements.length - 1) return;
  const rest = block.statements.slice(last + 1);
  problems.info(
    'unreachable',
    'Nothing after this can run.',
    joinRanges(rangeOf(rest[0]), rangeOf(rest[rest.length - 1])),
  );
}

function endsBlock(statement: Statement): boolean {
  if (statement.$type === 'CallStatement') return statement.call.callee === 'exit';
  return statement.$type === 'Break' || statement.$type === 'Continue' || statement.$type === 'Return';
}

function checkEndless(loop: While, folder: Folder, problems: Problems): void {
  const condition = folder.value(loop.condition);
  if (condition === null || condition === 0n) return;
  const leaves = AstUtils.streamAst(loop.body).some((node) => {
    if (node.$type === 'Break') return AstUtils.getContainerOfType(node, isLoop) === loop;
    return node.$type === 'Return' || (node.$type === 'Call' && (node as { callee?: string }).callee === 'exit');
  });
  if (!leaves)
    problems.warning(
      'endless-loop',
      'This loop never ends; the step limit will stop it.',
      rangeOfKeyword(loop, 'while'),
    );
}

function isLoop(node: { $type: string }): node is While {
  return node.$type === 'While' || node.$type === 'For';
}
