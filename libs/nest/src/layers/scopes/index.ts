export { ScopesLayer } from './scopes.layer.js';
