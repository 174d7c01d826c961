import { badRequest } from './api-error.ts';
import type { ApiRequest, Route } from './http.ts';
import type { RouteWorld } from './route-world.ts';

export function agentRoutes({ agents }: RouteWorld): Route[] {
  const id = (request: ApiRequest) => request.param('agent');
  return [
    { name: 'agents.create', method: 'POST', path: '/v1/agents', run: async (r) => agents.create(await r.body()) },
    { name: 'agents.list', method: 'GET', path: '/v1/agents', run: (r) => agents.list(r.query) },
    {
      name: 'agents.retrieve',
      method: 'GET',
      path: '/v1/agents/:agent',
      run: (r) => agents.retrieve(id(r), readVersion(r.query)),
    },
    {
      name: 'agents.update',
      method: 'POST',
      path: '/v1/agents/:agent',
      run: async (r) => agents.update(id(r), await r.body()),
    },
    { name: 'agents.archive', method: 'POST', path: '/v1/agents/:agent/archive', run: (r) => agents.archive(id(r)) },
    {
      name: 'agents.versions.list',
      method: 'GET',
      path: '/v1/agents/:agent/versions',
      run: (r) => agents.versions(id(r), r.query),
    },
  ];
}

export function environmentRoutes({ environments }: RouteWorld): Route[] {
  const path = '/v1/environments';
  const id = (request: ApiRequest) => request.param('environment');
  return [
    { name: 'environments.create', method: 'POST', path, run: async (r) => environments.create(await r.body()) },
    { name: 'environments.list', method: 'GET', path, run: (r) => environments.list(r.query) },
    {
      name: 'environments.retrieve',
      method: 'GET',
      path: `${path}/:environment`,
      run: (r) => environments.retrieve(id(r)),
    },
    {
      name: 'environments.update',
      method: 'POST',
      path: `${path}/:environment`,
      run: async (r) => environments.update(id(r), await r.body()),
    },
    {
      name: 'environments.delete',
      method: 'DELETE',
      path: `${path}/:environment`,
      run: (r) => environments.delete(id(r)),
    },
    {
      name: 'environments.archive',
      method: 'POST',
      path: `${path}/:environment/archive`,
      run: (r) => environments.archive(id(r)),
    },
  ];
}

export function memoryStoreRoutes({ memoryStores }: RouteWorld): Route[] {
  const path = '/v1/memory_stores';
  const one = `${path}/:store`;
  const id = (request: ApiRequest) => request.param('store');
  const name = (method: string) => `memoryStores.${method}`;
  return [
    { name: name('create'), method: 'POST', path, run: async (r) => memoryStores.create(await r.body()) },
    { name: name('list'), method: 'GET', path, run: (r) => memoryStores.list(r.query) },
    { name: name('retrieve'), method: 'GET', path: one, run: (r) => memoryStores.retrieve(id(r)) },
    { name: name('update'), method: 'POST', path: one, run: async (r) => memoryStores.update(id(r), await r.body()) },
    { name: name('archive'), method: 'POST', path: `${one}/archive`, run: (r) => memoryStores.archive(id(r)) },
  ];
}

export function vaultRoutes({ vaults }: RouteWorld): Route[] {
  const path = '/v1/vaults';
  const id = (request: ApiRequest) => request.param('vault');
  return [
    { name: 'vaults.create', method: 'POST', path, run: async (r) => vaults.create(await r.body()) },
    { name: 'vaults.list', method: 'GET', path, run: (r) => vaults.list(r.query) },
    { name: 'vaults.retrieve', method: 'GET', path: `${path}/:vault`, run: (r) => vaults.retrieve(id(r)) },
    { name: 'vaults.archive', method: 'POST', path: `${path}/:vault/archive`, run: (r) => vaults.archive(id(r)) },
    {
      name: 'vaults.credentials.create',
      method: 'POST',
      path: `${path}/:vault/credentials`,
      run: async (r) => vaults.addCredential(id(r), await r.body()),
    },
    {
      name: 'vaults.credentials.list',
      method: 'GET',
      path: `${path}/:vault/credentials`,
      run: (r) => vaults.credentials(id(r), r.query),
    },
  ];
}

function readVersion(query: URLSearchParams): number | undefined {
  const version = query.get('version');
  if (version === null) return undefined;
  if (!/^[1-9]\d*$/.test(version)) throw badRequest('version: must be a positive integer');
  return Number(version);
}
