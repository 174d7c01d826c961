import { realClock } from '../../clock.ts';
import { examineAgents } from '../../sessions/examine/examine.ts';
import type { Offer, Offered } from '../../sessions/examine/offer.ts';
import { environmentSchema, type SettingName } from '../../settings.ts';
import { faultOf, type Given } from './given.ts';
import type { Talk } from './talk.ts';

/** An agent and an environment that are there already. */
export type Ids = Pick<Given, 'DRAWBRIDGE_AGENT_ID' | 'DRAWBRIDGE_ENVIRONMENT_ID'>;

/** Those that are given; a missing one is not in it. */
export function givenIds({ DRAWBRIDGE_AGENT_ID: agent, DRAWBRIDGE_ENVIRONMENT_ID: environment }: Given): Ids {
  return {
    ...(agent === undefined ? {} : { DRAWBRIDGE_AGENT_ID: agent }),
    ...(environment === undefined ? {} : { DRAWBRIDGE_ENVIRONMENT_ID: environment }),
  };
}

/** Why sessions cannot be made with these, in a sentence; null: they can. */
export async function faultOfIds(
  ids: Ids,
  { apiKey, baseURL }: { apiKey: string; baseURL: string | null },
): Promise<string | null> {
  for (const [name, value] of Object.entries(ids)) {
    const fault = faultOf(name as SettingName, value);
    if (fault !== undefined) return `${name}: ${fault}`;
  }
  const { DRAWBRIDGE_AGENT_ID: agent, DRAWBRIDGE_ENVIRONMENT_ID: environment } = environmentSchema.parse(ids);
  const { refused, agents, environments } = await examineAgents({
    apiKey,
    baseURL,
    agents: agent ? [agent] : [],
    environments: environment ? [environment] : [],
    vaults: [],
    clock: realClock,
  });
  if (refused !== null) return refused;
  for (const { id, pinned, used } of agents) {
    const what = `the agent ${id}${pinned === null ? '' : ` at version ${pinned}`}`;
    if (used === null) return notThere(what);
    if (used.isArchived) return `${capital(what)} is archived: choose another.`;
  }
  for (const { id, seen } of environments) {
    if (seen === null) return notThere(`the environment ${id}`);
    if (seen.isArchived) return `The environment ${id} is archived: choose another.`;
  }
  return null;
}

function notThere(what: string): string {
  return `${capital(what)} is not in the workspace of this API key: choose another, or take the key of its workspace.`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Lets a person choose both. */
export async function pickIds(offer: Offer, talk: Talk): Promise<Ids> {
  return {
    DRAWBRIDGE_AGENT_ID: await pick('DRAWBRIDGE_AGENT_ID', { what: 'agent', offered: offer.agents, talk }),
    DRAWBRIDGE_ENVIRONMENT_ID: await pick('DRAWBRIDGE_ENVIRONMENT_ID', {
      what: 'environment',
      offered: offer.environments,
      talk,
    }),
  };
}

async function pick(
  name: SettingName,
  { what, offered, talk }: { what: string; offered: readonly Offered[]; talk: Talk },
): Promise<string> {
  const listed = offered.map(({ id, name: label }) => ({ value: id, label, hint: id }));
  const other = { value: null, label: 'Another, by its id' };
  const chosen =
    listed.length === 0 ? null : await talk.choose({ message: `Which ${what}?`, options: [...listed, other] });
  return chosen ?? talk.text({ message: `The id of the ${what}`, fault: (value) => faultOf(name, value) });
}
