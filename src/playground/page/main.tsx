import { render } from 'preact';
import { createApi } from './api.ts';
import { App } from './app.tsx';
import { createMemory } from './memory.ts';
import { createTrafficStore } from './traffic-store.ts';

const root = document.getElementById('app');
if (root) {
  root.replaceChildren();
  render(
    <App api={createApi()} traffic={createTrafficStore()} memory={createMemory(localStorage)} now={() => Date.now()} />,
    root,
  );
}
