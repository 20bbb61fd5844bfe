import { PORTCULLIS_MIGRATIONS } from '@portcullis/nest/typeorm';
import { describeOnEachDatabase } from '../support/databases.js';
import { checkRefreshModel } from '../support/refresh-model.js';

const RUNS = { embedded: 50, server: 300 };

describeOnEachDatabase('a family of refresh tokens', (open, kind) => {
  it('is in every state what its model says it is', async () => {
    const database = await open({ migrations: PORTCULLIS_MIGRATIONS });
    try {
      await checkRefreshModel(database.dataSource, RUNS[kind]);
    } finally {
      await database.close();
    }
  }, 120_000);
});
