/**
 * Messages between a view (webview) and its host in the extension, and between the extension and the debug adapter.
 * Plain data. The rows themselves are defined once, beside the queries that make them, and only their types come in.
 */
import type {
  Causes,
  Differences,
  DifferencesQuery,
  Edit,
  EditAnswer,
  EntryHistory,
  EntryRef,
  FaultDetail,
  FaultsPage,
  FaultsQuery,
  FrameDetail,
  FrameHistory,
  FramesPage,
  FramesQuery,
  MachineSummary,
  Place,
  PlaceTarget,
  RootKind,
  Scheme,
  SpaceRef,
  Subject,
  Target,
  TimelinePage,
  TimelineQuery,
  TranslationHistory,
  TranslationHistoryQuery,
  TranslationsPage,
  TranslationsQuery,
  WalkAnswer,
  WalkQuery,
} from '../../simulator/index';

export type * from '../../simulator/index';

/** Queries: method → [arguments, result]. Sent to the adapter as DAP custom requests named `tpt/<method>`. */
export interface Queries {
  summary: [Record<string, never>, MachineSummary];
  translations: [TranslationsQuery, TranslationsPage];
  walk: [WalkQuery, WalkAnswer];
  frames: [FramesQuery, FramesPage];
  frame: [{ frame: number }, FrameDetail];
  faults: [FaultsQuery, FaultsPage];
  fault: [{ id: number }, FaultDetail];
  /** Takes long: runs the scenario anew for each scheme. */
  sameAccess: [SameAccessQuery, SameAccess];
  timeline: [TimelineQuery, TimelinePage];
  entryHistory: [EntryRef & { readonly offset: number; readonly limit: number }, EntryHistory];
  translationHistory: [TranslationHistoryQuery, TranslationHistory];
  frameHistory: [{ frame: number }, FrameHistory];
  causes: [Subject, Causes];
  /** The machine travels and comes back. */
  differences: [DifferencesQuery, Differences];
  /** Deeds: they change the machine, and a revision event follows. */
  edit: [Edit, EditAnswer];
  undoEdit: [Record<string, never>, EditAnswer];
  /** The machine goes to a place in the recording; `stopped` follows. */
  travel: [Target, Record<string, never>];
  /** Where the machine stands, to travel back to; null if the run is not recorded. */
  place: [Record<string, never>, PlaceTarget | null];
}
/** One access, to be walked under each scheme. */
export interface SameAccessQuery extends SpaceRef {
  readonly gva: string;
  readonly access: 'read' | 'write' | 'fetch';
  readonly user: boolean;
}

export interface SameAccess {
  /** Statements that every run has made: as many as the session's. */
  readonly statements: number;
  readonly process: string;
  /** What makes the runs differ from the session, in words. */
  readonly note: string | null;
  readonly walks: readonly SchemeWalk[];
}

/** A walk, or why there is none. */
export interface SchemeWalk {
  readonly scheme: Scheme;
  /** Whether the session itself runs the VM under this scheme. */
  readonly own: boolean;
  readonly space: SpaceRef | null;
  readonly walk: WalkAnswer | null;
  /** Why there is no walk, or why it is of another point of the run; in words. */
  readonly problem: string | null;
}

export type QueryMethod = keyof Queries;

/** Every answer carries the revision it was made at; a view drops answers of an older one. */
export type QueryReply<M extends QueryMethod> =
  | { readonly ok: true; readonly revision: number; readonly result: Queries[M][1] }
  | { readonly ok: false; readonly revision: number; readonly error: string };

/** What the session is doing. `none`: no session. */
export type SessionState = 'none' | 'starting' | 'running' | 'stopped' | 'terminated' | 'failed';

/** A thing selected in one view and marked in all. */
export interface Selection {
  readonly vm?: number;
  readonly pid?: number;
  readonly gva?: string;
  readonly frame?: number;
  readonly faultId?: number;
}

export type ViewName = 'translations' | 'frames' | 'faults' | 'history' | 'sameAccess' | 'differences';

/** What the History view can be asked. */
export type Question =
  | ({ readonly kind: 'entry' } & EntryRef)
  | ({ readonly kind: 'translation' } & TranslationHistoryQuery)
  | { readonly kind: 'frame'; readonly frame: number }
  | { readonly kind: 'causes'; readonly subject: Subject };

/** A named tick of a scenario. */
export interface Bookmark {
  readonly tick: number;
  readonly name: string;
  /** Which of the places of the tick; absent: the first. */
  readonly place?: Place;
}

/**
 * `name` asks for a name and adds the bookmark; at the present tick it is set to where the machine stands. `rename` leaves the
 * place of the bookmark as it is.
 */
