/** Works through `items`, so many at a time, in their order; `onDone` hears of each as it is done. */
export async function pool<T, R>(
  items: Iterable<T>,
  { workers, work, onDone }: { workers: number; work: (item: T) => Promise<R>; onDone: (result: R) => void },
): Promise<void> {
  const left = items[Symbol.iterator]();
  const worker = async () => {
    for (let next = left.next(); !next.done; next = left.next()) onDone(await work(next.value));
  };
  await Promise.all(Array.from({ length: workers }, worker));
}
