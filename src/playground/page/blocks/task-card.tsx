import type { ComponentChildren, VNode } from 'preact';
import type { TaskStatus } from '../contract.ts';
import type { Directory } from '../directory.ts';
import { type Fields, fieldsOf, listOf, stringOf } from '../fields.ts';
import { link } from '../link.tsx';
import { renderMarkdown } from '../markdown.tsx';
import { renderRichText } from './rich-text.tsx';

/** `cut`: was running when its stream ended, so nobody knows how it went. */
type ShownStatus = TaskStatus | 'cut';

const words: Record<ShownStatus, string> = {
  pending: 'Waiting',
  in_progress: 'Running',
  complete: 'Done',
  // It failed, or was stopped, or was not allowed: the title says which.
  error: 'Not done',
  cut: 'Not finished',
};

interface Task {
  title: string;
  status: ShownStatus;
  details?: ComponentChildren;
  output?: ComponentChildren;
  sources?: ComponentChildren;
}

/** One step of the agent: what it does, how it stands, and its details behind a fold. */
function taskCard(task: Task): VNode {
  const head = (
    <>
      <span class="task-icon" aria-hidden="true" />
      <span class="task-title">{task.title}</span>
      <span class="task-state">{words[task.status]}</span>
    </>
  );
  const more = task.details || task.output || task.sources;
  if (!more) return <div class={`task task-${task.status}`}>{head}</div>;
  return (
    <details class={`task task-${task.status}`}>
      <summary>{head}</summary>
      <div class="task-body">
        {task.details}
        {task.output}
        {task.sources}
      </div>
    </details>
  );
}

/** A task of a native stream, whose details and output are Markdown; `ended` when nothing more will come of it. */
export function streamTask(
  part: { title: string; status: TaskStatus; details?: string; output?: string },
  { directory, ended }: { directory: Directory; ended: boolean },
): VNode {
  return taskCard({
    title: part.title,
    status: ended && part.status === 'in_progress' ? 'cut' : part.status,
    details: part.details && <div class="task-details prose">{renderMarkdown(part.details, directory)}</div>,
    output: part.output && <div class="task-output prose">{renderMarkdown(part.output, directory)}</div>,
  });
}

/** A `task_card` block, alone or inside a `plan`. */
export function renderTaskCard(block: Fields, directory: Directory): VNode {
  const sources = listOf(block.sources).map((source) => (
    <li>{link(stringOf(source.url), stringOf(source.text) || stringOf(source.url))}</li>
  ));
  return taskCard({
    title: stringOf(block.title),
    status: statusOf(block.status),
    details: hasElements(block.details) && <div class="task-details">{renderRichText(block.details, directory)}</div>,
    output: hasElements(block.output) && <div class="task-output">{renderRichText(block.output, directory)}</div>,
    sources: sources.length > 0 && <ul class="task-sources">{sources}</ul>,
  });
}

export function renderPlan(block: Fields, directory: Directory): VNode {
  return (
    <section class="plan" aria-label={stringOf(block.title)}>
      <div class="plan-title">{stringOf(block.title)}</div>
      {listOf(block.tasks).map((task) => renderTaskCard(task, directory))}
    </section>
  );
}

function hasElements(value: unknown): boolean {
  return listOf(fieldsOf(value).elements).length > 0;
}

function statusOf(value: unknown): TaskStatus {
  return value === 'in_progress' || value === 'complete' || value === 'error' ? value : 'pending';
}
