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
