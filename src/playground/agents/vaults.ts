import { z } from 'zod';
import type { Clock } from '../../clock.ts';
import { badRequest, notFound } from './api-error.ts';
import type { MakeId } from './ids.ts';
import { metadata } from './metadata.ts';
import { type Page, pageOf } from './paging.ts';
import { parse } from './parse.ts';
import { readPage } from './query.ts';

const CREATE = z.strictObject({ display_name: z.string().min(1).max(256), metadata: metadata.nullish() });
const serverUrl = z.url().max(2048);
const auth = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('static_bearer'), mcp_server_url: serverUrl, token: z.string().min(1) }),
  z.looseObject({
    type: z.literal('mcp_oauth'),
    mcp_server_url: serverUrl,
    access_token: z.string().min(1),
    expires_at: z.string().nullish(),
  }),
  z.looseObject({
    type: z.literal('environment_variable'),
    secret_name: z.string().min(1),
    secret_value: z.string().min(1),
  }),
]);
const ADD = z.strictObject({ display_name: z.string().nullish(), metadata: metadata.nullish(), auth });
const MAX_CREDENTIALS = 20;

interface Vault {
  id: string;
  type: 'vault';
  display_name: string;
  metadata: Record<string, string>;
  created_at: string;
  updated_at: string;
  archived_at: string | null;
}

interface Credential extends Omit<Vault, 'type' | 'display_name'> {
  type: 'vault_credential';
  vault_id: string;
  display_name: string | null;
  /** Secrets are written and never given back. */
  auth: { type: string; mcp_server_url?: string; secret_name?: string };
}

export interface VaultStore {
  create(body: unknown): Vault;
  retrieve(id: string): Vault;
  archive(id: string): Vault;
  list(query: URLSearchParams): Page<Vault>;
  addCredential(id: string, body: unknown): Credential;
  credentials(id: string, query: URLSearchParams): Page<Credential>;
}

export function createVaultStore(clock: Clock, makeId: MakeId): VaultStore {
  const vaults = new Map<string, { vault: Vault; credentials: Credential[] }>();
  const stamps = () => {
    const now = new Date(clock.now()).toISOString();
    return { created_at: now, updated_at: now, archived_at: null };
  };
  const find = (id: string) => {
    const found = vaults.get(id);
    if (!found) throw notFound('Vault', id);
    return found;
  };
  return {
    create(body) {
      const { display_name, metadata: pairs } = parse(CREATE, body);
      const vault: Vault = { id: makeId('vlt'), type: 'vault', display_name, metadata: pairs ?? {}, ...stamps() };
      vaults.set(vault.id, { vault, credentials: [] });
      return vault;
    },
    retrieve: (id) => find(id).vault,
    archive(id) {
      const { vault } = find(id);
      vault.archived_at ??= stamps().created_at;
      return vault;
    },
    list(query) {
      const archivedToo = query.get('include_archived') === 'true';
      const rows = [...vaults.values()].map(({ vault }) => vault).filter((one) => archivedToo || !one.archived_at);
      return pageOf(rows.reverse(), (one) => one.id, readPage(query, { limit: 20, max: 100, order: 'desc' }));
    },
    addCredential(id, body) {
      const { vault, credentials } = find(id);
      if (vault.archived_at) throw badRequest(`Vault '${id}' is archived.`);
      if (credentials.length >= MAX_CREDENTIALS)
        throw badRequest(`A vault holds at most ${MAX_CREDENTIALS} credentials.`);
      const given = parse(ADD, body);
      const credential: Credential = {
        id: makeId('vcrd'),
        type: 'vault_credential',
        vault_id: id,
        display_name: given.display_name ?? null,
        metadata: given.metadata ?? {},
        auth: withoutSecrets(given.auth),
        ...stamps(),
      };
      credentials.push(credential);
      return credential;
    },
    credentials(id, query) {
      const page = readPage(query, { limit: 20, max: 100, order: 'desc' });
      return pageOf([...find(id).credentials].reverse(), (one) => one.id, page);
    },
  };
}

function withoutSecrets(given: z.output<typeof auth>): Credential['auth'] {
  if (given.type === 'environment_variable') return { type: given.type, secret_name: given.secret_name };
  return { type: given.type, mcp_server_url: given.mcp_server_url };
}
