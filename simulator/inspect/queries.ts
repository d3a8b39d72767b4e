import type * as time from './time-types';
import type * as t from './types';

/** The queries of the views. Free of side effects: the state hash is equal before and after. */
export interface Inspector {
  summary(task: number | null): t.MachineSummary;
  translations(query: t.TranslationsQuery): t.TranslationsPage;
  walk(query: t.WalkQuery): t.WalkAnswer;
  frames(query: t.FramesQuery): t.FramesPage;
  frame(frame: number): t.FrameDetail;
  faults(query: t.FaultsQuery): t.FaultsPage;
  fault(id: number): t.FaultDetail | null;
}

/** The queries about time: of the recorded run, from the place where the machine stands. Free of side effects as well. */
export interface TimeInspector {
  timeline(query: time.TimelineQuery): time.TimelinePage;
  entryHistory(query: time.EntryRef & { readonly offset: number; readonly limit: number }): time.EntryHistory;
  translationHistory(query: time.TranslationHistoryQuery): time.TranslationHistory;
  frameHistory(frame: number): time.FrameHistory;
  causes(subject: time.Subject): time.Causes;
}
