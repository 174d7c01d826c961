import { useState } from 'preact/hooks';
import { type Attachment, readAttachments } from './attachments.ts';
import type { Memory } from './memory.ts';

interface Options {
  draftKey: string;
  memory: Memory;
  send: (text: string, files: Attachment[]) => Promise<void>;
  fail: (error: unknown) => void;
}

/** A message being written: its text, kept as a draft, and its files. */
export function useUnsent({ draftKey, memory, send, fail }: Options) {
  const [text, setText] = useState(() => memory.draft(draftKey));
  const [files, setFiles] = useState<Attachment[]>([]);
  const [sending, setSending] = useState(false);
  const empty = !text.trim() && files.length === 0;

  const change = (next: string) => {
    setText(next);
    memory.keepDraft(draftKey, next);
  };

  const attach = async (chosen: Iterable<File>) => {
    try {
      const read = await readAttachments(chosen);
      setFiles((current) => [...current, ...read]);
    } catch (error) {
      fail(error);
    }
  };

  const submit = async () => {
    if (sending || empty) return;
    setSending(true);
    try {
      // Emptied first: who types on at once must not lose letters when the answer comes.
      change('');
      setFiles([]);
      await send(text.trim(), files);
    } catch (error) {
      // Given back, unless something new was begun meanwhile.
      if (!memory.draft(draftKey)) change(text);
      setFiles(files);
      fail(error);
    } finally {
      setSending(false);
    }
  };

  const remove = (file: Attachment) => setFiles(files.filter((other) => other !== file));
  return { text, files, change, attach, remove, submit, ready: !sending && !empty };
}
