import { parse } from 'yaml';
import { checkPolicy } from '../../../src/gate/policy/check.ts';
import { compilePolicy } from '../../../src/gate/policy/compile.ts';
import type { Call, Policy } from '../../../src/gate/policy/policy.ts';
import { type GateSection, gateSchema } from '../../../src/gate/policy/schema.ts';

export function section(yaml: string): GateSection {
  return gateSchema.parse(parse(yaml) ?? {});
}

/** A policy as bridge.yaml would have it below `gate`, with nothing wrong in it. */
export function policy(yaml: string): Policy {
  const given = section(yaml);
  const findings = checkPolicy(given);
  if (findings.length > 0)
    throw new Error(findings.map(({ path, message }) => `${path.join('.')} ${message}`).join('\n'));
  return compilePolicy(given);
}

export function bash(command: string, rest: Partial<Call> = {}): Call {
  return call({ kind: 'built-in', name: 'bash', input: { command } }, rest);
}

export function call(tool: Call['tool'], rest: Partial<Call> = {}): Call {
  return { tool, channel: 'C1', requesters: ['U1'], base: 'ask', groupsOf: new Map(), ...rest };
}
