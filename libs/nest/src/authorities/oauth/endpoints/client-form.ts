import { z } from 'zod';

/** How a client says in a form who it is, for the documentation; `readClientCredentials` reads it. */
export const clientForm = {
  client_id: z.string().optional(),
  client_secret: z.string().optional(),
  client_assertion_type: z.string().optional(),
  client_assertion: z.string().optional(),
};
