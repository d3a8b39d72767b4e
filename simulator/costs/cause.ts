/** Indices into REFERENCE_CAUSES (causes.ts). */
export const enum Cause {
  Data = 0,
  Kernel,
  Table,
  Nested,
  Tag,
}
