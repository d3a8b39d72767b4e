/** The record of the walk under way: nothing else changes before it is known that the access succeeds. */
import { StepKind } from '../../paging/kinds';
import * as at from '../layout';

export let nextStep: usize = 0;
export let nextLesson: usize = 0;

export function beginRecord(cpu: usize): void {
  nextStep = load<usize>(cpu, at.CPU_STEPS);
  nextLesson = load<usize>(cpu, at.CPU_LESSONS);
}

/** @param line of the frame, for what is a reference. */
export function addStep(kind: StepKind, level: i32, frame: u32, line: u32): void {
  store<u32>(nextStep, kind | (level << at.STEP_LEVEL_SHIFT) | (line << at.STEP_LINE_SHIFT), at.STEP_WHAT);
  store<u32>(nextStep, frame, at.STEP_FRAME);
  nextStep += at.STEP_BYTES;
}

/** @param home frame of the tag table. */
export function addTagLookup(kind: StepKind, home: u32, frame: u32): void {
  addStep(kind, 0, home, (frame >>> 2) & 63);
}

/** A slot of a walk cache was used. */
export function addUse(cache: usize, slot: i32): void {
  store<usize>(nextLesson, cache, at.LESSON_CACHE);
  store<i32>(nextLesson, slot, at.LESSON_SLOT);
  nextLesson += at.LESSON_BYTES;
}

/** Something for a walk cache to keep. */
export function addLesson(
  cache: usize,
  keyLo: i32,
  keyHi: i32,
  frame: u32,
  guestFrame: u32,
  rights: u32,
  shift: u32,
): void {
  store<i32>(nextLesson, keyLo, at.LESSON_KEY_LO);
  store<i32>(nextLesson, keyHi, at.LESSON_KEY_HI);
  store<u32>(nextLesson, frame, at.LESSON_FRAME);
  store<u32>(nextLesson, guestFrame, at.LESSON_GUEST_FRAME);
  store<u32>(nextLesson, rights, at.LESSON_RIGHTS);
  store<u32>(nextLesson, shift, at.LESSON_SHIFT);
  addUse(cache, -1);
}
