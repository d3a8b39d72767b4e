/** `machine { }` and `vm { }` blocks to configurations. */

import type { Machine, Scenario, Schedule, Setting, TlbArray as TlbArrayNode, Vm } from './generated/ast';
import { formatSize, parseNumber } from './numbers';
import { EMPTY_RANGE, rangeOf, rangeOfProperty } from './ranges';
import type { Problems } from './problems';
import type { MachineConfig, Scheme, TagLookup, TagMode, TlbArray, VmConfig } from './program';
import { MACHINE_SETTINGS, type SettingInfo, VM_SETTINGS } from './setting-table';
import type { BoundScenario } from './symbols';
import { didYouMean } from './suggest';
import { TLB_ARRAYS, TLB_PRESETS } from './tlb-presets';

const HUGE_PAGE = 1 << 21;
const MAX_MEMORY = 2 ** 40;
const MIN_VM_MEMORY = 2 * HUGE_PAGE;

export interface Settings {
  readonly machine: MachineConfig;
  readonly vms: readonly VmConfig[];
  readonly roundRobin: number;
}

/**
 * Reads all settings; wrong ones are reported and replaced by their defaults. Problems: unknown-setting,
 * duplicate-name, bad-value, bad-size, memory-too-large.
 */
export function readSettings(bound: BoundScenario, problems: Problems): Settings {
  const machine = readMachine(bound.scenario, problems);
  const vms = bound.vms.map((vm) => readVm(vm.node, machine.levels, problems));
  checkTotal(machine, vms, bound, problems);
  return { machine, vms, roundRobin: readSchedule(bound.scenario, problems) };
}

function readMachine(scenario: Scenario, problems: Problems): MachineConfig {
  const blocks = scenario.declarations.filter((node): node is Machine => node.$type === 'Machine');
  for (const extra of blocks.slice(1))
    problems.error('duplicate-name', 'The machine is described already.', rangeOf(extra));
  const reader = new SettingReader(blocks[0]?.settings ?? [], MACHINE_SETTINGS, problems);
  const memory = reader.size('memory');
  if (memory.value > MAX_MEMORY) {
    problems.error('memory-too-large', 'A machine has at most 1T of memory.', memory.range, {
      title: 'Change to `1T`',
      range: memory.range,
      text: '1T',
    });
  } else checkMultiple(memory, HUGE_PAGE, problems);
  return {
    memory: Math.min(memory.value, MAX_MEMORY),
    levels: reader.word('paging') === '5-level' ? 5 : 4,
    tags: reader.word('tags') as TagMode,
    lookup: reader.word('lookup') as TagLookup,
    costs: reader.word('costs') === 'none' ? null : reader.word('costs'),
    tlb: readTlb(reader, problems),
    physBits: reader.number('physbits'),
    seed: reader.number('seed'),
  };
}

function readVm(node: Vm, levels: 4 | 5, problems: Problems): VmConfig {
  const reader = new SettingReader(node.settings, VM_SETTINGS, problems);
  const memory = reader.size('memory');
  checkMultiple(memory, MIN_VM_MEMORY, problems);
  const scheme = reader.word('paging');
  return {
    name: node.name,
    memory: memory.value,
    scheme: scheme as Scheme,
    profile: reader.word('profile') as VmConfig['profile'],
    backing: reader.word('backing') as VmConfig['backing'],
    backingSeed: reader.number('seed'),
    vcpus: reader.number('vcpus'),
    nestedLevels: reader.word('nested') === 'as-machine' ? levels : reader.word('nested') === '5-level' ? 5 : 4,
    policy: reader.word('policy') as VmConfig['policy'],
    range: rangeOf(node),
  };
}

