/** Numbers and constant arithmetic. Problems: bad-number, number-too-large, not-constant, division-by-zero, bad-step. */

import { type AstNode, AstUtils } from 'langium';
import type { Folder } from '../fold';
import { isBinaryExpression, isCall, isFor, isNumberLiteral, isQualified, isUnary } from '../generated/ast';
import { parseNumber } from '../numbers';
import type { Problems } from '../problems';
import { rangeOf } from '../ranges';
import type { BoundScenario } from '../symbols';

export function checkValues(bound: BoundScenario, folder: Folder, problems: Problems): void {
  for (const node of AstUtils.streamAst(bound.scenario)) checkNode(node, folder, problems);
  for (const parts of bound.texts.values()) {
    for (const part of parts) {
      if (typeof part === 'string') continue;
      for (const node of AstUtils.streamAst(part)) checkNode(node, folder, problems);
    }
  }
  for (const constant of bound.constants) {
    // Evaluating finds circles.
    folder.value(constant.node.value);
    const node = AstUtils.streamAst(constant.node).find(isKnownOnlyAtRunTime);
    if (node === undefined) continue;
    const message = `\`${constant.name}\` must be known before the run: numbers and other constants only.`;
    problems.error('not-constant', message, rangeOf(node));
  }
  for (const constant of folder.circular) {
    problems.error('not-constant', `\`${constant.name}\` is defined by itself.`, rangeOf(constant.node.value));
  }
}

function isKnownOnlyAtRunTime(node: AstNode): boolean {
  return isCall(node) || isQualified(node) || (isUnary(node) && node.operator === '*');
}

function checkNode(node: AstNode, folder: Folder, problems: Problems): void {
  if (isNumberLiteral(node)) {
    const parsed = parseNumber(node.text);
    if (!parsed.ok) problems.error(parsed.code, parsed.message, rangeOf(node));
  } else if (isBinaryExpression(node) && (node.operator === '/' || node.operator === '%')) {
    if (folder.value(node.right) === 0n)
      problems.error('division-by-zero', 'This divides by zero.', rangeOf(node.right));
  } else if (isFor(node) && node.by !== undefined && folder.value(node.by) === 0n) {
    problems.error('bad-step', 'A loop with step 0 never ends.', rangeOf(node.by));
  }
}
