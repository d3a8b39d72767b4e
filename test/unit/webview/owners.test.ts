import { describe, expect, it } from 'vitest';
import { OwnerLooks, OWNER_COLOURS } from '../../../webview/shared/owners';

const looksOf = (...names: string[]): string[] => {
  const looks = new OwnerLooks();
  const owners = names.map((name, asid) => ({ asid, name }));
  looks.learn(owners);
  return owners.map((owner) => `${looks.look(owner).className} ${looks.look(owner).letter}`);
};

describe('owners', () => {
  it('gives the host its own colour and H, and VMs the first letter of their names', () => {
    expect(looksOf('host', 'web', 'evil')).toEqual(['owner-host H', 'owner-1 W', 'owner-2 E']);
  });

  it('falls back to the ASID where a letter is taken', () => {
    expect(looksOf('host', 'web', 'worker', 'hydra')).toEqual(['owner-host H', 'owner-1 W', 'owner-2 2', 'owner-3 3']);
  });

  it('keeps what an owner has when others come in whatever order', () => {
    const looks = new OwnerLooks();
    looks.learn([{ asid: 5, name: 'web' }]);
    const before = looks.look({ asid: 5, name: 'web' });
    looks.learn([
      { asid: 1, name: 'wolf' },
      { asid: 5, name: 'web' },
    ]);
    expect(looks.look({ asid: 5, name: 'web' })).toBe(before);
    expect(looks.look({ asid: 1, name: 'wolf' }).letter).toBe('1');
  });

  it('gives an ASID the same colour in every view, whatever it learnt first', () => {
    const looks = new OwnerLooks();
    expect(looks.look({ asid: 2, name: 'evil' }).className).toBe('owner-2');
    expect(looks.look({ asid: OWNER_COLOURS + 1, name: 'late' }).className).toBe('owner-1');
  });
});
