import { describe, expect, test } from 'vitest';
import { check, faultsOf } from './check';

/** Two VMs with a page of 0x5A each; the host does something once both have written. */
const tenants = (host: string, rest = { red: '', blue: '' }): string => `
  machine { memory 64M tags asid }
  vm red { memory 16M paging nested }
  vm blue { memory 16M paging nested }
  const ROOM = 0x10_0000_0000
  process a in red {
    mmap(4K, rw, ROOM)
    write(ROOM, 0x5A)
    signal ready
    wait ksm.done
    ${rest.red}
  }
  process b in blue {
    mmap(4K, rw, ROOM)
    write(ROOM, 0x5A)
    signal ready
    wait ksm.done
    ${rest.blue}
  }
  host ksm {
    wait a.ready
    wait b.ready
    let one = gpa_of(a, ROOM)
    let two = gpa_of(b, ROOM)
    ${host}
    signal done
  }`;
const merge = 'let frame = share(red, one, blue, two)';

describe.each(['nested', 'shadow'] as const)('share under %s', (scheme) => {
  test('both VMs read one frame, which is the host’s; a store gives a frame of its own', () =>
    check(
      tenants(
        `let before = hpa_of(b, ROOM) ${merge}
        expect frame == hpa_of(a, ROOM) >> 12
        expect frame == hpa_of(b, ROOM) >> 12
        expect owner(frame << 12) == host
        expect owner(before) == host`,
        {
          red: 'expect read(ROOM) == 0x5A write(ROOM, 1) expect read(ROOM) == 1 expect owner(hpa_of(a, ROOM)) == red signal wrote',
          blue: 'expect read(ROOM) == 0x5A wait a.wrote expect read(ROOM) == 0x5A write(ROOM, 2) expect read(ROOM) == 2',
        },
      ),
      { scheme },
    ));

  test('two pages of one VM', () =>
    check(
      `machine { memory 64M }
       vm web { memory 16M paging nested }
       process app in web {
         let p = mmap(8K, rw)
         write(p, 7) write(p + 4K, 7)
         signal ready
         wait done
         expect hpa_of(app, p) == hpa_of(app, p + 4K)
         write(p + 4K, 8)
         expect read(p) == 7
         expect read(p + 4K) == 8
       }
       host { wait ready expect share(web, gpa_of(app, app.p), web, gpa_of(app, app.p + 4K)) != 0 signal done }`,
      { scheme },
    ));

  test('what differs is not merged', () =>
    check(tenants('host_write(hpa_of(b, ROOM), 1) expect share(red, one, blue, two) == 0'), { scheme }));

  test.each(['reclaim(blue, two)', 'migrate(blue, two)', 'unshare(blue, two)', 'kill(red)', 'reclaim(red, one)'])(
    '%s leaves the other page what it was',
    (operation) => {
      check(
        tenants(`${merge} ${operation}`, {
          red: '',
          blue: 'expect read(ROOM) == 0x5A write(ROOM, 2) expect read(ROOM) == 2',
        }),
        { scheme },
      );
    },
  );

  test('without write-protect a store of one is read by the other', () =>
    check(
      tenants('share(red, one, blue, two) without write-protect', {
        red: 'write(ROOM, 1) signal wrote',
        blue: 'wait a.wrote expect read(ROOM) == 0x5A',
      }),
      { scheme, fails: [/read\(ROOM\) == 0x5A/] },
    ));
});

test.each(['tpt', 'direct', 'native'] as const)(
  '%s: pages are not merged, since the guest’s tables name its frames',
  (scheme) => {
    const text = tenants('expect share(red, one, blue, two) == 0', {
      red: 'write(ROOM, 1) expect read(ROOM) == 1',
      blue: 'expect read(ROOM) == 0x5A',
    });
    check(
      text,
      scheme === 'native'
        ? { scheme, fails: [/ksm runs to its end .red runs natively/, /every task ends/], deadlock: /./ }
        : { scheme },
    );
  },
);

test('TPT, merged all the same: the second VM is given a frame that it may not use', () => {
  const simulation = check(
    tenants('share(red, one, blue, two) without check-owner, retag', {
      red: 'expect read(ROOM) == 0x5A',
      blue: 'read(ROOM)',
    }),
    { scheme: 'tpt', fails: [/b runs to its end/] },
  );
  expect(faultsOf(simulation).counts['livelock']).toBe(1);
});
