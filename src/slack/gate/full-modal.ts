import type { KnownBlock, ModalView } from '@slack/types';
import type { QuestionId, Shown } from '../../thread/question.ts';
import { actionsBlock, type Button, button } from '../cards/look.ts';
import { contextBlock, preformattedBlock } from '../reply/message.ts';
import { actionId } from './actions.ts';
import { modal } from './modal.ts';

/** Slack takes 3,000 characters in a block, 100 blocks and 250 KB in a view: a page keeps well below all three. */
const MAX_BLOCK = 3_000;
const MAX_BLOCKS = 40;
const MAX_BYTES = 60_000;

/** One page of an input, which can be reached only through the pages before it. */
export function fullModal(question: QuestionId, { shown, page }: { shown: Shown; page: number }): ModalView {
  const pages = paged(shown.text);
  const blocks = pages[page] ?? pages[0] ?? [];
  const isLast = page === pages.length - 1;
  const where = `Page ${page + 1} of ${pages.length}`;
  const end = isLast ? 'this is the end; close this to go back to the card' : 'go on to the last page to see all of it';
  return modal({
    title: 'The whole input',
    question,
    blocks: [
      contextBlock(`${where}: ${end}.`),
      ...blocks.map(preformattedBlock),
      ...turning(question, { page, pages: pages.length }),
    ],
  });
}

export function isLastPage({ text }: Shown, page: number): boolean {
  return page === paged(text).length - 1;
}

function turning(question: QuestionId, { page, pages }: { page: number; pages: number }): KnownBlock[] {
  const turn = (label: string, to: number): Button =>
    button(`${label} (page ${to + 1} of ${pages})`, {
      action: actionId('page', to),
      speak: `${label} page, ${to + 1} of ${pages}`,
      value: question,
    });
  const buttons = [
    ...(page > 0 ? [turn('Previous', page - 1)] : []),
    ...(page < pages - 1 ? [turn('Next', page + 1)] : []),
  ];
  return buttons.length > 0 ? [actionsBlock(buttons)] : [];
}

/** The text as pages of blocks. Every character is in one of them, in order. */
function paged(text: string): string[][] {
  const pages: string[][] = [];
  let page: string[] = [];
  let bytes = 0;
  for (const block of blocksOf(text === '' ? '(no input)' : text)) {
    const size = Buffer.byteLength(JSON.stringify(block));
    if (page.length > 0 && (page.length === MAX_BLOCKS || bytes + size > MAX_BYTES)) {
      pages.push(page);
      page = [];
      bytes = 0;
    }
    page.push(block);
    bytes += size;
  }
  return [...pages, page];
}

/** At the end of a line where there is one in the second half, and never through a surrogate pair. */
function* blocksOf(text: string): Generator<string> {
  for (let from = 0; from < text.length; ) {
    let to = Math.min(from + MAX_BLOCK, text.length);
    if (to < text.length) {
      const lineEnd = text.lastIndexOf('\n', to - 1) + 1;
      if (lineEnd > from + MAX_BLOCK / 2) to = lineEnd;
      else if (/[\ud800-\udbff]/.test(text[to - 1] ?? '')) to -= 1;
    }
    yield text.slice(from, to);
    from = to;
  }
}
