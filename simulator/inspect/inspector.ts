import type { Executor } from '../run/executor';
import { hex, hex64 } from '../units';
import { causesOf } from './causes/causes';
import { InspectContext } from './context';
import { faultDetail, faults } from './faults';
import { frameDetail, frames } from './frames';
import type { Process } from '../guest/process';
import { peekNested } from '../host/nested';
import type { Vm } from '../host/vm';
import { derivedKind, rootOf } from './peek';
import type { Inspector, TimeInspector } from './queries';
import type * as time from './time-types';
import { entryHistory } from './time/entry-history';
import { frameHistory } from './time/frame-history';
import { timeline, type HistoryKeeper } from './time/timeline';
import { translationHistory } from './time/translation-history';
import { translations } from './translations';
import type * as t from './types';
import { walkAnswer } from './walks';

const ACCESS = ['read', 'write', 'fetch'] as const;

/** Answers the queries of the views from the machine's present state, and disturbs nothing. */
export class MachineInspector implements Inspector, TimeInspector {
  readonly context: InspectContext;
  /** Tells of checkpoints and edits; null: there are none. */
  keeper: HistoryKeeper | null = null;
  private readonly cache = new Map<string, unknown>();
  /** Tick of the last stop. */
  private lastStop = 0;

  constructor(private readonly executor: Executor) {
    this.context = new InspectContext(executor);
  }

  /** The machine changed, or may have: what was kept for scrolling is stale. */
  changed(): void {
    this.cache.clear();
  }

  /** What happens from here on counts as changed or new. */
  markStop(): void {
    this.lastStop = this.executor.journal.tick;
    this.changed();
  }

  summary(taskId: number | null): t.MachineSummary {
    const { executor, context } = this;
    return {
      tick: executor.journal.tick,
      running: false,
      levels: executor.levels,
      tags: executor.tags.mode,
      frames: executor.memory.frames,
      hpaDigits: context.hpaDigits,
      owners: [context.owner(0), ...executor.vms.map((vm) => context.owner(vm.asid))],
      vms: executor.vms.map((vm) => ({
        index: vm.index,
        name: vm.name,
        asid: vm.asid,
        scheme: vm.config.scheme,
        profile: vm.config.profile,
        state: vm.killed ? ('killed' as const) : ('running' as const),
        processes: [...executor.kernels[vm.index].processes.values()].map((p) => ({
          pid: p.pid,
          name: p.name,
          state: p.state,
          roots: [
            ...this.derivedRoot(vm, p),
            { kind: 'native' as const, hpa: this.hpaOf(peekNested(executor.memory, vm, p.rootGfn)) },
          ],
        })),
      })),
      present: this.present(taskId),
    };
  }

  translations(query: t.TranslationsQuery): t.TranslationsPage {
    return translations(this.context, query, this.cache);
  }
  walk(query: t.WalkQuery): t.WalkAnswer {
    return walkAnswer(this.context, query);
  }
  frames(query: t.FramesQuery): t.FramesPage {
    return frames(this.context, query);
  }
  frame(frame: number): t.FrameDetail {
    return frameDetail(this.context, frame);
  }
  faults(query: t.FaultsQuery): t.FaultsPage {
    return faults(this.context, query, this.lastStop);
  }
  fault(id: number): t.FaultDetail | null {
    return faultDetail(this.context, id, this.lastStop);
  }

  timeline(query: time.TimelineQuery): time.TimelinePage {
    return timeline(this.context, query, this.keeper);
  }
  entryHistory(query: time.EntryRef & { readonly offset: number; readonly limit: number }): time.EntryHistory {
    return entryHistory(this.context, query);
  }
  translationHistory(query: time.TranslationHistoryQuery): time.TranslationHistory {
    return translationHistory(this.context, query);
  }
  frameHistory(frame: number): time.FrameHistory {
    return frameHistory(this.context, frame);
  }
  causes(subject: time.Subject): time.Causes {
    return causesOf(this.context, subject);
  }

  /** The access a stopped task is at: its statement's address if that is known, else its last one. */
  private present(taskId: number | null): t.PresentAccess | null {
    const task = taskId === null ? this.executor.running : this.executor.tasks[taskId];
    if (!task?.process || task.access === null) return null;
    const at = {
      vm: task.info.vm,
      pid: task.process.pid,
      gva: hex64(task.accessHi, task.accessLo),
      access: ACCESS[task.access],
    };
    const { outcome, steps } = this.walk({ ...at, user: !task.kernelMode, root: 'active' });
    const failed = steps.at(-1);
    const frame =
      outcome.kind === 'ok' ? outcome.frame : failed?.kind === 'tag' ? Number(BigInt(failed.value) >> 12n) : null;
    return { ...at, frame };
  }

  private derivedRoot(vm: Vm, process: Process): t.RootSummary[] {
    const kind = derivedKind(vm);
    return kind ? [{ kind, hpa: this.hpaOf(rootOf(this.executor.memory, vm, process, kind)) }] : [];
  }

  private hpaOf(hfn: number): string {
    return hex(Math.max(hfn, 0) * 4096, this.context.hpaDigits);
  }
}
