import { html } from './html.js';
import type { PageTexts } from './page-texts.js';

export const ENGLISH: PageTexts = {
  signIn: {
    heading: 'Sign in',
    titleAfterFailure: 'Not signed in',
    lead: (app) => html`to continue to ${app}`,
    username: 'Username',
    password: 'Password',
    signIn: 'Sign in',
    cancel: 'Cancel',
    passwordStaysHere: (app) => html`Your password is not passed on to ${app}.`,
    wrong: 'The username or the password is not right. Check both and try again.',
    again: 'Signing in is not possible at the moment. Try again shortly.',
    wait: 'Too many attempts. Wait a while before you try again.',
    waitUntil: (when) => `Too many attempts. You can try again ${when}.`,
  },
  consent: {
    title: 'Allow access',
    heading: (app) => html`Allow access for ${app}?`,
    signedInAs: (username) => html`You are signed in as ${username}.`,
    asks: (app) => html`${app} asks for these permissions:`,
    asksAt: (app, resource) => html`${app} asks for these permissions at ${resource}:`,
    asksForNothing: (app) => html`${app} asks for no particular permission.`,
    afterwards: (host) => html`Afterwards you return to ${host}.`,
    caution: 'Do not allow it if you did not just start this in the app yourself.',
    allow: 'Allow',
    deny: 'Deny',
  },
  errors: {
    client: {
      heading: 'This app is not known here',
      what: 'The app that sent you here is not registered.',
      next: 'Close this page. If you trust the app, tell those who offer it.',
    },
    redirect: {
      heading: 'Stopped for your safety',
      what: 'You were to be sent on to an address that is not registered for this app.',
      next: 'Close this page. If you trust the app, tell those who offer it.',
    },
    request: {
      heading: 'This link does not work',
      what: 'The app has sent an incomplete or damaged request.',
      next: 'Go back to the app and start again.',
    },
    expired: {
      heading: 'This page has expired',
      what: 'It was open for too long, or belongs to another browser. Nothing has happened.',
      next: 'Go back to the app and start again.',
    },
    unavailable: {
      heading: 'Not available at the moment',
      what: 'Your request could not be completed. The fault is ours.',
      next: 'Try again in a few minutes.',
    },
    used: {
      heading: 'Already answered',
      what: 'You have already given your answer on this page.',
      next: 'Go back to the app. If it is still waiting, start again there.',
    },
  },
  reference: 'Reference',
  namelessApp: 'App without a name',
};
