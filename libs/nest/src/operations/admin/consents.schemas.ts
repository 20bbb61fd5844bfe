import { z } from 'zod';
import { anyId } from './admin.schemas.js';

export const consentsOfSchema = z.strictObject({ userId: anyId });
export const consentsToSchema = z.strictObject({ userId: anyId, appId: anyId });
