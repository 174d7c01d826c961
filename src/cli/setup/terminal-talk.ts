import type { Readable, Writable } from 'node:stream';
import { styleText } from 'node:util';
import { confirm, intro, isCancel, log, outro, password, S_BAR, select, text } from '@clack/prompts';
import { plain } from '../plain.ts';
import { Interrupted, type Talk } from './talk.ts';
import { wrapped } from './wrapped.ts';

export interface Terminal {
  input: Readable & { setRawMode?(isRaw: boolean): unknown };
  output: Writable & { columns?: number };
  /** A person sits there: both are a terminal. */
  isInteractive: boolean;
}

const CTRL_C = '\u0003';
const ERASE_LINE = '\r\u001b[2K';
/** What stands left of the text. */
const FRAME = 3;
const WIDEST = 96;

export function createTerminalTalk(terminal: Terminal): Talk {
  return { ...createTelling(terminal), ...createAsking(terminal) };
}

type Asking = Pick<Talk, 'secret' | 'text' | 'choose' | 'confirm'>;

function createTelling({ input, output }: Terminal): Omit<Talk, keyof Asking> {
  const framed = (lines: string) => {
    const width = Math.min(output.columns ?? WIDEST, WIDEST) - FRAME;
    return lines
      .split('\n')
      .flatMap((line) => wrapped(plain(line), width))
      .join('\n');
  };

  /** What is being done stands below what is said, until it is done. */
  let doing = '';
  const say = (log: () => void) => {
    if (doing !== '') output.write(ERASE_LINE);
    log();
    output.write(doing);
  };

  return {
    begin: (title) => intro(title, { output }),
    step: (name, lines = []) => log.step(framed([name, ...lines].join('\n')), { output }),
    // A terminal that knows such links lets it be clicked, however often it breaks it; others show nothing of this.
    link: (url) => void output.write(`\n\u001b]8;;${url}\u0007${url}\u001b]8;;\u0007\n`),
    done: (line) => say(() => log.success(framed(line), { output })),
    warn: (line) => say(() => log.warn(framed(line), { output })),
    wrong: (line) => say(() => log.error(framed(line), { output })),
    end: (line) => outro(framed(line).replaceAll('\n', '\n   '), { output }),
    async busy(line, work) {
      doing = styleText('gray', `${S_BAR}  ${line}`);
      output.write(doing);
      const quiet = hush(input);
      try {
        return await Promise.race([work(), quiet.interrupted]);
      } finally {
        quiet.over();
        doing = '';
        output.write(ERASE_LINE);
      }
    },
  };
}

function createAsking({ input, output }: Terminal): Asking {
  const streams = { input, output };
  const answered = async <T>(asking: Promise<T | symbol>): Promise<T> => {
    const answer = await asking;
    if (isCancel(answer)) throw new Interrupted();
    return answer as T;
  };

  return {
    async secret({ message, fault }) {
      const validate = (value = '') => fault(value.trim());
      return (await answered<string>(password({ ...streams, message, validate, clearOnError: true }))).trim();
    },
    async text({ message, fault }) {
      const validate = (value = '') => fault(value.trim());
      return (await answered<string>(text({ ...streams, message, validate }))).trim();
    },
    async choose({ message, options }) {
      const shown = options.map(({ label, hint }, value) => ({
        value,
        label: plain(label),
        ...(hint === undefined ? {} : { hint: plain(hint) }),
      }));
      const index = await answered<number>(select({ ...streams, message, options: shown, maxItems: 12 }));
      const chosen = options[index];
      if (!chosen) throw new Error('nothing was chosen');
      return chosen.value;
    },
    confirm: ({ message, usual }) => answered<boolean>(confirm({ ...streams, message, initialValue: usual })),
  };
}

/** Nothing that is typed or pasted meanwhile shows, nor answers the next question. */
function hush(input: Terminal['input']): { interrupted: Promise<never>; over(): void } {
  let interrupt = (_: Error) => {};
  const interrupted = new Promise<never>((_, reject) => {
    interrupt = reject;
  });
  // Nobody may be waiting any more.
  interrupted.catch(() => {});
  const swallow = (data: unknown) => {
    if (String(data).includes(CTRL_C)) interrupt(new Interrupted());
  };
  input.setRawMode?.(true);
  input.on('data', swallow);
  input.resume();
  return {
    interrupted,
    over() {
      input.off('data', swallow);
      input.pause();
      input.setRawMode?.(false);
    },
  };
}
