/** Serves a driver on loopback, at an address that nobody else on the machine can guess. */
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { DriverHandlers, DriverMethod } from './driver-protocol';

export interface DriverServer {
  readonly address: string;
  close(): void;
}

/** `handlers` is asked for at each request, since the server has to be up before the page that it drives. */
export async function serveDriver(handlers: () => DriverHandlers | undefined): Promise<DriverServer> {
  const path = `/${randomBytes(16).toString('hex')}`;
  const server = createServer((request, response) => {
    const answer = (status: number, body: object): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    if (request.method !== 'POST' || request.url !== path) {
      answer(404, { error: 'no such thing' });
      return;
    }
    readBody(request)
      .then((text) => handle(handlers(), text))
      .then(
        (result) => answer(200, { result: result ?? null }),
        (error: unknown) => answer(500, { error: error instanceof Error ? error.message : String(error) }),
      );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The driver has no port');
  return {
    address: `http://127.0.0.1:${address.port}${path}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

async function handle(handlers: DriverHandlers | undefined, text: string): Promise<unknown> {
  if (!handlers) throw new Error('The workbench is not open yet');
  const { method, params } = JSON.parse(text) as { readonly method: DriverMethod; readonly params: unknown };
  if (!Object.hasOwn(handlers, method)) throw new Error(`The driver knows no '${method}'`);
  // The two sides share DriverRequests, so the parameters fit the method.
  return (handlers[method] as (params: unknown) => Promise<unknown>)(params);
}
