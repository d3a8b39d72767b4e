import type { WalkAnswer, WalkStep } from '../../extension/protocol/messages';

/** A table entry that the walk read, with the look-ups and checks it was put to. */
export interface WalkGroup {
  /** Null for checks that belong to no entry: those before the first, such as a canonical check. */
  readonly entry: WalkStep | null;
  readonly checks: readonly WalkStep[];
  /** An entry of the nested table, read to find out where a guest's entry is. */
  readonly nested: boolean;
  readonly ok: boolean;
}

/** Steps as a reader thinks of them: each entry once, what was checked about it beside it. */
export function walkGroups(answer: WalkAnswer): WalkGroup[] {
  const groups: { entry: WalkStep | null; checks: WalkStep[]; nested: boolean }[] = [];
  for (const step of answer.steps) {
    if (step.kind === 'entry' || step.kind === 'nested') {
      groups.push({ entry: step, checks: [], nested: step.kind === 'nested' });
      continue;
    }
    const last = groups.at(-1);
    if (last === undefined) groups.push({ entry: null, checks: [step], nested: false });
    else last.checks.push(step);
  }
  return groups.map((group) => ({
    ...group,
    ok: (group.entry?.ok ?? true) && group.checks.every((check) => check.ok),
  }));
}
