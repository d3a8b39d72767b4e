/** What an access wants. */
export const enum Access {
  Read = 0,
  Write = 1,
  Fetch = 2,
}

/** What a walk found. A fault of the modelled machine is a value. */
export const enum WalkFault {
  None = 0,
  /** #PF for the guest; `errorCode` holds its code. */
  Page,
  /** #GP: a non-canonical address. */
  General,
  /** The nested table denies: `errorCode` and `errorHigh` hold the exit information, `faultGpa` the address. */
  Nested,
  /** A frame with another owner: `faultFrame`, `foundOwner`. */
  Tag,
}

export const enum StepKind {
  /** Entry of the table that is walked. */
  Entry = 0,
  /** Entry of the nested table, on the way to a guest table or to the final frame. */
  Nested,
  /** Tag look-up for the frame of a table. */
  TableTag,
  /** Tag look-up for the final frame. */
  FinalTag,
  /** A paging-structure cache gave the table of the level below `level`: upper levels are not read. `index` is its slot. */
  StructureHit,
  /** The same for the nested table. */
  NestedStructureHit,
  /** The nested TLB gave a frame: the nested table is not read. */
  NestedTlbHit,
}
