import { describeOnEachDatabase } from '../support/databases.js';
import { REGISTRY_TABLES } from '../support/authority-node.js';
import { checkSessionModel } from '../support/session-model.js';

const RUNS = { embedded: 50, server: 300 };

describeOnEachDatabase('a session', (open, kind) => {
  it('is in every state what its model says it is', async () => {
    const database = await open(REGISTRY_TABLES);
    try {
      await checkSessionModel(database, RUNS[kind]);
    } finally {
      await database.close();
    }
  }, 120_000);
});
