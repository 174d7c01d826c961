/** What a process of the benchmark tells about itself when it is asked. */
export interface Usage {
  /** Bytes. */
  rss: number;
  cpuMs: number;
}

export function answerUsage(): void {
  process.on('message', () => {
    const { user, system } = process.cpuUsage();
    process.send?.({ usage: { rss: process.memoryUsage.rss(), cpuMs: (user + system) / 1_000 } satisfies Usage });
  });
}
