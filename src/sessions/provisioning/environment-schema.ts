/** `environments:` of bridge.yaml. */
import { z } from 'zod';
import { asMap, declaredName, description, idOf, metadata, text } from './shape.ts';

export const PACKAGE_MANAGERS = ['apt', 'cargo', 'gem', 'go', 'npm', 'pip'] as const;
type PackageManager = (typeof PACKAGE_MANAGERS)[number];

const A_HOST = 'must be the name of a host, such as api.github.com or *.example.com, without https:// or a path';
const host = z.string({ error: A_HOST }).regex(/^(\*\.)?([a-z0-9-]+\.)*[a-z0-9-]+$/i, { error: A_HOST });
const AS_NETWORK = 'must be unrestricted, or a map such as { allowed_hosts: [api.github.com] }';

const networking = z.union(
  [
    z.literal('unrestricted', { error: AS_NETWORK }),
    z.strictObject({
      allowed_hosts: z
        .array(host, { error: 'must be a list of hosts such as [api.github.com]' })
        .optional()
        .meta({ description: 'Hosts the sandbox may reach; *. stands for all below. By default none.' }),
      allow_mcp_servers: z
        .boolean()
        .optional()
        .meta({ description: "Whether the agent's MCP servers may be reached. By default false." }),
      allow_package_managers: z
        .boolean()
        .optional()
        .meta({ description: 'Whether npm, PyPI and the like may be reached. packages need it. By default false.' }),
    }),
  ],
  { error: AS_NETWORK },
);

const list = z.array(text(256), { error: 'must be a list such as [pandas==2.2.0]' }).optional();
const packages = z.strictObject(
  { apt: list, cargo: list, gem: list, go: list, npm: list, pip: list } satisfies Record<PackageManager, z.ZodType>,
  { error: asMap('must be a map such as { pip: [pandas] }') },
);

const environment = z.strictObject(
  {
    id: idOf('env', 'an environment id')
      .optional()
      .meta({ description: 'An environment that is looked after elsewhere. Nothing else may stand beside it.' }),
    name: text(256).optional().meta({ description: 'Unique in the workspace. By default its name here.' }),
    description: description.optional(),
    networking: networking.optional().meta({
      description: 'What the sandbox may reach. Left out: nothing. The web tools have domain lists of their own.',
    }),
    packages: packages.optional().meta({ description: 'What is installed in the sandbox beforehand.' }),
    metadata: metadata.optional(),
  },
  { error: asMap('must be a map such as { networking: { allowed_hosts: [] } }, {} or { id: env_… }') },
);

export const environmentsSchema = z
  .record(declaredName, environment, { error: asMap('must be a map of environments by name') })
  .meta({ description: 'Environments (sandboxes in the cloud) by name.' });

export type EnvironmentSection = z.infer<typeof environment>;
