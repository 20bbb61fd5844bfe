/** What `work` ends with, unless `signal` is aborted first: then this caller leaves, and the work goes on for the others. */
export function orAborted<T>(work: () => Promise<T>, signal: AbortSignal | null | undefined): Promise<T> {
  if (!signal) return work();
  return new Promise<T>((resolve, reject) => {
    const leave = () => reject(reasonOf(signal));
    if (signal.aborted) return leave();
    signal.addEventListener('abort', leave);
    const stay = () => signal.removeEventListener('abort', leave);
    work().finally(stay).then(resolve, reject);
  });
}

/** Not every runtime has reasons, or a DOMException. */
function reasonOf(signal: AbortSignal): unknown {
  return signal.reason ?? Object.assign(new Error('The call was aborted.'), { name: 'AbortError' });
}
