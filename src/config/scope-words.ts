/** What the bank's scopes mean, for the page on which its users are asked. */
export const SCOPE_WORDS = {
  'accounts:read': { en: 'See your accounts and their transactions', de: 'Deine Konten und Umsätze sehen' },
  'transfers:write': { en: 'Transfer money from your accounts', de: 'Geld von deinen Konten überweisen' },
  'branches:read': { en: 'See where our branches are', de: 'Sehen, wo unsere Filialen sind' },
  'bank:admin': { en: 'Freeze and release accounts', de: 'Konten sperren und freigeben' },
} as const;