export type BookmarkDeed = 'name' | 'rename' | 'remove';

/** What the one address menu can do. */
export type AddressAction =
  | 'walk'
  | 'showInTranslations'
  | 'showInFrames'
  | 'showInMemory'
  | 'whoMaps'
  | 'history'
  | 'why'
  | 'breakOnChange'
  | 'setSlot'
  | 'sameAccess'
  | 'copy';

export interface AddressRef {
  readonly kind: 'gva' | 'gpa' | 'hpa';
  readonly address: string;
  readonly vm?: number;
  readonly pid?: number;
  /** How it was used, where that is known. */
  readonly access?: 'read' | 'write' | 'fetch';
  /** An hPA at which an entry of a table lies: its history is the entry's, not the frame's. */
  readonly entry?: true;
}

/** What a breakpoint on a translation event is wanted for. The host offers the events that make sense for it. */
export type BreakSubject =
  /** The 8-byte table entry at an hPA. */
  | { readonly kind: 'entry'; readonly hpa: string }
  | { readonly kind: 'frame'; readonly frame: number }
  /** A gVA of a process; `frame`: the one that it leads to now. */
  | ({ readonly kind: 'address'; readonly gva: string; readonly frame: number | null } & SpaceRef)
  /** A process and its VM. */
  | ({ readonly kind: 'process' } & SpaceRef)
  | { readonly kind: 'vm'; readonly vm: number };

/** When a side of the differences is looked at: a tick, or where the machine stands now or stood at the stop before. */
export type Moment = number | 'now' | 'lastStop';

/** A side of the differences as it is chosen. */
export interface ChosenSide extends SpaceRef {
  readonly root: RootKind;
  readonly at: Moment;
}

/** How the sides of the differences are chosen. */
export type DifferencesChoice = 'sinceLastStop' | 'processes' | 'sides';

/** From a view to its host. */
export type FromView =
  | { readonly type: 'ready' }
  | { readonly type: 'query'; readonly id: number; readonly method: QueryMethod; readonly args: unknown }
  | { readonly type: 'select'; readonly selection: Selection }
  | { readonly type: 'addressAction'; readonly action: AddressAction; readonly address: AddressRef }
  | { readonly type: 'breakOn'; readonly subject: BreakSubject }
  /** Opens the differences; `space` is the process one looks at. */
  | { readonly type: 'differences'; readonly choice: DifferencesChoice; readonly space: SpaceRef }
  | { readonly type: 'goToLine'; readonly line: number }
  | {
      readonly type: 'command';
      readonly command: 'openSample' | 'startDebugging' | 'restart' | 'openInEditor' | 'why' | 'history';
    }
  /** Answered in the History view. */
  | { readonly type: 'ask'; readonly question: Question }
  | { readonly type: 'bookmark'; readonly deed: BookmarkDeed; readonly tick: number }
  /** What the view would show again after a reload: filter, mode, pin… Kept by the host, opaque to it. */
  | { readonly type: 'saveUi'; readonly ui: unknown }
  /** Text to put on the clipboard. */
  | { readonly type: 'copy'; readonly text: string }
  /** Text to be saved as a file; `name` with its ending. */
  | { readonly type: 'save'; readonly name: string; readonly text: string };

/** From the host to a view. */
export type ToView =
  | {
      readonly type: 'state';
      readonly state: SessionState;
      readonly revision: number;
      readonly message: string | null;
      readonly summary: MachineSummary | null;
      readonly scenario: string | null;
    }
  | { readonly type: 'reply'; readonly id: number; readonly reply: QueryReply<QueryMethod> }
  | { readonly type: 'selection'; readonly selection: Selection; readonly from: ViewName | 'editor' }
  /** A deed asked for from another view or a command: walk this address here. */
  | { readonly type: 'reveal'; readonly address: AddressRef; readonly action: 'walk' | 'select' | 'sameAccess' }
  /** What the differences are to be of. */
  | { readonly type: 'differences'; readonly a: ChosenSide; readonly b: ChosenSide }
  /** Moments that a side can be looked at, besides now and any tick. */
  | { readonly type: 'moments'; readonly lastStop: number | null; readonly bookmarks: readonly Bookmark[] }
  | { readonly type: 'ask'; readonly question: Question }
  /** All bookmarks of the scenario, by tick. */
  | { readonly type: 'bookmarks'; readonly bookmarks: readonly Bookmark[] }
  | { readonly type: 'restoreUi'; readonly ui: unknown };

/** Custom events of the adapter: the machine stands at a new revision. */
export interface RevisionEvent {
  readonly event: 'tpt/revision';
  readonly body: { readonly revision: number; readonly state: 'running' | 'stopped' | 'terminated' };
}
