import type { ComponentChildren, VNode } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { AttachmentList } from './attachment-list.tsx';
import type { Attachment } from './attachments.ts';
import type { Directory } from './directory.ts';
import { Icon } from './icons.tsx';
import type { Memory } from './memory.ts';
import { MentionList } from './mention-list.tsx';
import { useMentions } from './use-mentions.ts';
import { useUnsent } from './use-unsent.ts';

interface ComposerProps {
  label: string;
  /** Person and conversation: drafts are kept under it. */
  draftKey: string;
  directory: Directory;
  memory: Memory;
  /** Text to begin with, from a suggestion; a new object puts it in again. */
  suggestion?: { text: string } | undefined;
  /** Resolves once the message is taken; until then the text stays. */
  send: (text: string, files: Attachment[]) => Promise<void>;
  fail: (error: unknown) => void;
  /** More controls beside the send button. */
  children?: ComponentChildren;
}

/** The field one writes in. Mounted anew (by `key`) for each conversation, so nothing leaks from one to the next. */
export function Composer({
  label,
  draftKey,
  directory,
  memory,
  suggestion,
  send,
  fail,
  children,
}: ComposerProps): VNode {
  const field = useRef<HTMLTextAreaElement>(null);
  const [dropping, setDropping] = useState(false);
  const unsent = useUnsent({ draftKey, memory, send, fail });
  const { text, change } = unsent;
  const mentions = useMentions({ field, directory, change });

  useEffect(() => {
    // A thread that opens by itself, and the choice of a person by arrow keys, leave the focus where it is.
    if (!document.activeElement?.matches('textarea, input')) field.current?.focus();
  }, []);
  useEffect(() => {
    if (!suggestion) return;
    change(suggestion.text);
    field.current?.focus();
  }, [suggestion]);
  useLayoutEffect(() => {
    if (field.current) grow(field.current);
  }, [text]);

  const attach = (chosen: Iterable<File>) => {
    void unsent.attach(chosen);
    field.current?.focus();
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (mentions.onKeyDown(event)) return;
    // `isComposing`: Enter that only picks a character in an input method does not send.
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    void unsent.submit();
  };

  return (
    <form
      class={dropping ? 'composer composer-dropping' : 'composer'}
      onSubmit={(event) => {
        event.preventDefault();
        void unsent.submit();
      }}
      onDragOver={(event) => {
        if (!event.dataTransfer?.types.includes('Files')) return;
        event.preventDefault();
        setDropping(true);
      }}
      onDragLeave={(event) => {
        // Also said when the pointer moves on to something inside.
        const to = event.relatedTarget;
        if (!(to instanceof Node && event.currentTarget.contains(to))) setDropping(false);
      }}
      onDrop={(event) => {
        setDropping(false);
        if (!event.dataTransfer || event.dataTransfer.files.length === 0) return;
        event.preventDefault();
        attach(event.dataTransfer.files);
      }}
    >
      {mentions.open && <MentionList {...mentions} directory={directory} />}
      <textarea
        ref={field}
        rows={1}
        aria-label={label}
        aria-autocomplete="list"
        aria-controls={mentions.open ? mentions.listId : undefined}
        aria-activedescendant={mentions.open ? mentions.activeId : undefined}
        placeholder={label}
        value={text}
        onInput={(event) => {
          change(event.currentTarget.value);
          mentions.look();
        }}
        onSelect={mentions.look}
        onBlur={mentions.close}
        onKeyDown={onKeyDown}
        onPaste={(event) => {
          const pasted = event.clipboardData?.files;
          if (!pasted || pasted.length === 0) return;
          event.preventDefault();
          attach(pasted);
        }}
      />
      <AttachmentList files={unsent.files} remove={unsent.remove} />
      <Foot attach={attach} ready={unsent.ready}>
        {children}
      </Foot>
    </form>
  );
}

interface FootProps {
  attach: (files: Iterable<File>) => void;
  ready: boolean;
  children: ComponentChildren;
}

function Foot({ attach, ready, children }: FootProps): VNode {
  const picker = useRef<HTMLInputElement>(null);
  return (
    <div class="composer-foot">
      <button type="button" class="icon-button" aria-label="Attach files" onClick={() => picker.current?.click()}>
        <Icon name="attach" />
      </button>
      <input
        ref={picker}
        type="file"
        multiple
        hidden
        aria-label="Files"
        onChange={(event) => {
          attach([...(event.currentTarget.files ?? [])]);
          event.currentTarget.value = '';
        }}
      />
      <span class="composer-hint">
        <kbd>Enter</kbd> to send, <kbd>Shift</kbd>+<kbd>Enter</kbd> for a new line
      </span>
      {children}
      <button type="submit" class="icon-button send" aria-label="Send" disabled={!ready}>
        <Icon name="send" />
      </button>
    </div>
  );
}

function grow(field: HTMLTextAreaElement): void {
  field.style.height = 'auto';
  field.style.height = `${field.scrollHeight}px`;
}
