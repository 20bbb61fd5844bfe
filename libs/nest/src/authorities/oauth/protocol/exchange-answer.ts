/** What a request is answered with. A refusal is thrown instead. */
export type ExchangeAnswer =
  | { readonly kind: 'json'; readonly status: 200 | 201; readonly body: object }
  /** RFC 7009 §2.2 */
  | { readonly kind: 'nothing' }
  | {
      readonly kind: 'redirect';
      readonly location: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  | {
      readonly kind: 'page';
      readonly status: number;
      readonly html: string;
      readonly headers: Readonly<Record<string, string>>;
    };

/** The body of an answer that cannot be anything else. */
export function jsonOf(answer: ExchangeAnswer): object {
  if (answer.kind !== 'json') throw new TypeError(`expected a JSON answer, not ${answer.kind}`);
  return answer.body;
}
