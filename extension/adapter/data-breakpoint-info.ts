/** What can be watched of a variable, an address or an expression: the id of a data breakpoint is the name of an event. */
import type { DebugProtocol as P } from '@vscode/debugprotocol';
import type { FrameUse, Simulation, WatchSpec } from '../../simulator/index';
import { UserError } from '../scenario/errors';
import { describeWatch, readWatchName, watchName } from '../scenario/watch-names';
import { resolveReference } from './memory';
import { addressOf, readPlace } from './places';
import type { FrameRef } from './stack';
import type { Variables } from './variables';

type Info = P.DataBreakpointInfoResponse['body'];
type Args = P.DataBreakpointInfoArguments;

/** Frames whose words are entries that the machine watches one by one. */
const TABLES: ReadonlySet<FrameUse> = new Set([
  'guest-table',
  'tpt-table',
  'nested-table',
  'shadow-table',
  'tag-table',
  'map',
]);

/** @param frame the frame that `name` is an expression in */
export function dataBreakpointInfo(args: Args, frame: FrameRef, target: Simulation, variables: Variables): Info {
  const found = specOf(args, frame, target, variables);
  if (typeof found === 'string') return { dataId: null, description: found };
  return {
    dataId: watchName(found),
    description: describeWatch(found),
    // Any access to a table's frame counts, not only a change of the entry.
    accessTypes: found.kind === 'entry' ? ['write', 'readWrite'] : found.kind === 'reached' ? ['readWrite'] : ['write'],
    canPersist: true,
  };
}

function specOf(args: Args, frame: FrameRef, target: Simulation, variables: Variables): WatchSpec | string {
  const { name } = args;
  if (args.asAddress === true) return ofReference(name, frame, target);
  if (args.variablesReference) {
    const value = variables.find(args.variablesReference, name);
    if (value?.memory === undefined) return `${name} is no address: nothing of the tables depends on it.`;
    return ofReference(value.memory, frame, target);
  }
  const named = readWatchName(name);
  if (named) return named.ok ? named.spec : named.problem;
  const place = readPlace(name, frame, target);
  if (typeof place === 'string') return place;
  if (place?.kind === 'entry') return { kind: 'entry', hpa: addressOf(place.entry) };
  if (place?.kind === 'tag') return { kind: 'owner', frame: place.frame };
  if (place?.kind === 'slot')
    return 'A slot of the map is watched by its address: read it in Frames, and watch entry HPA.';
  const value = target.evaluate(name, frame.task, frame.depth);
  if (!value.ok) return value.error;
  if (value.memory === null) return `${name} is no address: nothing of the tables depends on it.`;
  return ofReference(value.memory, frame, target);
}

function ofReference(text: string, frame: FrameRef, target: Simulation): WatchSpec | string {
  let reference: string;
  try {
    reference = resolveReference(text, frame.task, target);
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
  const [kind, vmIndex, pid] = reference.split(':');
  const address = reference.slice(reference.lastIndexOf(':') + 1).toLowerCase();
  if (kind === 'hpa') return ofPhysical(address, target);
  if (kind === 'gpa')
    return 'A guest-physical address is watched by the frame that backs it: owner HPA, or reached HPA.';
  const vm = target.inspect.summary(null).vms.find((v) => v.index === Number(vmIndex));
  const process = vm?.processes.find((p) => p.pid === Number(pid));
  if (!vm || !process) return `There is no process ${pid ?? ''} in VM ${vmIndex ?? ''}.`;
  return { kind: 'translation', vm: vm.name, process: process.name, gva: address };
}

/** An entry of a table is watched by itself; of other memory, who gets to the frame. */
function ofPhysical(hpa: string, target: Simulation): WatchSpec | string {
  const frame = Number(BigInt(hpa) >> 12n);
  const { frames } = target.inspect.summary(null);
  if (frame >= frames) return `${hpa} is beyond the machine’s memory.`;
  return TABLES.has(target.inspect.frame(frame).use) ? { kind: 'entry', hpa } : { kind: 'reached', frame };
}
