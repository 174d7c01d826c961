import { randomBytes } from 'node:crypto';

/** Makes an id such as `sesn_01…`: a documented prefix, a growing count, a random tail. */
export type MakeId = (prefix: string) => string;

export function createIds(): MakeId {
  let count = 0;
  return (prefix) => {
    count += 1;
    return `${prefix}_01${count.toString(36).padStart(7, '0')}${randomBytes(7).toString('hex')}`;
  };
}
