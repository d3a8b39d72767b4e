/** What a client learns about the fault or event at which the run stands. */
import type { DebugProtocol as P } from '@vscode/debugprotocol';
import { EXCEPTION_FILTERS, type FaultDetail } from '../../simulator/index';
import type { ExceptionDetails } from './halts';

/** Filters that clients offer as check boxes. */
export function exceptionFilters(): P.ExceptionBreakpointsFilter[] {
  return EXCEPTION_FILTERS.map((f) => ({
    filter: f.filter,
    label: f.label,
    description: f.description,
    default: f.default,
    supportsCondition: true,
    conditionDescription: 'An expression; the run stops if it is not 0, for example page_faults > 10',
  }));
}

export function exceptionInfo(exception: ExceptionDetails, fault: FaultDetail | null): P.ExceptionInfoResponse['body'] {
  const label = EXCEPTION_FILTERS.find((f) => f.filter === exception.id)?.label ?? exception.id;
  return {
    exceptionId: label,
    description: exception.text,
    breakMode: 'always',
    details: {
      message: fault?.row.why ?? exception.text,
      typeName: label,
      fullTypeName: exception.id,
      ...(fault && { stackTrace: faultStory(fault) }),
    },
  };
}

/** The chain guest → host → retry as an indented text, then the walk with the failed check. */
function faultStory(fault: FaultDetail): string {
  const { row } = fault;
  const head = [`tick ${row.tick}`, `${row.vm} ▸ ${row.task}`, row.kindText, row.gva ?? '', row.errorText]
    .filter((t) => t !== '')
    .join(' · ');
  const chain = fault.chain.map(
    (s) =>
      `${'  '.repeat(s.depth + 1)}${s.who}: ${s.operation}: ${s.text}${s.line === null ? '' : ` (line ${s.line})`}`,
  );
  const walk = (fault.walk?.steps ?? []).map(
    (s) => `  ${s.ok ? '✓' : '✗'} ${s.levelName} ${s.address} = ${s.value}: ${s.text}`,
  );
  return [head, ...chain, ...(walk.length > 0 ? ['walk', ...walk] : []), row.resolution]
    .filter((t) => t !== '')
    .join('\n');
}
