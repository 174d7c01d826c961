import type { ComponentChildren, VNode } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { AttachmentList } from './attachment-list.tsx';
import { type Attachment, readAttachments } from './attachments.ts';
import type { Directory } from './directory.ts';
import { Icon } from './icons.tsx';
import type { Memory } from './memory.ts';
import { MentionList } from './mention-list.tsx';
import { useMentions } from './use-mentions.ts';

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
  const picker = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(() => memory.draft(draftKey));
  const [files, setFiles] = useState<Attachment[]>([]);
  const [sending, setSending] = useState(false);
  const [dropping, setDropping] = useState(false);

  const change = (next: string) => {
    setText(next);
    memory.keepDraft(draftKey, next);
  };
  const mentions = useMentions({ field, directory, change });

  useEffect(() => {
    // A thread that opens by itself, and the choice of a person by arrow keys, leave the focus where it is.
    if (!document.activeElement?.matches('textarea, input')) field.current?.focus();
  }, []);
  useEffect(() => {
    if (!suggestion) return;
    setText(suggestion.text);
    field.current?.focus();
  }, [suggestion]);
  useLayoutEffect(() => {
    if (field.current) grow(field.current);
  }, [text]);

  const attach = async (chosen: Iterable<File>) => {
    try {
      const read = await readAttachments(chosen);
      setFiles((current) => [...current, ...read]);
      field.current?.focus();
    } catch (error) {
      fail(error);
    }
  };

  const submit = async () => {
    if (sending || (!text.trim() && files.length === 0)) return;
    setSending(true);
    try {
      // Emptied first: who types on at once must not lose letters when the answer comes.
      change('');
      setFiles([]);
      await send(text.trim(), files);
    } catch (error) {
      if (!field.current?.value) change(text);
      setFiles(files);
      fail(error);
    } finally {
      setSending(false);
    }
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (mentions.onKeyDown(event)) return;
    // `isComposing`: Enter that only picks a character in an input method does not send.
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    void submit();
  };

  return (
    <form
      class={dropping ? 'composer composer-dropping' : 'composer'}
      aria-label={label}
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
      onDragOver={(event) => {
        event.preventDefault();
        setDropping(true);
      }}
      onDragLeave={() => setDropping(false)}
      onDrop={(event) => {
        event.preventDefault();
        setDropping(false);
        if (event.dataTransfer) void attach(event.dataTransfer.files);
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
          void attach(pasted);
        }}
      />
      <AttachmentList files={files} remove={(file) => setFiles(files.filter((other) => other !== file))} />
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
            void attach([...(event.currentTarget.files ?? [])]);
            event.currentTarget.value = '';
          }}
        />
        <span class="composer-hint">
          <kbd>Enter</kbd> to send, <kbd>Shift</kbd>+<kbd>Enter</kbd> for a new line
        </span>
        {children}
        <button
          type="submit"
          class="icon-button send"
          aria-label="Send"
          disabled={sending || (!text.trim() && files.length === 0)}
        >
          <Icon name="send" />
        </button>
      </div>
    </form>
  );
}

function grow(field: HTMLTextAreaElement): void {
  field.style.height = 'auto';
  field.style.height = `${field.scrollHeight}px`;
}
