/** Answers as plain text, for the clipboard. No DOM. */
import type {
  CauseLink,
  Causes,
  EntryHistory,
  FrameHistory,
  FrameInterval,
  TranslationHistory,
  Writer,
  WriteView,
} from '../../extension/protocol/messages';
import { formatCount } from '../shared/hex';
import { changedWords, writerWords } from './writes';

export const ROLES: Readonly<Record<CauseLink['role'], string>> = {
  symptom: 'symptom',
  check: 'check',
  event: 'event',
  omission: 'left undone',
  root: 'root cause',
};

export function entryText(entry: EntryHistory, writes: readonly WriteView[]): string {
  const left = entry.total - writes.length;
  return lines(
    entry.text,
    `${entry.address} = ${entry.value}`,
    ...writes.map(
      (write) =>
        `${write.ahead ? '(ahead) ' : ''}tick ${formatCount(write.tick)}  ${write.old} → ${write.new}  ${changedWords(write)}  ${byWords(write.writer)}`,
    ),
    left > 0 ? `… ${formatCount(left)} older` : null,
    completeWords(entry.completeFrom),
  );
}

export function translationText(history: TranslationHistory): string {
  return lines(
    `${history.gva} under ${history.rootName}`,
    ...[...history.intervals]
      .reverse()
      .map((interval) =>
        [
          `${interval.now ? '* ' : '  '}${ticks(interval)}`,
          ...(interval.hpa === null ? [] : [interval.hpa, interval.perm?.text ?? '', interval.owner?.name ?? '']),
          interval.text,
          ...(interval.cause === null ? [] : [byWords(interval.cause.writer)]),
        ].join('  '),
      ),
    completeWords(history.completeFrom),
  );
}

export function frameText(history: FrameHistory): string {
  const part = (title: string, intervals: readonly FrameInterval[]): string[] => [
    `${title}:`,
    ...[...intervals]
      .reverse()
      .map((interval) =>
        [
          `${interval.now ? '* ' : '  '}${ticks(interval)}`,
          ...(interval.owner === null ? [] : [interval.owner.name]),
          interval.text,
          ...(interval.by === null ? [] : [byWords(interval.by)]),
        ].join('  '),
      ),
  ];
  return lines(
    `frame 0x${history.frame.toString(16)} at ${history.hpa}`,
    ...part('Owners', history.owners),
    ...part('Uses', history.uses),
    ...part('Mapped by', history.mappers),
    completeWords(history.completeFrom),
  );
}

export function causesText({ title, verdict, links }: Causes): string {
  return lines(
    title,
    verdict,
    ...links.map(
      ({ tick, line, role, text }, depth) =>
        `${'  '.repeat(depth)}${ROLES[role]} · tick ${formatCount(tick)}${line === null ? '' : ` · line ${line}`}: ${text}`,
    ),
  );
}

function byWords(writer: Writer): string {
  return `${writer.who} ${writerWords(writer)}${writer.line === null ? '' : `, line ${writer.line}`}`;
}

function ticks({ fromTick, untilTick }: { readonly fromTick: number; readonly untilTick: number | null }): string {
  return `${formatCount(fromTick)} – ${untilTick === null ? '…' : formatCount(untilTick)}`;
}

function completeWords(from: number | null): string | null {
  return from === null ? null : `Older than tick ${formatCount(from)}: dropped to save memory.`;
}

function lines(...all: readonly (string | null)[]): string {
  return `${all.filter((line) => line !== null).join('\n')}\n`;
}
