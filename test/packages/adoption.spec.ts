import { ADAPTERS } from '../support/host-app.js';
import { ROUTES, SECTIONS, startGrownApp, type GrownApp, type ServedRoute } from './grown-app.js';

const TENANT = { 'x-tenant': 'acme' };
const KEY = { authorization: 'key app' };
const STEPS = [[], [0, 1], [2, 3], [4, 5], [6, 7], [8, 9]];

/** What each kind of route has always answered: through the host's own pipe, interceptor and filter. */
const ANSWERS: Readonly<Record<string, (section: number) => unknown[]>> = {
  'GET list': (section) => [200, { data: { section } }],
  'POST list': () => [201, { data: { tea: 2 } }],
  'GET one': () => [200, { data: { id: 7 } }],
  'PUT one': () => [200, { data: { tea: 2, id: 7 } }],
  'DELETE one': () => [418, { problem: 'out of stock' }],
};

function answerOf({ section, method, path }: ServedRoute): unknown[] {
  return ANSWERS[`${method} ${path.endsWith(':id') ? 'one' : 'list'}`]?.(section) ?? [];
}

async function call({ url }: GrownApp, { method, path }: ServedRoute, headers: Record<string, string>) {
  const sends = method === 'POST' || method === 'PUT';
  const answer = await fetch(url + path.replace(':id', '7'), {
    method,
    headers: { ...headers, ...(sends && { 'content-type': 'application/json' }) },
    ...(sends && { body: '{"tea":2}' }),
  });
  return [answer.status, await answer.json()] as [number, Record<string, unknown>];
}

function listedIn(text: string): string[] {
  return text
    .slice(text.lastIndexOf('): ') + 3)
    .split(', ')
    .toSorted();
}

const namesOf = (routes: readonly ServedRoute[]) =>
  routes.map(({ method, path }) => `${method} ${path}`).toSorted();

describe.each(ADAPTERS)('an application of 50 routes on %s', (adapter) => {
  const doneAfter = (step: number) => STEPS.slice(0, step + 1).flat();
  const split = (guarded: readonly number[]) => ({
    guarded: ROUTES.filter(({ section }) => guarded.includes(section)),
    open: ROUTES.filter(({ section }) => !guarded.includes(section)),
  });

  it('works as before with the module alone, and is told of every route', async () => {
    const app = await startGrownApp({ adapter, guarded: [], unguarded: 'warn', installed: 'module' });
    try {
      expect(ROUTES).toHaveLength(50);
      expect(app.warnings.map(listedIn)).toEqual([namesOf(ROUTES)]);
      const answers = await Promise.all(ROUTES.map((route) => call(app, route, TENANT)));
      expect(answers).toEqual(ROUTES.map(answerOf));
    } finally {
      await app.close();
    }
  });

  it.each(STEPS.map((sections, step) => ({ step, sections })))(
    'step $step guards the sections $sections, and leaves the others as they were',
    async ({ step }) => {
      const { guarded, open } = split(doneAfter(step));
      const app = await startGrownApp({
        adapter,
        guarded: doneAfter(step),
        unguarded: 'warn',
        installed: 'module and usePortcullis',
      });
      try {
        expect(app.warnings.map(listedIn)).toEqual(open.length > 0 ? [namesOf(open)] : []);
        const all = (routes: readonly ServedRoute[], headers: Record<string, string>) =>
          Promise.all(routes.map((route) => call(app, route, headers)));
        expect(await all(open, TENANT)).toEqual(open.map(answerOf));
        expect(await all(guarded, { ...TENANT, ...KEY })).toEqual(guarded.map(answerOf));
        const refused = await all(guarded, TENANT);
        expect(refused.map(([status, { code }]) => [status, code])).toEqual(
          guarded.map(() => [401, 'app_key_missing']),
        );
        // The host's own guard decides as it always has, with a key and without.
        const strangers = await all(ROUTES, KEY);
        expect(strangers.map(([status]) => status)).toEqual(ROUTES.map(() => 403));
        const badId = ROUTES.find(
          ({ method, path }) => method === 'GET' && path.endsWith(':id'),
        ) as ServedRoute;
        const [status] = await call(
          app,
          { ...badId, path: badId.path.replace(':id', 'seven') },
          { ...TENANT, ...KEY },
        );
        expect(status).toBe(400);
      } finally {
        await app.close();
      }
    },
  );

  it('does not start with refuse while routes are left, names these alone, and starts when none is', async () => {
    const start = (guarded: readonly number[]) =>
      startGrownApp({ adapter, guarded, unguarded: 'refuse', installed: 'module and usePortcullis' });
    const { open } = split(doneAfter(4));
    const error = await start(doneAfter(4)).catch((reason: unknown) => reason as Error);
    expect(listedIn(error instanceof Error ? error.message : '')).toEqual(namesOf(open));
    const app = await start(SECTIONS);
    expect(app.warnings).toEqual([]);
    await app.close();
  });
});
