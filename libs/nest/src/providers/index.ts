export { ANSWERS } from './answer.providers.js';
export { AUTHORITIES, AUTHORITY_PROVIDERS } from './authority.providers.js';
export { CLEANER } from './cleaner.providers.js';
export { DOCTOR } from './doctor.providers.js';
export { PIPELINE } from './pipeline.providers.js';
export { STORES } from './store.providers.js';
export { TOKEN_AUTHORITIES, TOKEN_PROVIDERS } from './token.providers.js';
