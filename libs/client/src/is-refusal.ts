/** Refusals that say nothing of what was asked: too slow, too early, too often. */
const COME_AGAIN = [408, 425, 429];

/** Whether the server refused what was asked, and would again. Whatever else it would not say is no answer. */
export function isRefusal(status: number): boolean {
  return status >= 400 && status < 500 && !COME_AGAIN.includes(status);
}
