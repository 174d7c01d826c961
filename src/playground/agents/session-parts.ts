/** A tool call that waits for people: what kind of answer it takes and whether it has one. */
export interface Call {
  readonly id: string;
  readonly kind: 'tool' | 'mcp' | 'custom';
  state: 'open' | 'answered' | 'closed';
  answer?: Answer;
}

export type Answer =
  | { type: 'allow' }
  | { type: 'deny'; message: string | undefined }
  | { type: 'result'; text: string; isError: boolean };

/** A child thread of a session. */
export interface Thread {
  readonly id: string;
  readonly agentName: string;
  readonly createdAt: string;
  status: 'running' | 'idle' | 'terminated';
}

// With more parallel calls than this, `event_ids` shows a window only.
const WINDOW = 5;

export function openCalls(calls: Map<string, Call>): Call[] {
  return [...calls.values()].filter((call) => call.state === 'open');
}

/** What `requires_action` lists: the first five open calls. */
export function actionWindow(calls: Map<string, Call>): string[] {
  return openCalls(calls)
    .slice(0, WINDOW)
    .map((call) => call.id);
}
