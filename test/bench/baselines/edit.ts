/** One message that is edited every second, with the stock client. */
import { type Place, type Showing, startBaseline } from './follow.ts';

const EVERY_MS = 1_000;
/** What a Markdown block holds, with room to spare. */
const MOST_CHARACTERS = 10_000;

function show({ client, channel, thread_ts }: Place): Showing {
  let ts = '';
  let text = '';
  let shown = '';
  let isWriting = false;
  let timer: NodeJS.Timeout | undefined;
  const content = () => ({
    text: 'An answer.',
    blocks: [{ type: 'markdown' as const, text: text || 'Working on it…' }],
  });
  const post = async () => {
    shown = text;
    ts = (await client.chat.postMessage({ channel, thread_ts, ...content() })).ts ?? '';
  };
  const edit = async () => {
    if (text === shown || isWriting) return;
    isWriting = true;
    const newest = text;
    await client.chat.update({ channel, ts, ...content() }).finally(() => {
      isWriting = false;
    });
    shown = newest;
  };
  const write = async (more: string) => {
    if (text.length + more.length > MOST_CHARACTERS) {
      await finish();
      text = more;
      await post();
    } else {
      text += more;
    }
  };
  /** The newest, once what is on its way has come. */
  const finish = async () => {
    while (text !== shown) {
      await edit();
      if (text !== shown) await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  return {
    async begin() {
      await post();
      timer = setInterval(() => void edit().catch(() => {}), EVERY_MS);
    },
    delta: write,
    message: () => write('\n\n'),
    tool: (_, title) => write(`- ${title}\n`),
    toolDone: async () => {},
    async end() {
      clearInterval(timer);
      await finish();
    },
  };
}

void startBaseline(show);
