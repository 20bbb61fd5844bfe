export const APP_SCOPES = Symbol('portcullis:app-scopes');
export const USER_SCOPES = Symbol('portcullis:user-scopes');
