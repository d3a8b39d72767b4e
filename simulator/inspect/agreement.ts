import { hex } from '../units';
import type { Leaf } from './leaves';
import type * as t from './types';
import { permissions } from './words';

/** Whether the TPT entry says what the native one and the backing say. */
export function agreeTpt(native: Leaf | null, tpt: Leaf | null, backed: number, page: number): t.Agreement {
  if (!native) return { state: 'extra', why: 'the TPT table maps it, the native table does not' };
  if (!tpt)
    return {
      state: 'missing',
      why: 'the TPT table does not map it (yet); an access faults and the guest writes the entry',
    };
  const frame = tpt.frame + (page - tpt.page);
  const differences: string[] = [];
  if (backed < 0) differences.push(`the TPT entry goes to frame ${hex(frame)}, the guest frame is not backed`);
  else if (frame !== backed)
    differences.push(`the TPT entry goes to frame ${hex(frame)}, the guest frame lives in ${hex(backed)}`);
  const perms = (leaf: Leaf): string => permissions(leaf.write, leaf.execute, leaf.user).text;
  if (perms(native) !== perms(tpt))
    differences.push(`${perms(native)} in the native table, ${perms(tpt)} in the TPT table`);
  if (native.pkey !== tpt.pkey)
    differences.push(`key ${native.pkey} in the native table, ${tpt.pkey} in the TPT table`);
  return differences.length === 0
    ? { state: 'same', why: 'same frame and permissions' }
    : { state: 'differs', why: differences.join('; ') };
}

/** Whether the shadow entry leads where the native one and the backing lead, with no right that the guest does not give. */
export function agreeShadow(native: Leaf | null, shadow: Leaf | null, backed: number, page: number): t.Agreement {
  if (!native)
    return {
      state: 'extra',
      why: "the shadow table maps it, the guest's does not: its table is out of sync until INVLPG or a CR3 load",
    };
  if (!shadow)
    return {
      state: 'missing',
      why: 'the shadow table does not map it (yet); an access faults and the host derives the entry',
    };
  const frame = shadow.frame + (page - shadow.page);
  const differences: string[] = [];
  if (frame !== backed)
    differences.push(
      `the shadow entry goes to frame ${hex(frame)}, the guest frame ${backed < 0 ? 'is not backed' : `lives in ${hex(backed)}`}`,
    );
  const more = (['write', 'execute', 'user'] as const).filter((right) => shadow[right] && !native[right]);
  if (more.length > 0) differences.push(`the shadow entry allows ${more.join(' and ')}, the guest's does not`);
  if (native.pkey !== shadow.pkey)
    differences.push(`key ${native.pkey} in the native table, ${shadow.pkey} in the shadow table`);
  if (differences.length > 0) return { state: 'differs', why: differences.join('; ') };
  return {
    state: 'same',
    why:
      native.write && !shadow.write
        ? 'same frame; stores come to the host first (a clean page, or a table of the guest)'
        : 'same frame and permissions',
  };
}
