import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../support/bank.js';

const installed = spawnSync('nginx', ['-v']).status === 0;
if (!installed) process.stdout.write('Behind nginx: skipped, there is no nginx to start\n');

/** For suites that need nginx itself. */
export const describeWithNginx = installed ? describe : describe.skip;

const START_TIMEOUT_MS = 20_000;
const LOOK_AGAIN_MS = 25;
const TEMPORARY = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];

interface Parts {
  /** The `location` block, as it is written down somewhere. */
  readonly location: string;
  /** What the block calls `nodes`. */
  readonly nodePorts: readonly number[];
  readonly serverName: string;
}

/** The real nginx with a configuration of its own, ending TLS on a port of loopback, in the foreground and nobody's service. */
export class NginxProcess {
  private constructor(
    readonly port: number,
    /** The certificate that it shows, for whoever has to trust it. */
    readonly certificate: string,
    private readonly folder: string,
    private readonly child: ChildProcess,
  ) {}

  /** Resolves when it accepts connections. Throws with what it said when it ends instead. */
  static async start(parts: Parts): Promise<NginxProcess> {
    const folder = mkdtempSync(join(tmpdir(), 'nginx-'));
    const port = await freePort();
    const certificate = makeCertificate(folder, parts.serverName);
    writeFileSync(join(folder, 'nginx.conf'), configuration(parts, { folder, port }));
    const options = ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', 'stderr'];
    const child = spawn('nginx', options, { stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => (said += String(chunk)));
    const nginx = new NginxProcess(port, certificate, folder, child);
    const deadline = performance.now() + START_TIMEOUT_MS;
    while (!(await accepts(port))) {
      if (child.exitCode !== null || performance.now() > deadline) {
        await nginx.stop();
        throw new Error(`nginx does not start: ${said}`);
      }
      await delay(LOOK_AGAIN_MS);
    }
    return nginx;
  }

  /** Leaves nothing behind. */
  async stop(): Promise<void> {
    const { child } = this;
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function configuration(
  { location, nodePorts, serverName }: Parts,
  { folder, port }: { folder: string; port: number },
): string {
  const temporary = TEMPORARY.map((kind) => `${kind}_temp_path ${join(folder, kind)};`);
  const nodes = nodePorts.map((node) => `server 127.0.0.1:${node};`);
  // One process, whose turns between the nodes are in order; as whoever runs the tests, for the folder is theirs.
  return `daemon off;
master_process off;
pid ${join(folder, 'nginx.pid')};
events {}
http {
  access_log off;
  ${temporary.join('\n  ')}
  upstream nodes { ${nodes.join(' ')} }
  server {
    listen 127.0.0.1:${port} ssl;
    server_name ${serverName};
    ssl_certificate ${join(folder, 'certificate.pem')};
    ssl_certificate_key ${join(folder, 'key.pem')};
    ${location}
  }
}
`;
}

function makeCertificate(folder: string, serverName: string): string {
  const [certificate, key] = [join(folder, 'certificate.pem'), join(folder, 'key.pem')];
  const name = ['-subj', `/CN=${serverName}`, '-addext', `subjectAltName=DNS:${serverName}`];
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1'];
  const made = spawnSync('openssl', ['req', '-x509', ...kind, '-keyout', key, '-out', certificate, ...name]);
  if (made.status !== 0) throw new Error(`openssl makes no certificate: ${String(made.stderr)}`);
  return readFileSync(certificate, 'utf8');
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('connect', () => socket.end());
    socket.on('error', () => {});
    socket.on('close', (failed) => resolve(!failed));
  });
}
