import { ConfigError, loadConfig } from '../../config.ts';
import { examineOffer, type Offer } from '../../sessions/examine/offer.ts';
import { CliError } from '../cli-error.ts';
import type { World } from '../world.ts';
import { faultOfIds, givenIds, type Ids, pickIds } from './agent-ids.ts';
import type { Given } from './given.ts';
import { type Checked, type Obtaining, obtain } from './obtain.ts';
import { provision } from './provision.ts';

interface Options extends Obtaining {
  given: Given;
  world: World;
}

/** The key, and what else of the agent's side belongs into `.env`: ids that bridge.yaml does not have. */
export async function obtainAgent({ given, world, ...obtaining }: Options): Promise<Given> {
  const baseURL = given.ANTHROPIC_BASE_URL ?? null;
  const { value: apiKey, found: offer } = await obtain(
    {
      name: 'ANTHROPIC_API_KEY',
      what: 'Anthropic API key',
      noun: 'API key',
      given: given.ANTHROPIC_API_KEY,
      where: ['At platform.claude.com → API keys, in the workspace where the agent is to live (sk-ant-…).'],
      check: (key) => checkKey(key, baseURL),
    },
    obtaining,
  );
  const withKey = { ...given, ANTHROPIC_API_KEY: apiKey };
  const ids = await obtainIds({ given: withKey, world, offer, side: { apiKey, baseURL }, ...obtaining });
  return { ANTHROPIC_API_KEY: apiKey, ...ids };
}

async function checkKey(apiKey: string, baseURL: string | null): Promise<Checked<Offer>> {
  const offer = await examineOffer({ apiKey, baseURL });
  if ('refused' in offer) return { wrong: offer.refused };
  return { found: offer, says: 'Anthropic API key: the agents API takes it' };
}

interface IdsOptions extends Options {
  offer: Offer;
  side: { apiKey: string; baseURL: string | null };
}

async function obtainIds({ offer, side, ...options }: IdsOptions): Promise<Ids> {
  const { given, talk, isAttended, world } = options;
  let ids = givenIds(given);
  const isMade = Object.keys(ids).length === 0 && (await provision(options));
  for (;;) {
    const fault = await talk.busy('Looking at the agent …', () => faultOfIds(ids, side));
    const problems = fault === null ? problemsOf({ ...given, ...ids }, world) : [fault];
    if (problems.length === 0) {
      if (!isMade) talk.done('The agent and its environment are there');
      return ids;
    }
    const isChosen = isMade || Object.keys(ids).length > 0;
    if (!isAttended) throw new CliError([...problems, ...(isChosen ? [] : [NO_AGENT])].join('\n'));
    if (isChosen) talk.wrong(problems.join('\n'));
    const isToPick = !isChosen || (await talk.choose({ message: 'What now?', options: NEXT }));
    if (isToPick) ids = await pickIds(offer, talk);
  }
}

const NO_AGENT =
  'Nothing says which agent is to answer: give --agent and --environment, or declare them in bridge.yaml.';
const NEXT = [
  { value: false, label: 'Look again, it is mended' },
  { value: true, label: 'Choose another agent and environment' },
];

/** Why the bot could not start with these settings and bridge.yaml. */
function problemsOf(given: Given, { env, readFile }: Pick<World, 'env' | 'readFile'>): readonly string[] {
  try {
    loadConfig({ env: { ...env(), ...given }, readFile });
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}
