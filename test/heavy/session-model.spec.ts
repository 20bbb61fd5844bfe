import { REGISTRY_TABLES } from '../support/authority-node.js';
import { describeOnEachDatabase } from '../support/databases.js';
import { checkSessionModel } from '../support/session-model.js';

const LANES = 4;
const RUNS_IN_A_LANE = { embedded: 125, server: 2_500 };

describeOnEachDatabase('a session', (open, kind) => {
  it('is in every state what its model says it is, beside others', async () => {
    const database = await open(REGISTRY_TABLES);
    const lane = () => checkSessionModel(database, RUNS_IN_A_LANE[kind]);
    try {
      await Promise.all(Array.from({ length: LANES }, lane));
    } finally {
      await database.close();
    }
  }, 1_200_000);
});
