/** The only public surface of the simulator. */
export * from './control';
export { Simulation } from './simulation';
export { VectorMachine, walkVector, type VectorAnswer, type VectorInput } from './vectors';
export type { Inspector } from './inspect/queries';
export type * from './inspect/types';
export type * from './language/program';
export * from './language/index';
