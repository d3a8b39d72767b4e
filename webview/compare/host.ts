import type { FromCompareView, ToCompareView } from '../../extension/protocol/compare-view';

/** The extension's side of the view. */
export interface CompareHost {
  post(message: FromCompareView): void;
  onMessage(listener: (message: ToCompareView) => void): void;
  /** Kept by VS Code with the panel, for after a reload. */
  remember(state: unknown): void;
}

/** Connects to the extension. Call once per page. */
export function connect(): CompareHost {
  const api = acquireVsCodeApi();
  return {
    post: (message) => api.postMessage(message),
    onMessage: (listener) =>
      window.addEventListener('message', (event: MessageEvent<ToCompareView>) => listener(event.data)),
    remember: (state) => api.setState(state),
  };
}
