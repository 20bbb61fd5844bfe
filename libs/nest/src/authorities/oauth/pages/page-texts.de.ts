import { html } from './html.js';
import type { PageTexts } from './page-texts.js';

export const GERMAN: PageTexts = {
  signIn: {
    heading: 'Anmelden',
    titleAfterFailure: 'Nicht angemeldet',
    lead: (app) => html`um mit ${app} fortzufahren`,
    username: 'Benutzername',
    password: 'Passwort',
    signIn: 'Anmelden',
    cancel: 'Abbrechen',
    passwordStaysHere: (app) => html`Ihr Passwort wird nicht an ${app} weitergegeben.`,
    wrong: 'Benutzername oder Passwort stimmt nicht. Prüfen Sie beides und versuchen Sie es noch einmal.',
    again: 'Die Anmeldung ist im Moment nicht möglich. Versuchen Sie es gleich noch einmal.',
    wait: 'Zu viele Versuche. Warten Sie etwas, bevor Sie es noch einmal versuchen.',
    waitUntil: (when) => `Zu viele Versuche. Sie können es ${when} noch einmal versuchen.`,
  },
  consent: {
    title: 'Zugriff erlauben',
    heading: (app) => html`Zugriff erlauben für ${app}?`,
    signedInAs: (username) => html`Sie sind angemeldet als ${username}.`,
    asks: (app) => html`${app} bittet um diese Berechtigungen:`,
    asksAt: (app, resource) => html`${app} bittet um diese Berechtigungen bei ${resource}:`,
    asksForNothing: (app) => html`${app} bittet um keine besonderen Berechtigungen.`,
    afterwards: (host) => html`Danach kehren Sie zurück zu ${host}.`,
    caution: 'Erlauben Sie es nicht, wenn Sie dies nicht gerade selbst in der App begonnen haben.',
    allow: 'Erlauben',
    deny: 'Ablehnen',
  },
  errors: {
    client: {
      heading: 'Diese App ist hier nicht bekannt',
      what: 'Die App, die Sie hierher geschickt hat, ist nicht registriert.',
      next: 'Schließen Sie diese Seite. Wenn Sie der App vertrauen, sagen Sie ihrem Anbieter Bescheid.',
    },
    redirect: {
      heading: 'Zu Ihrer Sicherheit angehalten',
      what: 'Sie sollten an eine Adresse weitergeleitet werden, die für diese App nicht registriert ist.',
      next: 'Schließen Sie diese Seite. Wenn Sie der App vertrauen, sagen Sie ihrem Anbieter Bescheid.',
    },
    request: {
      heading: 'Dieser Link funktioniert nicht',
      what: 'Die App hat eine unvollständige oder beschädigte Anfrage gesendet.',
      next: 'Kehren Sie zur App zurück und beginnen Sie noch einmal.',
    },
    expired: {
      heading: 'Diese Seite ist abgelaufen',
      what: 'Sie war zu lange geöffnet oder gehört zu einem anderen Browser. Es ist nichts geschehen.',
      next: 'Kehren Sie zur App zurück und beginnen Sie noch einmal.',
    },
    unavailable: {
      heading: 'Im Moment nicht verfügbar',
      what: 'Ihre Anfrage konnte nicht abgeschlossen werden. Der Fehler liegt bei uns.',
      next: 'Versuchen Sie es in einigen Minuten noch einmal.',
    },
    used: {
      heading: 'Bereits beantwortet',
      what: 'Sie haben auf dieser Seite bereits geantwortet.',
      next: 'Kehren Sie zur App zurück. Wenn sie noch wartet, beginnen Sie dort noch einmal.',
    },
  },
  reference: 'Kennung',
  namelessApp: 'App ohne Namen',
};
