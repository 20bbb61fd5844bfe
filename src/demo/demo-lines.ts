import type { DemoCredentials } from './demo-credentials.js';

/** Shell functions that sign as an app would: RFC 9421 with openssl, and an integrity token as its issuer makes it. */
const FUNCTIONS = String.raw`
b64() { openssl base64 -A; }
b64url() { b64 | tr '+/' '-_' | tr -d '='; }
hexkey() { printf %s "$1" | openssl base64 -d -A | od -An -vtx1 | tr -d ' \n'; }
integrity_token() {
  local now head body
  now=$(date +%s)
  head=$(printf '{"alg":"HS256","typ":"integrity+jwt"}' | b64url)
  body=$(printf '{"sub":"%s","iat":%s,"exp":%s,"jti":"%s"}' "$APP" "$now" "$((now + 300))" "$(openssl rand -hex 16)" | b64url)
  printf '%s.%s.' "$head" "$body"
  printf '%s.%s' "$head" "$body" | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$(hexkey "$INTEGRITY")" -binary | b64url
}
# sign METHOD PATH BODY: sets SIGNED to what curl needs for one signed call.
sign() {
  local digest input base mac
  digest="sha-256=:$(printf %s "$3" | openssl dgst -sha256 -binary | b64):"
  input="(\"@method\" \"@target-uri\" \"content-type\" \"content-digest\" \"authorization\" \"x-integrity-token\");created=$(date +%s);nonce=\"$(openssl rand -hex 16)\";keyid=\"$APP\""
  base=$(printf '"@method": %s\n"@target-uri": %s\n"content-type": application/json\n"content-digest": %s\n"authorization": Bearer %s\n"x-integrity-token": %s\n"@signature-params": %s' \
    "$1" "$BANK$2" "$digest" "$SESSION" "$TOKEN" "$input")
  mac=$(printf %s "$base" | openssl dgst -sha256 -hmac "$SECRET" -binary | b64)
  SIGNED=(-X "$1" "$BANK$2" -d "$3" -H 'content-type: application/json' -H "content-digest: $digest"
    -H "authorization: Bearer $SESSION" -H "x-integrity-token: $TOKEN"
    -H "signature-input: sig=$input" -H "signature: sig=:$mac:")
}`.trim();

/** Lines to paste into a shell: every layer refuses, and then admits. */
export function demoLines(url: string, demo: DemoCredentials): string {
  const transfer = JSON.stringify({
    from: demo.account,
    to: demo.otherAccount,
    amountMinor: 1250,
    currency: 'EUR',
    reference: 'Coffee',
  });
  const freeze = JSON.stringify({ accountId: demo.account });
  return `
# Paste this first: what the demo app and its user hold, and how a request is signed.
BANK='${url}' APP='${demo.appId}' SECRET='${demo.signingSecret}'
INTEGRITY='${demo.integritySecret}'
${FUNCTIONS}

# 1. App key: refused when missing or unknown, admitted when registered.
curl -i -w "\\n" $BANK/branches
curl -i -w "\\n" -H 'Authorization: key nobody' $BANK/branches
curl -i -w "\\n" -H "Authorization: key $APP" $BANK/branches

# 2. App integrity: the key alone is not enough for accounts.
curl -i -w "\\n" -H "X-Api-Key: $APP" $BANK/accounts
TOKEN=$(integrity_token)
curl -i -w "\\n" -H "X-Api-Key: $APP" -H "X-Integrity-Token: $TOKEN" $BANK/accounts

# 3. User: a wrong password is refused, the right one becomes an expiring session key.
curl -i -w "\\n" -X POST -H "X-Api-Key: $APP" -u '${demo.username}:wrong-password' $BANK/sessions
SESSION=$(curl -s -X POST -H "X-Api-Key: $APP" -u '${demo.username}:${demo.password}' $BANK/sessions | sed 's/.*"session_key":"\\([^"]*\\)".*/\\1/')
curl -i -w "\\n" -H "X-Api-Key: $APP" -H "X-Integrity-Token: $TOKEN" -H "Authorization: Bearer $SESSION" $BANK/accounts

# 4. Request signature: a transfer without one is refused; a signed one is admitted once, and its replay is not.
curl -i -w "\\n" -X POST -H "X-Api-Key: $APP" -H "X-Integrity-Token: $TOKEN" -H "Authorization: Bearer $SESSION" -H 'content-type: application/json' -d '${transfer}' $BANK/transfers
sign POST /transfers '${transfer}'
curl -i -w "\\n" "\${SIGNED[@]}"
curl -i -w "\\n" "\${SIGNED[@]}"

# 5. Scopes: the app may freeze accounts, this user may not.
sign POST /freezes '${freeze}'
curl -i -w "\\n" "\${SIGNED[@]}"
`.trimStart();
}
