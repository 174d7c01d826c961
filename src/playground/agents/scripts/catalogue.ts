import type { Script } from '../script.ts';
import { plain } from './plain.ts';

/** Every built-in script, in the order in which they are tried; the last one answers everything else. */
export const catalogue: Script[] = [plain];
