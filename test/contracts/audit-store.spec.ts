import { PORTCULLIS_MIGRATIONS, typeOrmStores, type TypeOrmStores } from '@portcullis/nest/typeorm';
import type { AuditEvent, AuditQuery, NewAuditEvent } from '../../libs/nest/src/state/index.js';
import { describeOnEachDatabase, type OpenedDatabase } from '../support/databases.js';
import { after } from '../support/registry-records.js';

let events = 0;

function anEvent(given: Partial<NewAuditEvent> = {}): NewAuditEvent {
  events += 1;
  return {
    at: after(events),
    action: 'app.changed',
    party: { kind: 'admin-key', id: 'key-1', name: 'Deploy' },
    subject: { kind: 'app', id: `app-${events}` },
    address: '203.0.113.7',
    requestId: '9f1c6f0e-7b1d-4c9a-8f43-0a5f0f5f9f5a',
    details: { members: ['name'] },
    ...given,
  };
}

describeOnEachDatabase('the audit store', (open, kind) => {
  let database: OpenedDatabase;
  let stores: TypeOrmStores;

  beforeAll(async () => {
    database = await open({ migrations: PORTCULLIS_MIGRATIONS });
    stores = typeOrmStores(database.dataSource);
  });
  afterAll(() => database.close());

  const find = (query: Partial<AuditQuery> = {}) => stores.audit.find({ limit: 500, ...query });
  const append = async (given: Partial<NewAuditEvent> = {}) => {
    const event = anEvent(given);
    await stores.audit.append(event);
    return event;
  };
  const without = (found: AuditEvent) => {
    const { id: _, ...event } = found;
    return event;
  };
  const subjects = (found: readonly AuditEvent[]) => found.map(({ subject }) => subject.id);

  it('gives an event back as it was, with a number', async () => {
    const event = await append({
      details: {
        scopes: ['a', '"', '\\', 'é'],
        suspended: false,
        secrets: [{ secretId: 's', purpose: 'p' }],
      },
    });
    const [found] = await find({ subject: event.subject.id });
    expect(found?.id).toMatch(/^\d+$/);
    expect(without(found as AuditEvent)).toEqual(event);
    const bare = await append({
      party: { kind: 'host', id: 'host', name: null },
      address: null,
      requestId: null,
      details: {},
    });
    const [other] = await find({ subject: bare.subject.id });
    expect(without(other as AuditEvent)).toEqual(bare);
  });

  it('finds by who, what, whom and when, and by all of them together', async () => {
    const party = { kind: 'user', id: 'user-é', name: null } as const;
    const begin = after(10_000);
    const wanted = await append({ party, action: 'session.started', at: begin });
    await append({ party, action: 'session.ended', at: after(10_001) });
    await append({ action: 'session.started', at: after(10_002) });
    const { id: subject } = wanted.subject;
    const all = {
      actor: party.id,
      action: 'session.started',
      subject,
      from: begin,
      to: after(10_000.001),
    } as const;
    for (const query of [all, { subject }, { from: begin, to: after(10_000.001) }] as const)
      expect(subjects(await find(query))).toEqual([subject]);
    expect(await find({ ...all, from: after(10_000.001) })).toEqual([]);
    expect(await find({ ...all, to: begin })).toEqual([]);
    expect(await find({ ...all, actor: 'key-1' })).toEqual([]);
    expect((await find({ actor: party.id })).map(({ action }) => action)).toEqual([
      'session.ended',
      'session.started',
    ]);
  });

  it.each([
    "' OR 1=1 --",
    "key-1'; DROP TABLE portcullis_audit_events; --",
    'key-1\0',
    '\ud800',
    '%',
    '*',
    '$1',
  ])('takes %j for a name that nobody has', async (text) => {
    await append();
    expect(await find({ actor: text })).toEqual([]);
    expect(await find({ subject: text })).toEqual([]);
    expect(await find({ action: text as never })).toEqual([]);
    expect((await find()).length).toBeGreaterThan(0);
  });

  it('is read page by page, each event once, while others are added', async () => {
    const actor = 'pages';
    const party = { kind: 'admin-key', id: actor, name: 'Pages' } as const;
    const added: string[] = [];
    for (let at = 0; at < 7; at++) added.push((await append({ party })).subject.id);
    const read: string[] = [];
    let before: string | undefined;
    for (let page = 0; page < 4; page++) {
      const found = await find({ actor, limit: 2, before });
      read.push(...subjects(found));
      before = found.at(-1)?.id;
      await append({ party });
    }
    expect(read).toEqual(added.toReversed());
  });

  it('keeps an event with what was done, or neither', async () => {
    const [kept, undone] = [anEvent(), anEvent()];
    await stores.transactions.run(() => stores.audit.append(kept));
    const work = stores.transactions.run(async () => {
      await stores.audit.append(undone);
      throw new Error('undone');
    });
    await expect(work).rejects.toThrow('undone');
    expect(await find({ subject: kept.subject.id })).toHaveLength(1);
    expect(await find({ subject: undone.subject.id })).toEqual([]);
  });

  it.each([
    ['changed', "UPDATE portcullis_audit_events SET actor_id = 'nobody'"],
    ['removed', 'DELETE FROM portcullis_audit_events'],
    ['removed where there is none', 'DELETE FROM portcullis_audit_events WHERE id < 0'],
    ['emptied', 'TRUNCATE portcullis_audit_events'],
    [
      'numbered by hand',
      `INSERT INTO portcullis_audit_events (id, at, action, actor_kind, actor_id, subject_kind, subject_id, details)
       VALUES (1, now(), 'a', 'host', 'host', 'app', 'a', '{}')`,
    ],
  ])('is not %s', async (_, sql) => {
    await append();
    const before = await find();
    await expect(database.dataSource.query(sql)).rejects.toThrow();
    expect(await find()).toEqual(before);
  });

  it('is cut by whoever owns the table, as the documentation says', async () => {
    const old = await append({ at: after(-90 * 86_400) });
    const young = await append();
    await database.dataSource.transaction(async (manager) => {
      await manager.query(
        'ALTER TABLE portcullis_audit_events DISABLE TRIGGER portcullis_audit_events_append_only',
      );
      await manager.query('DELETE FROM portcullis_audit_events WHERE at < $1', [after(-86_400)]);
      await manager.query(
        'ALTER TABLE portcullis_audit_events ENABLE TRIGGER portcullis_audit_events_append_only',
      );
    });
    expect(await find({ subject: old.subject.id })).toEqual([]);
    expect(await find({ subject: young.subject.id })).toHaveLength(1);
    await expect(database.dataSource.query('DELETE FROM portcullis_audit_events')).rejects.toThrow();
  });

  it('holds a thousand events that are added at once, each once', async () => {
    const party = { kind: 'user', id: `thousand-${kind}`, name: null } as const;
    const added = await Promise.all(Array.from({ length: 1_000 }, () => append({ party })));
    const found: AuditEvent[] = [];
    for (let before: string | undefined, more = true; more; before = found.at(-1)?.id) {
      const page = await find({ actor: party.id, limit: 300, before });
      found.push(...page);
      more = page.length > 0;
    }
    expect(subjects(found).toSorted()).toEqual(added.map(({ subject }) => subject.id).toSorted());
  });
});
