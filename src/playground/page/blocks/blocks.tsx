import type { ComponentChild, VNode } from 'preact';
import type { Block } from '../contract.ts';
import { withEmoji } from '../emoji.ts';
import { type Fields, fieldsOf, listOf, stringOf, textOf } from '../fields.ts';
import { link } from '../link.tsx';
import { localPath } from '../links.ts';
import { renderMarkdown } from '../markdown.tsx';
import type { BlockContext } from './act.ts';
import { ButtonElement, FeedbackButtons, IconButton } from './button.tsx';
import { DateElement, OptionsElement, OverflowElement, SelectElement } from './choices.tsx';
import { renderRichText } from './rich-text.tsx';
import { DataTable, Table } from './table.tsx';
import { renderPlan, renderTaskCard } from './task-card.tsx';
import { renderText } from './text.tsx';

/** Slack blocks in their order. Types this page does not know are named rather than dropped. */
export function renderBlocks(blocks: Block[], context: BlockContext): VNode {
  return <div class="blocks">{blocks.map((block) => renderBlock(block, context))}</div>;
}

function renderBlock(block: Fields, context: BlockContext): ComponentChild {
  const { directory } = context;
  const elements = () => listOf(block.elements).map((element) => renderElement(element, context));
  switch (block.type) {
    case 'section':
      return renderSection(block, context);
    case 'header':
      return <h3 class="block-header">{withEmoji(textOf(block.text))}</h3>;
    case 'divider':
      return <hr />;
    case 'context':
      return <div class="block-context">{elements()}</div>;
    case 'actions':
      return <div class="block-actions">{elements()}</div>;
    case 'context_actions':
      return <div class="block-actions block-context-actions">{elements()}</div>;
    case 'markdown':
      return <div class="prose">{renderMarkdown(stringOf(block.text), directory)}</div>;
    case 'rich_text':
      return renderRichText(block, directory);
    case 'image':
      return (
        <figure class="block-image">
          {block.title ? <figcaption>{textOf(block.title)}</figcaption> : null}
          {picture(block)}
        </figure>
      );
    case 'table':
      return <Table block={block} directory={directory} />;
    case 'data_table':
      return <DataTable block={block} directory={directory} />;
    case 'task_card':
      return renderTaskCard(block, directory);
    case 'plan':
      return renderPlan(block, directory);
    case 'alert':
      return renderAlert(block, context);
    case 'card':
      return renderCard(block, context);
    default:
      return <div class="block-unknown">A block of type “{stringOf(block.type)}”, which this page does not draw.</div>;
  }
}

function renderSection(block: Fields, context: BlockContext): VNode {
  const fields = listOf(block.fields);
  return (
    <div class="block-section">
      <div class="block-section-text">
        {block.text ? <div class="mrkdwn">{renderText(block.text, context.directory)}</div> : null}
        {fields.length > 0 && (
          <div class="block-fields">
            {fields.map((field) => (
              <div class="mrkdwn">{renderText(field, context.directory)}</div>
            ))}
          </div>
        )}
      </div>
      {block.accessory ? renderElement(fieldsOf(block.accessory), context) : null}
    </div>
  );
}

function renderElement(element: Fields, context: BlockContext): ComponentChild {
  const props = { element, context };
  const key = stringOf(element.action_id) || undefined;
  switch (element.type) {
    case 'mrkdwn':
    case 'plain_text':
      return <span class="mrkdwn">{renderText(element, context.directory)}</span>;
    case 'image':
      return picture(element);
    case 'button':
      return <ButtonElement key={key} {...props} />;
    case 'feedback_buttons':
      return <FeedbackButtons key={key} {...props} />;
    case 'icon_button':
      return <IconButton key={key} {...props} />;
    case 'static_select':
      return <SelectElement key={key} {...props} />;
    case 'overflow':
      return <OverflowElement key={key} {...props} />;
    case 'checkboxes':
    case 'radio_buttons':
      return <OptionsElement key={key} {...props} />;
    case 'datepicker':
      return <DateElement key={key} {...props} />;
    default:
      return <span class="block-unknown">An element of type “{stringOf(element.type)}”.</span>;
  }
}

/** Pictures of this server are shown; others are links, because fetching them would leave the machine. */
function picture(image: Fields): VNode {
  const address = stringOf(image.image_url);
  const alt = stringOf(image.alt_text);
  const src = localPath(address);
  return src ? <img src={src} alt={alt} loading="lazy" /> : link(address, alt || address);
}

function renderAlert(block: Fields, context: BlockContext): VNode {
  const level = /^(info|warning|error|success)$/.test(stringOf(block.level)) ? stringOf(block.level) : 'default';
  return (
    <div class={`block-alert alert-${level}`} role="note">
      <div class="mrkdwn">{renderText(block.text, context.directory)}</div>
    </div>
  );
}

function renderCard(block: Fields, context: BlockContext): VNode {
  const part = (name: 'title' | 'subtitle' | 'body') =>
    block[name] ? <div class={`card-${name} mrkdwn`}>{renderText(block[name], context.directory)}</div> : null;
  const actions = listOf(block.actions);
  return (
    <div class="block-card">
      {block.hero_image ? picture(fieldsOf(block.hero_image)) : null}
      {part('title')}
      {part('subtitle')}
      {part('body')}
      {actions.length > 0 && (
        <div class="block-actions">{actions.map((element) => renderElement(element, context))}</div>
      )}
    </div>
  );
}
