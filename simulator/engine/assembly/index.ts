/** What the engine offers (engine.ts says what it is). */
export { attempt } from './access';
export { replay } from './replay';
export { unpackNarrow } from './unpack';
