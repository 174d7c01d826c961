import type { ApiRequest, Route } from './http.ts';
import { pageOf } from './paging.ts';
import { readPage } from './query.ts';
import { type RouteWorld, SESSION } from './route-world.ts';

export function sessionRoutes({ sessions, resources }: RouteWorld): Route[] {
  const id = (request: ApiRequest) => request.param('session');
  const one = `${SESSION}/resources/:resource`;
  const find = (request: ApiRequest) => sessions.find(id(request));
  return [
    {
      name: 'sessions.create',
      method: 'POST',
      path: '/v1/sessions',
      run: async (r) => sessions.create(await r.body()),
    },
    { name: 'sessions.list', method: 'GET', path: '/v1/sessions', run: (r) => sessions.list(r.query) },
    { name: 'sessions.retrieve', method: 'GET', path: SESSION, run: (r) => sessions.retrieve(id(r)) },
    {
      name: 'sessions.update',
      method: 'POST',
      path: SESSION,
      run: async (r) => sessions.update(id(r), await r.body()),
    },
    { name: 'sessions.delete', method: 'DELETE', path: SESSION, run: (r) => sessions.delete(id(r)) },
    { name: 'sessions.archive', method: 'POST', path: `${SESSION}/archive`, run: (r) => sessions.archive(id(r)) },
    {
      name: 'resources.list',
      method: 'GET',
      path: `${SESSION}/resources`,
      run(r) {
        const page = readPage(r.query, { limit: 100, max: 1000, order: 'asc' });
        return pageOf(find(r).resources, (resource) => resource.id, page);
      },
    },
    {
      name: 'resources.add',
      method: 'POST',
      path: `${SESSION}/resources`,
      run: async (r) => resources.add(find(r), await r.body()),
    },
    { name: 'resources.retrieve', method: 'GET', path: one, run: (r) => resources.find(find(r), r.param('resource')) },
    { name: 'resources.update', method: 'POST', path: one, run: (r) => resources.update(find(r), r.param('resource')) },
    {
      name: 'resources.delete',
      method: 'DELETE',
      path: one,
      run: (r) => resources.remove(find(r), r.param('resource')),
    },
  ];
}
