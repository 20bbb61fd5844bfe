import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

export async function listenOnFreePort(handle: RequestListener): Promise<number> {
  const server = createServer(handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}
