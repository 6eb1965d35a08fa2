/**
 * What is found out once for each key in this process, also when several ask at the same time. A failure is not kept:
 * who asks next tries again.
 */
export function onceEach<T>(find: (key: string) => Promise<T>): (key: string) => Promise<T> {
  const found = new Map<string, Promise<T>>();
  return (key) => {
    const known = found.get(key);
    if (known !== undefined) return known;
    const finding = find(key);
    found.set(key, finding);
    finding.catch(() => found.delete(key));
    return finding;
  };
}
