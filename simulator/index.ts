/** The only public surface of the simulator. */
export * from './control';
export { Simulation } from './simulation';
export { VectorMachine, walkVector, type VectorAnswer, type VectorInput } from './vectors';
export type { Inspector } from './inspect/queries';
export type * from './inspect/types';
export { SCHEMES } from './language/program';
export type * from './language/program';
export * from './costs/causes';
export type * from './costs/profile';
export { COST_CAUSES } from './costs/report';
export type * from './costs/report';
export type { ByteSource, FileOpener } from './trace/batch';
export * from './language/index';
