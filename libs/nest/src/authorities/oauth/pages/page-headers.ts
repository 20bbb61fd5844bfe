import { createHash } from 'node:crypto';
import { formActionSource } from './form-action-source.js';
import { PAGE_STYLE } from './page-style.js';
import type { Language } from './page-views.js';

/**
 * What every page is sent with, whatever it shows. No Cross-Origin-Opener-Policy: it would cut a page that was opened in a popup
 * off from its opener, and the app that waits there would never hear of its answer.
 */
export const PAGE_HEADERS = Object.freeze({
  'Content-Type': 'text/html; charset=utf-8',
  'Cache-Control': 'no-store',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
});

export interface PageHeadersOptions {
  readonly language: Language;
  /**
   * The redirect URI (its origin or its scheme do as well) that the form's answer may lead to: Chromium holds `form-action`
   * against every redirect that follows a POST. Left out for a page without a form.
   */
  readonly formAction?: string;
}

const STYLE_HASH = createHash('sha256').update(PAGE_STYLE).digest('base64');

/** All headers of a page (CSP Level 3): no script, no foreign content, no frame. Throws a TypeError for what is no absolute URI. */
export function pageHeaders({ language, formAction }: PageHeadersOptions): Readonly<Record<string, string>> {
  const target = formAction === undefined ? "'none'" : `'self' ${formActionSource(formAction)}`;
  const policy = [
    "default-src 'none'",
    `style-src 'sha256-${STYLE_HASH}'`,
    `form-action ${target}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ];
  return { ...PAGE_HEADERS, 'Content-Language': language, 'Content-Security-Policy': policy.join('; ') };
}