function readSchedule(scenario: Scenario, problems: Problems): number {
  const schedules = scenario.declarations.filter((node): node is Schedule => node.$type === 'Schedule');
  for (const extra of schedules.slice(1))
    problems.error('duplicate-name', 'The schedule is given already.', rangeOf(extra));
  const schedule = schedules[0];
  if (schedule === undefined) return 0;
  if (schedule.policy !== 'round-robin') {
    const range = rangeOfProperty(schedule, 'policy');
    problems.error('bad-value', 'The only schedule is `round-robin N`.', range, {
      title: 'Change to `round-robin`',
      range,
      text: 'round-robin',
    });
  }
  const quantum = parseNumber(schedule.quantum);
  if (quantum.ok && quantum.value >= 1n && quantum.value <= 1_000_000n) return Number(quantum.value);
  problems.error('bad-value', 'A turn is 1 to 1000000 statements.', rangeOfProperty(schedule, 'quantum'));
  return 0;
}

function checkTotal(machine: MachineConfig, vms: readonly VmConfig[], bound: BoundScenario, problems: Problems): void {
  let total = 0;
  vms.forEach((vm, i) => {
    const before = total;
    total += vm.memory;
    if (before > machine.memory || total <= machine.memory) return;
    const node = bound.vms[i].node;
    const setting = node.settings.find((candidate) => candidate.key === 'memory');
    const range = setting === undefined ? rangeOfProperty(node, 'name') : rangeOfProperty(setting, 'value');
    const needed =
      vms.length > 1
        ? `The VMs up to \`${vm.name}\` need ${formatSize(BigInt(total))}`
        : `\`${vm.name}\` needs ${formatSize(BigInt(total))}`;
    problems.error('memory-too-large', `${needed}, but the machine has ${formatSize(BigInt(machine.memory))}.`, range);
  });
}

function checkMultiple(
  memory: { value: number; range: typeof EMPTY_RANGE },
  minimum: number,
  problems: Problems,
): void {
  if (memory.value % HUGE_PAGE === 0 && memory.value >= minimum) return;
  const rounded = formatSize(BigInt(Math.max(minimum, Math.ceil(memory.value / HUGE_PAGE) * HUGE_PAGE)));
  const message =
    memory.value < minimum
      ? `At least ${formatSize(BigInt(minimum))} of memory is needed.`
      : 'Memory comes in multiples of 2M.';
  problems.error('bad-size', message, memory.range, {
    title: `Change to \`${rounded}\``,
    range: memory.range,
    text: rounded,
  });
}

function readTlb(reader: SettingReader, problems: Problems): readonly TlbArray[] {
  const node = reader.node('tlb');
  // A cost profile brings the TLBs of its processor, unless the scenario has its own.
  if (node === undefined && reader.word('costs') !== 'none') return TLB_PRESETS[reader.word('costs')];
  if (node === undefined || node.arrays.length === 0)
    return node !== undefined && node.value === undefined ? [] : TLB_PRESETS[reader.word('tlb')];
  return node.arrays.map((array) => readTlbArray(array, problems)).filter((array) => array !== null);
}

/** `l1d 4K 2M 64 4-way` */
function readTlbArray(node: TlbArrayNode, problems: Problems): TlbArray | null {
  const place = TLB_ARRAYS[node.name];
  if (place === undefined) {
    const range = rangeOfProperty(node, 'name');
    const { text, fix } = didYouMean(node.name, Object.keys(TLB_ARRAYS), range);
    problems.error('bad-value', `A TLB array is one of ${list(Object.keys(TLB_ARRAYS))}.${text}`, range, fix);
    return null;
  }
  const words = [...node.words];
  const sizes: ('4K' | '2M' | '1G')[] = [];
  for (let first = words[0]; first === '4K' || first === '2M' || first === '1G'; first = words[0]) {
    sizes.push(first);
    words.shift();
  }
  const entries = Number(/^\d{1,6}$/.exec(words[0] ?? '')?.[0] ?? 0);
  const ways = words.length < 2 ? entries : Number(/^(\d{1,6})-way$/.exec(words[1])?.[1] ?? 0);
  if (sizes.length === 0 || entries === 0 || ways === 0 || words.length > 2 || entries % ways !== 0) {
    const what = 'page sizes (4K, 2M, 1G), entries, and ways that divide them: `l1d 4K 64 4-way`';
    problems.error('bad-value', `A TLB array is written as its name, ${what}.`, rangeOf(node));
    return null;
  }
  return { ...place, sizes, entries, ways };
}

