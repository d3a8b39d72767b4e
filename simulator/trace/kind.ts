/** What a record of a trace does. Values are those of the binary form. */
export const enum TraceKind {
  Load = 0,
  Store = 1,
  /** Load, then store, of the same bytes. */
  Modify = 2,
  Fetch = 3,
}
