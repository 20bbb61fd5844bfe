export { AdminModule, type AdminModuleOptions } from './admin.module.js';
export { NewUserHook } from './new-user-hook.js';
