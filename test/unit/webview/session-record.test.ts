import { describe, expect, it } from 'vitest';
import { hexDump, memoryReference } from '../../../extension/views/memory-ref';
import { sentByAdapter, sentToAdapter, SessionRecord } from '../../../extension/views/session-record';
import { summary } from '../../support/view-fixtures/machine';

describe('what views are told of a session', () => {
  it('follows it from start to end', () => {
    const record = new SessionRecord('/a.tpt');
    expect(record.state).toMatchObject({ state: 'starting', scenario: '/a.tpt' });
    record.stopped(3, summary());
    expect(record.state).toMatchObject({ state: 'stopped', revision: 3 });
    record.running(4);
    expect(record.state).toMatchObject({ state: 'running', summary: summary() });
    sentByAdapter(record, { type: 'event', event: 'terminated' });
    record.ended();
    expect(record.state).toMatchObject({ state: 'terminated', summary: summary(), scenario: '/a.tpt' });
  });

  it('takes a stop by the user for an end that was meant', () => {
    const record = new SessionRecord('/a.tpt');
    sentToAdapter(record, { type: 'request', command: 'disconnect' });
    record.exited();
    record.ended();
    expect(record.state.state).toBe('terminated');
  });

  it('empties the views when the adapter dies, and says so', () => {
    const record = new SessionRecord('/a.tpt');
    record.stopped(3, summary());
    record.exited();
    // VS Code disconnects from the dead.
    sentToAdapter(record, { type: 'request', command: 'disconnect' });
    record.ended();
    expect(record.state).toMatchObject({ state: 'none', summary: null });
    expect(record.state.message).toMatch(/unexpectedly/);
  });

  it('shows why a launch was refused, also after the session is gone', () => {
    const record = new SessionRecord('/a.tpt');
    sentByAdapter(record, {
      type: 'response',
      command: 'launch',
      success: false,
      message: 'line 3: unknown name "hep"',
    });
    record.ended();
    expect(record.state).toMatchObject({ state: 'failed', message: 'line 3: unknown name "hep"' });
  });

  it('does not come back to life by a late event', () => {
    const record = new SessionRecord(null);
    record.endIsExpected();
    record.ended();
    record.stopped(9, summary());
    record.running(9);
    expect(record.state.state).toBe('terminated');
  });
});

describe('memory', () => {
  it('names the space of an address', () => {
    expect(memoryReference({ kind: 'hpa', address: '0x1000' })).toBe('hpa:0x1000');
    expect(memoryReference({ kind: 'gpa', address: '0x1000', vm: 1 })).toBe('gpa:1:0x1000');
    expect(memoryReference({ kind: 'gva', address: '0x1000', vm: 1, pid: 4 })).toBe('gva:1:4:0x1000');
    expect(memoryReference({ kind: 'gva', address: '0x1000', vm: 1 })).toBeNull();
  });

  it('shows what cannot be read as such', () => {
    expect(hexDump(0x1000n, new Uint8Array([0x41, 0x00]), 16)).toBe(
      `0000000000001000  41 00 ${'?? '.repeat(6)} ${'?? '.repeat(8)} A.${' '.repeat(14)}`,
    );
  });
});
