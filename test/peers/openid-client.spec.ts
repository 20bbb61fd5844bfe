import { OpenidClientClient } from './openid-client-client.js';
import { describePeer } from './peer-journeys.js';

describePeer('openid-client', (parts) => OpenidClientClient.start(parts));
