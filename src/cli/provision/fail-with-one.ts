import { ConfigError } from '../../config.ts';
import { ProvisionError } from '../../sessions/provisioning/provision-error.ts';
import { CliError } from '../cli-error.ts';
import type { World } from '../world.ts';

/** Of `plan` and `apply`, 2 says that there are changes: whatever is wrong is 1. */
const EXIT_FAILED = 1;

/** Whatever a person can put right is told, and is exit code 1. */
export async function failWithOne(world: World, work: () => Promise<number>): Promise<number> {
  try {
    return await work();
  } catch (error) {
    const isOurs = [CliError, ConfigError, ProvisionError].some((kind) => error instanceof kind);
    if (!isOurs || !(error instanceof Error)) throw error;
    world.complain(`${error.message}\n`);
    return EXIT_FAILED;
  }
}
