/** The only public surface of the simulator. */
export * from './control';
export { Simulation } from './simulation';
export { VectorMachine, walkVector, type VectorAnswer, type VectorInput } from './vectors';
export type { Inspector } from './inspect/queries';
export type * from './inspect/types';
export type * from './language/program';
export * from './costs/causes';
export type * from './costs/profile';
export { COST_PROFILE_NAMES, costProfile } from './costs/profiles';
export { readProfile, type ProfileProblem } from './costs/read-profile';
export { COST_CAUSES } from './costs/report';
export type * from './costs/report';
export { type ByteSource, type FileOpener, TraceBatch, TraceKind } from './trace/batch';
export { traceHeader, TraceWriter } from './trace/binary-writer';
export { openTrace, TRACE_FORMATS, type TraceFormat } from './trace/reader';
export { problemText, type TraceProblem, type TraceReader } from './trace/records';
export { isSynthetic, SYNTHETIC_FORMS, syntheticTrace } from './trace/synthetic/index';
export * from './language/index';
