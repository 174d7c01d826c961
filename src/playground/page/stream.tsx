import type { ComponentChild, VNode } from 'preact';
import type { BlockContext } from './blocks/act.ts';
import { renderBlocks } from './blocks/blocks.tsx';
import { streamTask } from './blocks/task-card.tsx';
import type { PlaygroundStream, StreamPart } from './contract.ts';
import { renderMarkdown } from './markdown.tsx';

const endings: Partial<Record<PlaygroundStream['state'], string>> = {
  stopped: 'Stopped',
  expired: 'Interrupted before it was finished',
};

/** A native stream: its text and task cards in the order they came. */
export function renderStream(stream: PlaygroundStream, context: BlockContext): VNode {
  const ending = endings[stream.state];
  const streaming = stream.state === 'streaming';
  const last = stream.parts.length - 1;
  // A completed stream may hand a running task on to the next one.
  const ended = ending !== undefined;
  return (
    <div class={streaming ? 'stream streaming' : 'stream'}>
      {stream.plan_title && <div class="plan-title">{stream.plan_title}</div>}
      {stream.parts.map((part, index) => renderPart(part, context, { growing: streaming && index === last, ended }))}
      {streaming && stream.parts.at(-1)?.type !== 'text' && <span class="caret" aria-hidden="true" />}
      {ending && <div class="stream-ending">{ending}</div>}
    </div>
  );
}

function renderPart(
  part: StreamPart,
  context: BlockContext,
  { growing, ended }: { growing: boolean; ended: boolean },
): ComponentChild {
  switch (part.type) {
    case 'text':
      return <div class="prose">{renderMarkdown(part.text, context.directory, { streaming: growing })}</div>;
    case 'task':
      return streamTask(part, { directory: context.directory, ended });
    default:
      return renderBlocks(part.blocks, context);
  }
}
