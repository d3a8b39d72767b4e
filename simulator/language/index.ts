/** The public surface of the scenario language. */

export { BUILTIN_BY_NAME, BUILTINS, CONSTANTS, COUNTERS, FAULT_KINDS, FORK_STEPS } from './builtins';
export type { Builtin, BuiltinContext, BuiltinName, CounterName, FaultKind, NamedStep, Parameter } from './builtins';
export { checkScenario, type CheckedScenario } from './check';
export { parameterLabel, signatureOf } from './checks/calls';
export { compileScenario } from './compile';
export { disassemble, disassembleInstruction } from './disassemble';
export { isDiagnostic, parseWatch, type WatchExpression } from './expression';
export { formatHex, formatSize } from './numbers';
export { parseScenario } from './parse';
export type { Diagnostic, Program, SourceRange } from './program';
export { containsPosition, rangeOf } from './ranges';
export { MACHINE_SETTINGS, type SettingInfo, VM_SETTINGS } from './setting-table';
export { closest } from './suggest';
export { allSymbols, tasksOf } from './symbols';
export type { Body, BoundScenario, NamedSymbol, VariableSymbol } from './symbols';
export { TLB_ARRAYS } from './tlb-presets';
