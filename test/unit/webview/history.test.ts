import { describe, expect, it } from 'vitest';
import type { Question } from '../../../extension/protocol/messages';
import { barPieces } from '../../../webview/history/bar-math';
import { entryAddress, questionOf, questionTitle } from '../../../webview/history/questions';
import { causesText, entryText, frameText, translationText } from '../../../webview/history/text';
import { Answers, isSame, Trail } from '../../../webview/history/trail';
import { changedWords, lastChanges, neighbours, writerWords } from '../../../webview/history/writes';
import { entryAt } from '../../../webview/shared/hex';
import { causes, entryHistory, frameHistory, translationHistory } from '../../support/view-fixtures/history';
import { summary } from '../../support/view-fixtures/machine';

const frame = (n: number): Question => ({ kind: 'frame', frame: n });

describe('the trail of questions', () => {
  it('goes back and forward, and forgets what came after a new question', () => {
    const trail = new Trail();
    expect([trail.current, trail.canGoBack, trail.canGoForward]).toEqual([null, false, false]);
    [1, 2, 3].forEach((n) => trail.ask(frame(n)));
    trail.go(0);
    expect([trail.current, trail.canGoBack, trail.canGoForward]).toEqual([frame(1), false, true]);
    trail.ask(frame(9));
    expect(trail.all).toEqual([frame(1), frame(9)]);
    trail.go(-5);
    expect(trail.current).toEqual(frame(1));
  });

  it('takes the same question once, and replaces one that merely follows', () => {
    const trail = new Trail();
    trail.ask({ kind: 'entry', frame: 1, index: 2 });
    trail.ask({ index: 2, kind: 'entry', frame: 1 });
    expect(trail.all).toHaveLength(1);
    trail.replace(frame(5));
    expect(trail.all).toEqual([frame(5)]);
    expect(isSame(frame(1), frame(2))).toBe(false);
  });

  it('keeps answers for a machine that went back, and only for it', () => {
    const answers = new Answers<string>();
    answers.keep(frame(1), 484, 'because');
    expect(answers.after(frame(1), 471)).toEqual({ tick: 484, answer: 'because' });
    expect([answers.after(frame(1), 484), answers.after(frame(2), 1)]).toEqual([null, null]);
    answers.clear();
    expect(answers.after(frame(1), 471)).toBeNull();
  });

  it('does not grow without end', () => {
    const trail = new Trail();
    for (let n = 0; n < 80; n++) trail.ask(frame(n));
    expect([trail.all.length, trail.place, trail.current]).toEqual([50, 49, frame(79)]);
  });
});

describe('questions', () => {
  it('have short titles with names of processes', () => {
    const gva = '0x00007f0000001000';
    const titles = (
      [
        { kind: 'entry', frame: 0x61, index: 1 },
        { kind: 'translation', vm: 0, pid: 1, gva, root: 'active' },
        { kind: 'causes', subject: { kind: 'fault', faultId: 340 } },
        { kind: 'causes', subject: { kind: 'translation', vm: 9, pid: 1, gva } },
        { kind: 'causes', subject: { kind: 'frame', frame: 0x1b00 } },
      ] as const
    ).map((question) => questionTitle(question, summary()));
    expect(titles).toEqual([
      'entry 0x0000061008',
      '0x7f0000001000 of redis',
      'why fault 340',
      'why 0x7f0000001000',
      'why frame 0x1b00',
    ]);
  });

  it('follow a selection: its fault, else its address, else its frame', () => {
    const gva = '0x00007f0000001000';
    expect(questionOf({ vm: 0, pid: 1, gva, frame: 7, faultId: 3 })).toMatchObject({ subject: { faultId: 3 } });
    expect(questionOf({ vm: 0, pid: 1, gva, frame: 7 })).toMatchObject({ kind: 'translation', gva });
    expect(questionOf({ gva, frame: 7 })).toEqual(frame(7));
    expect(questionOf({ gva })).toBeNull();
  });

  it('find an entry by its address and back', () => {
    expect(entryAt('0x0000061ff8')).toEqual({ frame: 0x61, index: 511 });
    expect(entryAddress(0x61, 511, 10)).toBe('0x0000061ff8');
  });
});