/** The settings of one block against its table. */
class SettingReader {
  private readonly nodes = new Map<string, Setting>();

  constructor(
    settings: readonly Setting[],
    private readonly table: readonly SettingInfo[],
    private readonly problems: Problems,
  ) {
    for (const setting of settings) {
      const range = rangeOfProperty(setting, 'key');
      const info = table.find((candidate) => candidate.name === setting.key);
      if (info === undefined) {
        const names = table.map((candidate) => candidate.name);
        const { text, fix } = didYouMean(setting.key, names, range);
        problems.error(
          'unknown-setting',
          `There is no setting \`${setting.key}\` here.${text || ` The settings are ${list(names)}.`}`,
          range,
          fix,
        );
      } else if (this.nodes.has(setting.key))
        problems.error('duplicate-name', `\`${setting.key}\` is set already.`, range);
      else {
        this.nodes.set(setting.key, setting);
        this.check(setting, info);
      }
    }
  }

  node(name: string): Setting | undefined {
    return this.nodes.get(name);
  }

  range(name: string): typeof EMPTY_RANGE {
    const node = this.nodes.get(name);
    return node === undefined ? EMPTY_RANGE : rangeOfProperty(node, 'value');
  }

  word(name: string): string {
    const info = this.info(name);
    const written = this.nodes.get(name)?.value;
    return written !== undefined && info.words.includes(written) ? written : info.fallback;
  }

  number(name: string): number {
    const info = this.info(name);
    const parsed = parseNumber(this.nodes.get(name)?.value ?? info.fallback);
    const good =
      parsed.ok && parsed.value >= BigInt(info.minimum ?? 0) && parsed.value <= BigInt(info.maximum ?? MAX_MEMORY);
    return good ? Number(parsed.value) : Number(info.fallback);
  }

  size(name: string): { value: number; range: typeof EMPTY_RANGE } {
    const parsed = parseNumber(this.nodes.get(name)?.value ?? this.info(name).fallback);
    const fallback = parseNumber(this.info(name).fallback);
    const value = parsed.ok ? parsed.value : fallback.ok ? fallback.value : 0n;
    return { value: Number(value), range: this.range(name) };
  }

  private info(name: string): SettingInfo {
    return this.table.find((candidate) => candidate.name === name)!;
  }

  private check(setting: Setting, info: SettingInfo): void {
    if (setting.value === undefined) {
      if (info.name !== 'tlb') this.problems.error('bad-value', `\`${info.name}\` takes one value.`, rangeOf(setting));
      return;
    }
    const range = rangeOfProperty(setting, 'value');
    if (info.kind === 'word') {
      if (info.words.includes(setting.value)) return;
      const { text, fix } = didYouMean(setting.value, info.words, range);
      this.problems.error('bad-value', `\`${info.name}\` is one of ${list(info.words)}.${text}`, range, fix);
      return;
    }
    const parsed = parseNumber(setting.value);
    if (!parsed.ok) {
      const what = info.kind === 'size' ? 'a size, such as `32M`' : 'a number';
      this.problems.error(
        info.kind === 'size' ? 'bad-size' : 'bad-value',
        `\`${info.name}\` takes ${what}: ${parsed.message}`,
        range,
      );
    } else if (
      info.kind === 'number' &&
      (parsed.value < BigInt(info.minimum!) || parsed.value > BigInt(info.maximum!))
    ) {
      this.problems.error('bad-value', `\`${info.name}\` is ${info.minimum} to ${info.maximum}.`, range);
    }
  }
}

function list(words: readonly string[]): string {
  return words.map((word) => `\`${word}\``).join(', ');
}
