/** Arguments of commands: addresses, frames, ticks, VMs and processes. Each reader throws a UserError in words. */
import type { EntryRef, Hex, ProcessSummary, Simulation, SpaceRef, VmSummary } from '../../../simulator/index';
import { commandRefused } from '../../scenario/errors';
import { readAddress, readFrame } from '../../scenario/watch-names';
import { entryAt, numberOf, readPlace } from '../places';
import type { CommandContext } from './command';

/** An address, or an expression without blanks that gives one. */
export function addressArgument(text: string | undefined, what: string, { frame, target }: CommandContext): Hex {
  const plain = readAddress(text);
  if (plain !== null) return plain;
  if (text === undefined) throw commandRefused(`${what} is missing: write an address, like 0x7f0000000000.`);
  const number = numberOf(text, frame, target);
  if (typeof number === 'string') throw commandRefused(`${what}: ${number}.`);
  return `0x${number.toString(16)}`;
}

/** A frame by an hPA in it, or by its number as `frame:0x1a00`. */
export function frameArgument(text: string | undefined, context: CommandContext): number {
  const frame = readFrame(text) ?? readFrame(addressArgument(text, 'The frame', context));
  const { frames } = context.target.inspect.summary(null);
  if (frame === null || frame >= frames) {
    const last = `0x${((frames - 1) * 4096).toString(16)}`;
    throw commandRefused(
      `${text ?? ''} is no frame of the machine. Write an hPA up to ${last}, or a number as in frame:0x1a00.`,
    );
  }
  return frame;
}

/** An entry: its hPA, or an expression that names it, such as pte(heap). */
export function entryArgument(text: string | undefined, context: CommandContext): EntryRef {
  const place = text === undefined ? null : readPlace(text, context.frame, context.target);
  if (typeof place === 'string') throw commandRefused(`${text ?? ''}: ${place}.`);
  if (place?.kind === 'entry') return place.entry;
  const hpa = addressArgument(text, 'The entry', context);
  frameArgument(hpa, context);
  return entryAt(Number(hpa));
}

export function wholeNumber(text: string | undefined, what: string): number {
  const number = /^(\d[\d_,]*)$/.test(text ?? '') ? Number(text?.replace(/[_,]/g, '')) : NaN;
  if (!Number.isSafeInteger(number)) throw commandRefused(`${what} must be a whole number, 0 or larger.`);
  return number;
}

export function vmArgument(name: string | undefined, target: Simulation): VmSummary {
  const { vms } = target.inspect.summary(null);
  const vm = vms.find((v) => v.name === name);
  if (!vm) throw commandRefused(`${missing('VM', name)}; there are ${vms.map((v) => v.name).join(', ')}.`);
  return vm;
}

export function processArgument(name: string | undefined, vm: VmSummary): ProcessSummary {
  const process = vm.processes.findLast((p) => p.name === name);
  if (!process) {
    const names = vm.processes.map((p) => p.name);
    throw commandRefused(`${missing('process', name)} in ${vm.name}; there are ${names.join(', ') || 'none'}.`);
  }
  return process;
}

/** `VM PROCESS`, or the process of the selected thread where both are left out. */
export function spaceArgument(
  words: readonly string[],
  context: CommandContext,
): SpaceRef & { readonly vmSummary: VmSummary; readonly process: ProcessSummary } {
  const { frame, target } = context;
  const task = target.tasks().find((t) => t.id === frame.task);
  const [vmName, processName] = words.length > 0 ? words : [task?.vm ?? undefined, processOf(context)];
  if (words.length === 0 && processName === undefined)
    throw commandRefused('The selected thread has no address space: name a VM and a process, or select a process.');
  const vmSummary = vmArgument(vmName, target);
  const process = processArgument(processName, vmSummary);
  return { vm: vmSummary.index, pid: process.pid, vmSummary, process };
}

function processOf({ frame, target }: CommandContext): string | undefined {
  return target.process(frame.task).find((v) => v.name === 'name')?.value;
}

const missing = (what: string, name: string | undefined): string =>
  name === undefined ? `A ${what} is missing` : `There is no ${what} "${name}"`;

/** Names for completion. */
export const vmNames = (target: Simulation): string[] => target.inspect.summary(null).vms.map((v) => v.name);
export const processNames = (target: Simulation, vm: string | undefined): string[] =>
  target.inspect
    .summary(null)
    .vms.find((v) => v.name === vm)
    ?.processes.map((p) => p.name) ?? [];
