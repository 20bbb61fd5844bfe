export { AdminScope } from '../../authorities/admin-keys/index.js';
export { AdminModule, type AdminModuleAsyncOptions, type AdminModuleOptions } from './admin.module.js';
export { Administration } from './administration.decorator.js';
export { NewUserHook } from './new-user-hook.js';
