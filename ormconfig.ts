import 'reflect-metadata';
import { createDataSource } from './src/database/create-data-source.js';

/** For TypeORM's command line: `npm run build && npx typeorm migration:show -d dist/ormconfig.js`. */
export default createDataSource({
  databaseUrl: process.env['DATABASE_URL'],
  dataDir: process.env['DATA_DIR'] ?? './data',
});
