/**
 * Calls back so much later, once what has arrived by then has been read: timers run first, and a process that was busy would
 * take its own slowness for that of whoever answered. Returns what calls it off.
 */
export function afterReading(ms: number, callBack: () => void): () => void {
  let immediate: NodeJS.Immediate | undefined;
  const timer = setTimeout(() => (immediate = setImmediate(callBack)), ms);
  return () => {
    clearTimeout(timer);
    clearImmediate(immediate);
  };
}
