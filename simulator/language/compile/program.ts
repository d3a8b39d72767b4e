/** Bound scenario to program. */

import type { Folder } from '../fold';
import type { FunctionInfo, Program, TaskInfo } from '../program';
import { rangeOf } from '../ranges';
import type { Settings } from '../settings';
import { type Body, type BoundScenario, tasksOf } from '../symbols';
import { compileBody } from './statements';
import { Tables } from './tables';

/** Precondition: no check has found an error. */
export function compileProgram(bound: BoundScenario, folder: Folder, settings: Settings, uri: string): Program {
  const tables = new Tables();
  const words: number[] = [];
  const functions: FunctionInfo[] = [];
  for (const body of bound.bodies) {
    const compiled = compileBody(body, bound, folder, tables, words.length / 4);
    for (const word of compiled.words) words.push(word);
    functions.push(compiled.info);
  }
  return {
    uri,
    machine: settings.machine,
    vms: settings.vms,
    tasks: tasksOf(bound).map(taskInfo),
    functions,
    code: Int32Array.from(words),
    statements: tables.statements,
    calls: tables.calls,
    skips: tables.skips,
    events: bound.events.map((event) => event.fullName),
    expectations: tables.expectations,
    messages: tables.messages,
    strings: tables.strings,
    roundRobin: settings.roundRobin,
  };
}

function taskInfo(body: Body): TaskInfo {
  const { node } = body;
  const vcpu =
    (node.$type === 'Process' || node.$type === 'KernelTask') && node.vcpu !== undefined ? Number(node.vcpu) : -1;
  return {
    name: body.name,
    kind: body.role === 'host' ? 'host' : body.role === 'kernel' ? 'kernel' : 'process',
    vm: body.vm?.index ?? -1,
    vcpu,
    function: body.index,
    forkedBy: body.parent?.task ?? -1,
    range: rangeOf(node),
  };
}
