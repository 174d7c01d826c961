import { BundleError, parseBundle } from '../../ops/recording/bundle.ts';
import { CliError, unreadable } from '../cli-error.ts';
import { plain } from '../plain.ts';
import type { World } from '../world.ts';
import { play } from './play.ts';
import { asLines } from './shown.ts';

export interface ReplayOptions {
  speed: string;
  json?: boolean;
}

/** `drawbridge replay`: exit code 1 when the replay went another way than the recording. */
export async function replay(file: string, { speed, json = false }: ReplayOptions, world: World): Promise<number> {
  if (!/^\d{1,3}$/.test(speed) || Number(speed) === 0)
    throw new CliError('--speed must be a whole number from 1 to 999.');
  const bundle = readBundle(file, world);
  const { calls, parted } = await play(bundle, { speed: Number(speed), world });
  await world.print(json ? `${JSON.stringify({ calls, parted }, null, 2)}\n` : plainLines(asLines(calls)));
  if (parted === null) return 0;
  world.complain(`The replay went another way than the recording. ${plain(parted)}\n`);
  return 1;
}

function readBundle(file: string, { readFile }: World) {
  let text: string;
  try {
    text = readFile(file);
  } catch (error) {
    throw unreadable(file, { error, advice: 'give a recording, as drawbridge --record makes it.' });
  }
  try {
    return parseBundle(text);
  } catch (error) {
    if (!(error instanceof BundleError)) throw error;
    throw new CliError(`${file} ${error.message}.`, { cause: error });
  }
}

function plainLines(text: string): string {
  return text
    .split('\n')
    .map((line) => plain(line))
    .join('\n');
}
