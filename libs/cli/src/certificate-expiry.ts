import { isIP } from 'node:net';
import { connect } from 'node:tls';

/**
 * When the certificate that a server shows ends; undefined when it shows none in time. Nothing is sent, and nothing is
 * believed: a certificate that cannot be trusted has an end, too.
 */
export function certificateExpiry({ hostname, port }: URL, timeoutMs: number): Promise<Date | undefined> {
  const host = hostname.replace(/^\[|\]$/g, '');
  return new Promise((resolve) => {
    const socket = connect({
      host,
      port: port === '' ? 443 : Number(port),
      rejectUnauthorized: false,
      ...(isIP(host) === 0 && { servername: host }),
    });
    const end = (expiry?: Date) => {
      socket.destroy();
      resolve(expiry);
    };
    socket.setTimeout(timeoutMs, () => end());
    socket.on('error', () => end());
    socket.on('secureConnect', () => {
      const { valid_to: validTo } = socket.getPeerCertificate() as { valid_to?: string };
      const expiry = new Date(validTo ?? Number.NaN);
      end(Number.isNaN(expiry.getTime()) ? undefined : expiry);
    });
  });
}
