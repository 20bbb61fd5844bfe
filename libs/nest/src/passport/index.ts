export { AppIntegrityStrategy } from './app-integrity.strategy.js';
export { AppKeyStrategy } from './app-key.strategy.js';
export { PassportStrategiesModule } from './passport-strategies.module.js';
export { RequestSignatureStrategy } from './request-signature.strategy.js';
export { UserStrategy } from './user.strategy.js';
