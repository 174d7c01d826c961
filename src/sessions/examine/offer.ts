import { createClient, inTime } from '../client.ts';
import { explain } from '../explain.ts';

/** What there is to choose from in the workspace of a key. */
export interface Offer {
  agents: Offered[];
  environments: Offered[];
}

export interface Offered {
  id: string;
  name: string;
}

export interface OfferOptions {
  apiKey: string;
  /** The real API when null. */
  baseURL: string | null;
}

/** Somebody who has more of them can give an id. */
const MOST = 100;

const REFUSALS: Record<string, string> = {
  credentials:
    'The agents API refuses this key. Copy it again from platform.claude.com → API keys, in a workspace that may use agents.',
  unreachable: 'The agents API cannot be reached. Check the network, the proxy and ANTHROPIC_BASE_URL.',
};

/** The agents and environments that are not archived. */
export async function examineOffer({ apiKey, baseURL }: OfferOptions): Promise<Offer | { refused: string }> {
  const { agents, environments } = createClient({ apiKey, baseURL: baseURL ?? undefined }).beta;
  try {
    // One small request shows whether the key is good before the rest is asked for.
    await inTime((signal) => agents.list({ limit: 1 }, { signal }));
    return {
      agents: await first(inTime((signal) => agents.list({ limit: MOST }, { signal }))),
      environments: await first(inTime((signal) => environments.list({ limit: MOST }, { signal }))),
    };
  } catch (error) {
    const { code, message } = explain(error, 'session');
    return { refused: REFUSALS[code] ?? message };
  }
}

interface Listed extends Offered {
  archived_at?: string | null;
}

async function first(page: PromiseLike<{ data: Listed[] }>): Promise<Offered[]> {
  const { data } = await page;
  return data.filter(({ archived_at }) => !archived_at).map(({ id, name }) => ({ id, name }));
}
