import { Connection } from './connection.js';
import { signRequests, type SignedRequest, type SigningOrder } from './sign-requests.js';

const flip = (text: string) => (text === 'A' ? 'B' : 'A');

/** Changes the last character but one before the end of a header's value, or of its part that a pattern finds. */
function changed({ bytes }: SignedRequest, pattern: RegExp): Pick<SignedRequest, 'bytes'> {
  const text = bytes.toString('latin1');
  const match = pattern.exec(text);
  if (!match) throw new Error(`no ${pattern} in the request`);
  const at = match.index + match[0].length - 3;
  const spoilt = text.slice(0, at) + flip(text[at] as string) + text.slice(at + 1);
  return { bytes: Buffer.from(spoilt, 'latin1') };
}

async function refuse(
  connection: Connection,
  what: string,
  request: Pick<SignedRequest, 'bytes'>,
): Promise<void> {
  const { status } = await connection.send(request);
  if (status < 400 || status >= 500) throw new Error(`${what} is answered ${status}`);
}

/** A stack that is fast because it does not look is no peer: each has to refuse what the others refuse. */
export async function checkRefusals(port: number, order: SigningOrder): Promise<void> {
  const [transfer, again, third, fourth] = signRequests({ ...order, count: 8 }).filter(
    ({ status }) => status === 201,
  ) as [SignedRequest, SignedRequest, SignedRequest, SignedRequest];
  const patterns: [string, SignedRequest, RegExp][] = [
    ['a forged user token', again, /\r\nauthorization: [^\r]+/],
    ['a forged integrity token', third, /\r\nx-integrity-token: [^\r]+/],
    ['another method', fourth, /^POST/],
    ['another body', transfer, /"reference":"[^"]+/],
  ];
  for (const [what, request, pattern] of patterns) {
    const connection = await Connection.open(port);
    await refuse(connection, what, what === 'another method' ? asGet(request) : changed(request, pattern));
    connection.close();
  }
  const connection = await Connection.open(port);
  const fresh = signRequests({ ...order, count: 1 })[0] as SignedRequest;
  const { status, head } = await connection.send(fresh);
  if (status !== 201) throw new Error(`an honest request is answered ${status}`);
  if (order.scheme === 'hawk' && !/\r\nserver-authorization: hawk mac="[^"]+", hash="[^"]+"/i.test(head))
    throw new Error('the answer is not signed');
  await refuse(connection, 'a replayed request', fresh);
  connection.close();
}

function asGet({ bytes }: SignedRequest): Pick<SignedRequest, 'bytes'> {
  return {
    bytes: Buffer.from(bytes.toString('latin1').replace('POST /transfers', 'GET /accounts'), 'latin1'),
  };
}
