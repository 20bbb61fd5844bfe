export { isResourceIdentifier } from './is-resource-identifier.js';
export { ResourceDirectory, type ResourceDirectoryParts } from './resource-directory.js';
export {
  ResourceServerStore,
  type ResourceServerChanges,
  type ResourceServerRecord,
} from './resource-server.store.js';
export { ResourceServers, type NewResourceServer } from './resource-servers.js';
