/** Every kind of fault: raised where it should be, named in the history, with what it carries. */
import { describe, expect, test } from 'vitest';
import { check, faultsOf } from './check';
import { inProcess, oneVm } from './vms';

const FORGE = `
  vm victim { memory 16M }
  process vault in victim { let secret = mmap(4K, rw) write(secret, 7) signal ready }`;

describe('the history names', () => {
  const kindsOf = (text: string, fails: RegExp[] = [], options = {}): string[] =>
    faultsOf(check(text, { fails, ...options })).rows.map((r) => r.kind);

  test('page_fault, npf and gp, with their error codes', () => {
    const simulation = check(
      inProcess(`
        let heap = mmap(4K, r)
        read(heap)
        expect fault page_fault { write(heap, 1) }
        expect fault page_fault { fetch(heap) }
        expect fault gp { read(1 << 63) }`),
      { scheme: 'nested' },
    );
    const rows = [...faultsOf(simulation).rows].reverse();
    expect(rows.filter((r) => r.kind !== 'npf').map((r) => [r.kind, r.access, r.errorCode, r.line])).toEqual([
      ['page_fault', 'read', '0x4', 6],
      ['page_fault', 'write', '0x7', 7],
      ['page_fault', 'fetch', '0x15', 8],
      ['gp', 'read', '0x0', 9],
    ]);
    // Guest tables are found through the nested table as writes of a user: bit 33 tells them from the page itself.
    expect(rows.find((r) => r.kind === 'npf')?.errorCode).toMatch(/^0x[12]0000000[46]$/);
  });

  test('tag_violation, and who is who', () => {
    const simulation = check(
      oneVm(`${FORGE}
        process attacker in web {
          wait ready
          let page = mmap(4K, rw)
          write(page, 1)
          kernel { set_pte(page, frame_of(vault, vault.secret), rw) invlpg(page) }
          expect fault tag_violation at page { write(page, 1) }
        }`),
    );
    const row = faultsOf(simulation).rows.find((r) => r.kind === 'tag_violation');
    expect(row?.expectedOwner).toEqual({ asid: 1, name: 'web' });
    expect(row?.foundOwner).toEqual({ asid: 2, name: 'victim' });
    expect(row?.errorCode).toBe('0x80000007');
    expect(row?.resolution).toMatch(/web killed/);
    expect(simulation.tasks().map((t) => t.state)).toEqual(['ended', 'killed']);
  });

  test('#GP injected after an isolation attempt, where that is the policy: only the task ends', () => {
    const text = (after: string): string => `machine { memory 64M }
      vm web { memory 16M policy inject }
      ${FORGE}
      process attacker in web {
        wait ready
        let page = mmap(4K, rw)
        write(page, 1)
        kernel { set_pte(page, frame_of(vault, vault.secret), rw) invlpg(page) }
        expect fault gp at page { write(page, 1) }
        ${after}
      }
      process neighbour in web { wait ready let a = mmap(4K, rw) write(a, 1) }`;
    check(text('munmap(page, 4K)'), { counters: { gps: 1, tag_violations: 1, breaches: 0 } });
    check(text('write(page, 2)'), { fails: [/attacker runs to its end/] });
  });

  test('livelock, breach and hypercall_failure', () => {
    const lock = oneVm(`
      process app in web { let a = mmap(4K, rw) write(a, 1) signal ready wait done read(a) }
      host { wait ready retag(hpa_of(app, app.a), host) without clear-map signal done }`);
    expect(kindsOf(lock, [/app runs to its end/])[0]).toBe('livelock');
    const open = oneVm(`
      process app in web { let a = mmap(4K, rw) write(a, 1) signal ready wait done expect fault breach at a { read(a) } }
      host { wait ready reclaim(web, gpa_of(app, app.a)) without flush signal done }`);
    expect(kindsOf(open)[0]).toBe('breach');
    expect(kindsOf(oneVm('kernel k in web { hypercall(1) }'))[0]).toBe('hypercall_failure');
  });

  test('an entry into the host’s own memory, also with tags off', () => {
    const text = oneVm(`process app in web {
      let a = mmap(4K, rw)
      write(a, 1)
      kernel { set_pte(a, 1, rw) invlpg(a) }
      read(a)
    }`);
    expect(kindsOf(text, [/app runs to its end/])[0]).toBe('tag_violation');
    expect(kindsOf(text, [], { tags: 'off' })[0]).toBe('breach');
  });
});

describe('a forged root', () => {
  const forged = (root: string): string =>
    oneVm(`${FORGE}
      process attacker in web {
        wait ready
        let page = mmap(4K, rw)
        write(page, 1)
        kernel {
          load_cr3(${root})
          expect fault tag_violation { read(vault.secret) }
        }
      }`);
  test('the victim’s own CR3 violates at the first reference', () => {
    const simulation = check(forged('cr3_of(vault)'), { counters: { breaches: 0 } });
    expect(faultsOf(simulation).rows.find((r) => r.kind === 'tag_violation')?.why).toMatch(/PML4/);
  });
  test('with tags off it is a breach', () => {
    const simulation = check(forged('cr3_of(vault)'), { tags: 'off', fails: [/tag_violation .*breach/] });
    expect(faultsOf(simulation).counts['breach']).toBe(1);
  });
});

test('the chain of a stale entry goes from the hardware over the host and the guest to the retry', () => {
  const simulation = check(
    oneVm(`
      process app in web { let a = mmap(4K, rw) write(a, 1) signal ready wait done expect read(a) == 1 }
      host { wait ready migrate(web, gpa_of(app, app.a)) signal done }`),
  );
  const row = faultsOf(simulation).rows.find((r) => r.kind === 'tag_violation')!;
  const chain = simulation.inspect.fault(row.id)!.chain.map((c) => `${c.who} ${c.operation}`);
  expect([...new Set(chain)]).toEqual(['host tag_violation', 'guest page_fault', 'guest mirror_entry']);
  expect(row.resolution).toMatch(/derives it again and retries/);
});

test('a scenario’s tasks end with the fault that nobody expects; the others go on', () => {
  check(
    oneVm(`
      process bad in web { let a = mmap(4K, r) write(a, 1) signal never }
      process good in web { let a = mmap(4K, rw) write(a, 1) expect read(a) == 1 }`),
    { fails: [/bad runs to its end .*the area is r--/] },
  );
});

test('expectations nest, and leave functions and kernel mode', () => {
  check(
    inProcess(`
      let heap = mmap(4K, r)
      read(heap)
      expect fault page_fault { deep(heap, 30) }
      expect fault page_fault { kernel { write(heap - 1G, 1) } }
      expect fault page_fault { expect no fault { expect read(heap) == 0 } write(heap, 1) }
      expect read(heap) == 0
    }
    fn deep(at, n) {
      if n == 0 { write(at, 1) }
      return deep(at, n - 1) + 1`),
  );
});