describe('writes', () => {
  const { writes, bits } = entryHistory({ frame: 0x61, index: 1, offset: 0, limit: 50 }, 12);

  it('lead on from where the machine stands', () => {
    const ahead = writes.filter((write) => write.ahead);
    expect(ahead).toHaveLength(3);
    const { previous, next } = neighbours(writes, null);
    expect([previous?.id, next?.id]).toEqual([8, 9]);
    // Just before write 9: the next one is the one after it.
    expect(neighbours(writes, 9).next?.id).toBe(10);
    expect(neighbours(writes, 9).previous?.id).toBe(8);
    expect(neighbours([], null)).toEqual({ previous: null, next: null });
    expect(neighbours(ahead.slice(0, 1), ahead[0].id)).toEqual({ previous: null, next: null });
  });

  it('tell which made a bit what it is, never one that is still ahead', () => {
    const last = lastChanges(writes);
    expect([...last.keys()].sort()).toEqual(['A', 'D', 'P', 'R/W', 'frame']);
    expect(last.get('frame')?.id).toBe(8);
    expect([...last.values()].some((write) => write.ahead)).toBe(false);
    expect(bits.filter((bit) => last.has(bit.name)).length).toBe(5);
  });

  it('are told in words', () => {
    expect(writes.slice(-3).map(changedWords)).toEqual([
      'frame 0x1a32 → 0x1b00, A 1 → 0, D 1 → 0',
      'D 0 → 1',
      'P 0 → 1, R/W 0 → 1, frame 0x0 → 0x1a32',
    ]);
    expect(changedWords({ ...writes[0], changed: [] })).toBe('the same value');
    const writer = { who: 'guest', task: 'redis', operation: 'fork', step: '', line: null } as const;
    expect(writerWords(writer)).toBe('redis, fork');
    expect(writerWords({ ...writer, who: 'host', task: 'host', step: 'retag' })).toBe('fork · retag');
  });
});

describe('a bar over time', () => {
  it('runs from the first tick to the last or to now, with room for what lasts', () => {
    const { pieces, nowX } = barPieces(
      [
        { fromTick: 100, untilTick: 600 },
        { fromTick: 600, untilTick: null },
      ],
      1100,
      1050,
    );
    expect(pieces.map(({ index, x }) => [index, Math.round(x)])).toEqual([
      [0, 0],
      [1, 500],
    ]);
    expect(Math.round(pieces[1].x + pieces[1].width)).toBe(1050);
    expect(Math.round(nowX)).toBe(1000);
  });

  it('draws no more pieces than there are pixels', () => {
    const intervals = Array.from({ length: 200_000 }, (_, i) => ({ fromTick: i, untilTick: i + 1 }));
    const { pieces } = barPieces(intervals, 10, 300);
    expect(pieces.length).toBeLessThanOrEqual(301);
    expect(pieces.length).toBeGreaterThan(290);
  });

  it('stands for an empty past', () => {
    expect(barPieces([], 0, 300)).toEqual({ pieces: [], nowX: 1 });
  });
});

describe('answers as text', () => {
  it('say what the view shows, newest first', () => {
    const page = entryHistory({ frame: 0x61, index: 1, offset: 0, limit: 5 }, 12);
    const text = entryText(page, page.writes).split('\n');
    expect(text[0]).toBe('TPT PT entry of web ▸ redis for 0x00007f0000001000');
    expect(text[2]).toBe(
      '(ahead) tick 60,407  0x0000000001a32067 → 0x0000000001b00007  frame 0x1a32 → 0x1b00, A 1 → 0, D 1 → 0  guest redis, set_pte, line 24',
    );
    expect(text.at(-2)).toBe('… 7 older');
    const translation = translationText(
      translationHistory({ vm: 0, pid: 1, gva: '0x00007f0000001000', root: 'active' }, 4),
    ).split('\n');
    expect(translation[1]).toMatch(/^\* 45,000 – … {2}0x0001a32000 {2}rw-u {2}web/);
    expect(translation.at(-2)).toBe('  0 – 15,000  not mapped: PT entry is not present');
    expect(frameText(frameHistory(0x1b00))).toMatch(/Owners:\n\* 48,190 – … {2}evil/);
  });

  it('indent causes from the symptom to the root', () => {
    const text = causesText(causes({ kind: 'fault', faultId: 340 })).split('\n');
    expect(text[0]).toBe('Why fault 340');
    expect(text[2]).toMatch(/^symptom · tick 48,160 · line 41: redis/);
    expect(text[6]).toMatch(/^ {8}root cause · tick 407 · line 12/);
  });
});
