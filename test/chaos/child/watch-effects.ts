/**
 * Names every effect of this process where it leaves it: requests (of undici, and of Node's own client), what the socket
 * sends and hears, writes of the database, and writes of files. Has to be imported before the app.
 */
import diagnostics from 'node:diagnostics_channel';
import fs from 'node:fs';
import type { ClientRequest } from 'node:http';
import { promisify } from 'node:util';
import Database from 'libsql';
import { WebSocket } from 'undici';
import { pass } from './passages.ts';

interface Request {
  origin: string | URL;
  method: string;
  path: string;
}

function watchRequests(): void {
  const on = (channel: string, edge: Parameters<typeof pass>[1]) =>
    diagnostics.subscribe(channel, (message) => {
      // What undici publishes on these channels.
      const { request } = message as { request: Request };
      pass(nameOf(request), edge);
    });
  on('undici:request:create', 'before');
  on('undici:request:bodySent', 'sent');
  on('undici:request:headers', 'after');
}

function watchStreams(): void {
  const asked = (request: ClientRequest): Request => {
    const { protocol, method, path } = request;
    return { origin: `${protocol}//${request.getHeader('host')}`, method, path };
  };
  diagnostics.subscribe('http.client.request.start', (message) => {
    // What Node publishes on these channels.
    const { request } = message as { request: ClientRequest };
    pass(nameOf(asked(request)), 'before');
    request.once('finish', () => pass(nameOf(asked(request)), 'sent'));
  });
  diagnostics.subscribe('http.client.response.finish', (message) => {
    pass(nameOf(asked((message as { request: ClientRequest }).request)), 'after');
  });
}

/** `slack.chat.postMessage`, `agents.post.sessions.events`: its path without the ids in it. */
function nameOf({ origin, method, path }: Request): string {
  const { pathname } = new URL(path, origin);
  const { SLACK_API_URL = '' } = process.env;
  const server = SLACK_API_URL.startsWith(String(origin)) ? 'slack' : 'agents';
  if (pathname.startsWith('/api/')) return `slack.${pathname.slice('/api/'.length)}`;
  const words = pathname.split('/').filter((word) => /^[a-z][a-z-]+$/.test(word));
  return [server, method.toLowerCase(), ...words].join('.');
}

function watchSocket(): void {
  const { send, addEventListener, removeEventListener } = WebSocket.prototype;
  const wrapped = new WeakMap<object, (event: MessageEvent) => void>();
  WebSocket.prototype.send = function (data) {
    const name = String(data).includes('envelope_id') ? 'socket.ack' : 'socket.send';
    pass(name, 'before');
    send.call(this, data);
    pass(name, 'sent');
  };
  WebSocket.prototype.addEventListener = function (type: string, listener: never, options?: never) {
    if (type !== 'message') return addEventListener.call(this, type, listener, options);
    const named = (event: MessageEvent) => {
      const { type: kind } = JSON.parse(String(event.data)) as { type: string };
      pass(`socket.frame.${kind}`);
      (listener as (event: MessageEvent) => void).call(this, event);
    };
    wrapped.set(listener, named);
    addEventListener.call(this, type, named as never, options);
  };
  WebSocket.prototype.removeEventListener = function (type: string, listener: never, options?: never) {
    removeEventListener.call(this, type, (wrapped.get(listener) ?? listener) as never, options);
  };
}

interface Prepares {
  prepare(sql: string): { run(...args: unknown[]): unknown };
}

function watchDatabase(): void {
  // Its types are those of a library that infers each statement's parameters; any will do here.
  const database = Database.prototype as unknown as Prepares;
  const { prepare } = database;
  database.prepare = function (sql) {
    const statement = prepare.call(this, sql);
    const { run } = statement;
    const verb = /^\s*(INSERT|UPDATE|DELETE)/i.exec(sql)?.[1]?.toLowerCase();
    if (verb === undefined) return statement;
    statement.run = (...args) => {
      const [key] = args;
      const name = `store.${typeof key === 'string' ? key.split(':')[0] : 'expired'}.${verb === 'delete' ? verb : 'set'}`;
      pass(name, 'before');
      const result = run.apply(statement, args);
      pass(name, 'after');
      return result;
    };
    return statement;
  };
}

type Callback = (...results: unknown[]) => void;

/** The functions with a callback, by which the audit is written. */
function watchFiles(): void {
  for (const name of ['write', 'fdatasync', 'ftruncate'] as const) {
    const own = fs[name] as (...args: unknown[]) => void;
    const watched = (...args: unknown[]) => {
      const callback = args.pop() as Callback;
      pass(`disk.${name}`, 'before');
      own(...args, (...results: unknown[]) => {
        pass(`disk.${name}`, 'after');
        callback(...results);
      });
    };
    if (name === 'write') {
      const write = promisify(fs.write) as (...args: unknown[]) => Promise<unknown>;
      const inTurn = async (...args: unknown[]) => {
        pass('disk.write', 'before');
        const result = await write(...args);
        pass('disk.write', 'after');
        return result;
      };
      Object.assign(watched, { [promisify.custom]: inTurn });
    }
    Object.assign(fs, { [name]: watched });
  }
}

/** Those with promises, by which files on their way are kept. */
async function watchHandles(): Promise<void> {
  const { open, rm } = fs.promises;
  const probe = await open(process.execPath);
  const handles = Object.getPrototypeOf(probe) as { appendFile: (...args: unknown[]) => Promise<void> };
  await probe.close();
  const watch = <Args extends unknown[], Result>(
    name: string,
    own: (...args: Args) => Promise<Result>,
  ): ((...args: Args) => Promise<Result>) =>
    async function (this: unknown, ...args) {
      pass(`disk.${name}`, 'before');
      const result = await own.apply(this, args);
      pass(`disk.${name}`, 'after');
      return result;
    };
  handles.appendFile = watch('append', handles.appendFile);
  Object.assign(fs.promises, { open: watch('open', open), rm: watch('rm', rm) });
}

watchRequests();
watchStreams();
watchSocket();
watchDatabase();
watchFiles();
void watchHandles();
