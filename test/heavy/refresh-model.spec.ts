import { PORTCULLIS_MIGRATIONS } from '@portcullis/nest/typeorm';
import { describeOnEachDatabase } from '../support/databases.js';
import { checkRefreshModel } from '../support/refresh-model.js';

const LANES = 4;
const RUNS_IN_A_LANE = { embedded: 250, server: 2_500 };

describeOnEachDatabase('a family of refresh tokens', (open, kind) => {
  it('is in every state what its model says it is, beside others', async () => {
    const database = await open({ migrations: PORTCULLIS_MIGRATIONS });
    const lane = () => checkRefreshModel(database.dataSource, RUNS_IN_A_LANE[kind]);
    try {
      await Promise.all(Array.from({ length: LANES }, lane));
    } finally {
      await database.close();
    }
  }, 1_200_000);
});
