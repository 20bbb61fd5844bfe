export { describeRoutes } from './describe-routes.js';
export type { DescribedDocument } from './openapi-operations.js';
