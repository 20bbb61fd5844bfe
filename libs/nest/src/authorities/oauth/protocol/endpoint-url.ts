/** Where an endpoint of the issuer is, whatever path the issuer has. */
export function endpointUrl(issuer: string, name: string): string {
  return `${issuer.replace(/\/$/, '')}/oauth/${name}`;
}
