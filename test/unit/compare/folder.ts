import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CompareRequest } from '../../../extension/protocol/comparison';

/** Random loads over 128 pages: more pages than the TLBs that the sweep gives it. */
const LOADS = `
machine { memory 64M tags asid tlb { l1d 4K 16 4-way l2 4K 64 4-way } }
vm web { memory 16M }
process redis in web {
  let heap = mmap(512K, rw)
  touch(heap, 512K)
  for i in 0..500 { read(heap + random(64K) * 8) }
}
`;
/** Ends well under native; the set_pte of TPT is an attack there. */
const ATTACK = `
machine { memory 64M tags asid }
vm web { memory 16M }
process redis in web {
  let heap = mmap(4K, rw)
  write(heap, 1)
  kernel { set_pte(heap, 1, rw)  invlpg(heap) }
  write(heap, 2)
}
`;

/** A new folder with `loads.tpt`, `attack.tpt` and two that do not run: `bad.tpt` and `endless.tpt`. Whoever asks for it removes it. */
export function scenarioFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tpt-compare-'));
  writeFileSync(join(folder, 'loads.tpt'), LOADS);
  writeFileSync(join(folder, 'attack.tpt'), ATTACK);
  writeFileSync(join(folder, 'bad.tpt'), 'vm a { } process p in a { raed(1) }');
  writeFileSync(join(folder, 'endless.tpt'), 'vm a { } process p in a { let i = 0 while 1 { i = i + 1 } }');
  return folder;
}

/** What is asked for a file of a folder, with nothing out of the ordinary unless `more` says so. */
export const requestFor = (
  folder: string,
  file: string,
  columns: string[],
  more: Partial<CompareRequest> = {},
): CompareRequest => ({ file: join(folder, file), columns, profile: null, sweep: null, ...more });
