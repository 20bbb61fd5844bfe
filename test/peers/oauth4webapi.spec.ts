import { Oauth4webapiClient } from './oauth4webapi-client.js';
import { describePeer } from './peer-journeys.js';

describePeer('oauth4webapi', (parts) => Oauth4webapiClient.start(parts));
