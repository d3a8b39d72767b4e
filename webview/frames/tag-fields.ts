/** What can be changed in a tag-table entry. Decisions only, no DOM. */
import type { BitView, Owner } from '../../extension/protocol/messages';

/** One change of a tag, as an item of a menu. */
export interface TagChange {
  /** Of the field as the entry names it. */
  readonly of: string;
  readonly label: string;
  readonly hint: string;
  /** Name and value in an edit. */
  readonly field: 'owner' | 'assigned' | 'huge';
  readonly value: string;
}

/** Fields that an edit can name; `gPA` is asked for as a guest frame number. */
export const EDITABLE_FIELDS: readonly string[] = ['asid', 'gPA', 'assigned', 'pagesize'];

/** Every change but that of the guest frame, those of the owner first. */
export function tagChanges(fields: readonly BitView[], owner: Owner, owners: readonly Owner[]): TagChange[] {
  const on = (name: string): boolean => fields.find((field) => field.name === name)?.value === '1';
  return [
    ...owners
      .filter(({ asid }) => asid !== owner.asid && asid >= 0)
      .map((other): TagChange => ({
        of: 'asid',
        label: `Give to ${other.name}`,
        hint: `ASID ${other.asid}`,
        field: 'owner',
        value: other.asid === 0 ? 'host' : other.name,
      })),
    // To set it is to give the frame to a VM: see above.
    ...(on('assigned')
      ? [
          {
            of: 'assigned',
            label: 'Clear assigned',
            hint: 'belongs to the host',
            field: 'assigned',
            value: '0',
          } as const,
        ]
      : []),
    {
      of: 'pagesize',
      label: on('pagesize') ? 'Clear pagesize' : 'Set pagesize',
      hint: on('pagesize') ? 'tagged as 4 KiB' : 'tagged as 2 MiB',
      field: 'huge',
      value: on('pagesize') ? '0' : '1',
    },
  ];
}

/** The guest frame number in a tag-table entry, as it is typed. */
export function gfnText(fields: readonly BitView[]): string {
  const gpa = fields.find(({ name }) => name === 'gPA')?.value ?? '0x0';
  return `0x${(BigInt(gpa) >> 12n).toString(16)}`;
}
