import { describe, expect, it } from 'vitest';
import { isDiagnostic, parseWatch } from '../../../simulator/language';

describe('watch expressions', () => {
  it('are plain data', () => {
    check('0x10', { kind: 'number', value: 16n });
    check('heap', { kind: 'name', name: 'heap' });
    check('redis.heap', { kind: 'qualified', task: 'redis', name: 'heap' });
    check('*heap + 8', {
      kind: 'binary',
      operator: '+',
      left: { kind: 'deref', address: { kind: 'name', name: 'heap' } },
      right: { kind: 'number', value: 8n },
    });
    check('walk(heap, 1)', {
      kind: 'call',
      name: 'walk',
      arguments: [{ kind: 'name' }, { kind: 'number', value: 1n }],
    });
    check('(-(1))', { kind: 'unary', operator: '-', operand: { kind: 'number' } });
  });

  it('explain what is wrong', () => {
    checkProblem('', /Expected an expression/);
    checkProblem('1 +', /Expected an expression/);
    checkProblem('1 2', /does not belong here/);
    checkProblem('let x = 1', /Expected an expression|does not belong here/);
    checkProblem('99999999999999999999', /64 bits/);
    checkProblem('flush(web) without x', /without/);
    checkProblem('('.repeat(10_000), /deeply/);
  });
});

function check(text: string, expected: object): void {
  expect(parseWatch(text)).toMatchObject(expected);
}

function checkProblem(text: string, expected: RegExp): void {
  const result = parseWatch(text);
  if (!isDiagnostic(result)) throw new Error(`${text} was accepted`);
  expect(result.message).toMatch(expected);
  expect(result.range.startLine).toBeGreaterThanOrEqual(0);
}
