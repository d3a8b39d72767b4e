/**
 * Addresses and sizes that are known before the run. Problems: non-canonical-address, not-user-address,
 * unaligned-address, mapping-too-large, bad-size, overlapping-mapping, outside-memory.
 */

import type { Builtin } from '../builtins';
import type { Folder } from '../fold';
import type { Call, Expression } from '../generated/ast';
import { formatHex, formatSize } from '../numbers';
import type { Problems } from '../problems';
import { rangeOf } from '../ranges';
import type { Settings } from '../settings';
import type { Body, BoundScenario } from '../symbols';

const PAGE = 4096n;

interface Area {
  readonly start: bigint;
  readonly end: bigint;
  readonly line: number;
}

export function checkAddresses(bound: BoundScenario, folder: Folder, settings: Settings, problems: Problems): void {
  const checker = new AddressChecker(folder, settings, problems);
  for (const [call, target] of bound.calls) {
    if (target.kind !== 'builtin') continue;
    checker.checkOperands(call, target.builtin);
    checker.checkGuestPhysical(call, target.builtin, bound);
  }
  // In the order of the statements, since areas come and go; only those that certainly run count.
  const areas = new Map<Body, Area[]>();
  for (const [node, place] of bound.places) {
    if (node.$type !== 'Call' || !place.straight) continue;
    const known = areas.get(place.body) ?? [...(areas.get(place.body.parent ?? place.body) ?? [])];
    areas.set(place.body, checker.checkArea(node, known));
  }
}

class AddressChecker {
  /** Bytes of the user half of the address space. */
  private readonly userHalf: bigint;
  private readonly bits: bigint;

  constructor(
    private readonly folder: Folder,
    private readonly settings: Settings,
    private readonly problems: Problems,
  ) {
    this.bits = settings.machine.levels === 5 ? 57n : 48n;
    this.userHalf = 1n << (this.bits - 1n);
  }

  checkOperands(call: Call, builtin: Builtin): void {
    builtin.parameters.forEach((parameter, i) => {
      const argument = call.arguments[i];
      if (argument === undefined || parameter.kind !== 'value') return;
      const value = this.folder.value(argument);
      if (value === null) return;
      if (parameter.name === 'address' || parameter.name === 'at') this.checkCanonical(value, argument);
      if (parameter.name === 'size') this.checkSize(value, argument, builtin);
      if (builtin.name === 'mmap' && parameter.name === 'at' && value !== 0n) this.checkPlace(value, argument);
    });
  }

  /** Guest-physical operands against the memory of the VM they are meant for. */
  checkGuestPhysical(call: Call, builtin: Builtin, bound: BoundScenario): void {
    const [vmArgument, gpaArgument] = call.arguments;
    if (
      builtin.parameters[0]?.kind !== 'vm' ||
      builtin.parameters[1]?.name !== 'gpa' ||
      vmArgument === undefined ||
      gpaArgument === undefined
    )
      return;
    const vm = this.settings.vms[bound.operands.get(vmArgument) ?? -1];
    const gpa = this.folder.value(gpaArgument);
    if (vm === undefined || gpa === null || gpa < BigInt(vm.memory)) return;
    const message = `\`${vm.name}\` has ${formatSize(BigInt(vm.memory))} of memory; ${formatHex(gpa)} lies outside.`;
    this.problems.warning('outside-memory', message, rangeOf(gpaArgument));
  }

  /** Follows `mmap` and `munmap` with constant addresses through a task. */
  checkArea(call: Call, areas: Area[]): Area[] {
    const isMap = call.callee === 'mmap';
    if (!isMap && call.callee !== 'munmap') return areas;
    const [first, second, third] = call.arguments;
    const start = this.constant(isMap ? third : first);
    const size = this.constant(isMap ? first : second);
    if (start === null || size === null || (isMap && start === 0n)) return areas;
    const area = { start, end: start + ((size + PAGE - 1n) & ~(PAGE - 1n)), line: rangeOf(call).startLine };
    const apart = areas.filter((other) => other.end <= area.start || other.start >= area.end);
    if (!isMap) return apart;
    const other = areas.find((candidate) => candidate.start < area.end && candidate.end > area.start);
    if (other !== undefined && third !== undefined) {
      const where = `${formatHex(other.start)} to ${formatHex(other.end)}`;
      this.problems.error(
        'overlapping-mapping',
        `This overlaps the mapping of line ${other.line + 1} (${where}).`,
        rangeOf(third),
      );
    }
    return [...areas, area];
  }

  private constant(argument: Expression | undefined): bigint | null {
    return argument === undefined ? null : this.folder.value(argument);
  }

  private checkCanonical(value: bigint, argument: Expression): void {
    if (value === BigInt.asUintN(64, BigInt.asIntN(Number(this.bits), value))) return;
    const message = `${formatHex(value)} is not canonical: bits ${this.bits} to 63 must equal bit ${this.bits - 1n}. An access raises #GP.`;
    // Deliberate where the scenario is about #GP.
    if (isExpected(argument)) return;
    this.problems.error('non-canonical-address', message, rangeOf(argument));
  }

  private checkSize(value: bigint, argument: Expression, builtin: Builtin): void {
    if (value === 0n)
      this.problems.error('bad-size', `\`${builtin.name}\` of 0 bytes does nothing.`, rangeOf(argument));
    else if (
      value > this.userHalf &&
      builtin.parameters.some((parameter) => parameter.name === 'address' || parameter.name === 'at')
    ) {
      const message = `${formatSize(value)} does not fit: a process has ${formatSize(this.userHalf)} of addresses.`;
      this.problems.error('mapping-too-large', message, rangeOf(argument));
    }
  }

  private checkPlace(value: bigint, argument: Expression): void {
    if (value % PAGE !== 0n) {
      const rounded = formatHex(value - (value % PAGE));
      const range = rangeOf(argument);
      this.problems.error('unaligned-address', 'A mapping begins at a page: a multiple of 4K.', range, {
        title: `Change to \`${rounded}\``,
        range,
        text: rounded,
      });
    } else if (value >= this.userHalf && value < (1n << 64n) - this.userHalf) return;
    else if (value >= this.userHalf)
      this.problems.error('not-user-address', 'This address belongs to the kernel half.', rangeOf(argument));
  }
}

/** True inside `expect fault gp { }`. */
function isExpected(node: { $container?: unknown; $type: string }): boolean {
  for (
    let at = node as { $container?: unknown; $type: string; kind?: string } | undefined;
    at !== undefined;
    at = at.$container as typeof at
  ) {
    if (at.$type === 'ExpectFault' && at.kind === 'gp') return true;
  }
  return false;
}
