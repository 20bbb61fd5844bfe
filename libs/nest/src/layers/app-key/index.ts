export { AppKeyGuard } from './app-key.guard.js';
export { AppKeyLayer } from './app-key.layer.js';
export { AppRegistry, type RegisteredApp } from './app-key.store.js';
