import type { FromView, QueryMethod, QueryReply, Queries, Selection, ToView } from '../../extension/protocol/messages';

export type StateMessage = Extract<ToView, { type: 'state' }>;
export type RevealMessage = Extract<ToView, { type: 'reveal' }>;

/** What the view's host in the extension is to the view: where queries go and where the session's state comes from. */
export class Host {
  private current: StateMessage = {
    type: 'state',
    state: 'none',
    revision: 0,
    message: null,
    summary: null,
    scenario: null,
  };
  private nextId = 1;
  private readonly waiting = new Map<number, (reply: QueryReply<QueryMethod>) => void>();
  private readonly listeners = new Map<ToView['type'], ((message: ToView) => void)[]>();

  constructor(private readonly api: { postMessage(message: unknown): void }) {
    window.addEventListener('message', (event: MessageEvent<ToView>) => this.receive(event.data));
  }

  get state(): StateMessage {
    return this.current;
  }

  /** Whether the machine stands still and answers. */
  get answers(): boolean {
    return this.current.state === 'stopped';
  }

  on<T extends ToView['type']>(type: T, listener: (message: Extract<ToView, { type: T }>) => void): void {
    const list = this.listeners.get(type) ?? [];
    list.push(listener as (message: ToView) => void);
    this.listeners.set(type, list);
  }

  post(message: FromView): void {
    this.api.postMessage(message);
  }

  select(selection: Selection): void {
    this.post({ type: 'select', selection });
  }

  /** Always resolves: a refused query is a reply with `ok: false`. */
  query<M extends QueryMethod>(method: M, args: Queries[M][0]): Promise<QueryReply<M>> {
    const id = this.nextId++;
    return new Promise((resolve) => {
      this.waiting.set(id, (reply) => resolve(reply));
      this.post({ type: 'query', id, method, args });
    });
  }

  private receive(message: ToView): void {
    if (message.type === 'reply') {
      this.waiting.get(message.id)?.(message.reply);
      this.waiting.delete(message.id);
      return;
    }
    if (message.type === 'state') this.current = message;
    for (const listener of this.listeners.get(message.type) ?? []) listener(message);
  }
}

/** Connects to the extension. Call once per page. */
export function connect(): Host {
  return new Host(acquireVsCodeApi());
}
