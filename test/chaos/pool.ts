interface PoolOptions<T, R> {
  workers: number;
  work: (item: T) => Promise<R>;
  /** Hears of each as it is done. */
  onDone?: (result: R) => void;
}

/** Works through `items`, so many at a time. Resolves with what came of each, in their order. */
export async function pool<T, R>(items: readonly T[], { workers, work, onDone }: PoolOptions<T, R>): Promise<R[]> {
  const results: R[] = [];
  const left = items.entries();
  const worker = async () => {
    for (const [index, item] of left) {
      const result = await work(item);
      results[index] = result;
      onDone?.(result);
    }
  };
  await Promise.all(Array.from({ length: workers }, worker));
  return results;
}
