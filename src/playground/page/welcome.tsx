import type { VNode } from 'preact';
import type { PlaygroundChannel, PlaygroundState } from './contract.ts';
import { conversationTitle } from './conversation-title.ts';
import type { Directory } from './directory.ts';

interface IntroProps {
  channel: PlaygroundChannel;
  directory: Directory;
  agent: PlaygroundState['agent'];
  welcome: { shown: boolean; dismiss: () => void };
  suggest: (text: string) => void;
}

/** What stands at the very beginning of a conversation. */
export function Intro({ channel, directory, agent, welcome, suggest }: IntroProps): VNode {
  const title = conversationTitle(channel, directory);
  const bot = directory.bot?.name ?? 'Drawbridge';
  const talkedTo = channel.messages.some(({ subtype }) => subtype !== 'channel_join');
  const canAnswer = channel.members.some(directory.isBot);
  return (
    <div class="intro">
      {welcome.shown && <Welcome bot={bot} agent={agent} dismiss={welcome.dismiss} />}
      <h3>{title}</h3>
      <p>
        {channel.is_im
          ? `Every message you write here starts a thread with ${bot}. It answers in that thread.`
          : `Mention @${bot} to start a thread with the agent. Every later reply in that thread reaches it too.`}
      </p>
      {!talkedTo && canAnswer && (
        <>
          <p class="intro-try">Things to try</p>
          <ul class="intro-suggestions">
            {suggestions(channel.is_im ? '' : `@${bot} `, agent).map(({ text, next }) => (
              <li key={text}>
                <button type="button" class="suggestion" onClick={() => suggest(text)}>
                  {text}
                </button>
                <small>{next}</small>
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}

function suggestions(mention: string, agent: PlaygroundState['agent']): { text: string; next: string }[] {
  if (agent === 'real') {
    return [
      { text: `${mention}what can you do?`, next: 'and watch it answer' },
      {
        text: `${mention}take your time and look around where you work`,
        next: 'then steer it with a reply, or stop it',
      },
    ];
  }
  return [
    { text: `${mention}why did checkout latency jump?`, next: 'and watch it work' },
    {
      text: `${mention}take your time and look at every service`,
      next: 'then reply in the thread to steer it, then stop it',
    },
    { text: `${mention}deploy checkout`, next: 'and decide whether it may' },
    { text: `${mention}write a long report`, next: 'and see how a long answer is laid out' },
    { text: `${mention}help`, next: 'and get the list of everything it can play' },
  ];
}

interface WelcomeProps {
  bot: string;
  agent: PlaygroundState['agent'];
  dismiss: () => void;
}

function Welcome({ bot, agent, dismiss }: WelcomeProps): VNode {
  return (
    <section class="welcome" aria-label="Welcome">
      <p>
        <strong>This is a playground on your own machine.</strong>{' '}
        {agent === 'scripted'
          ? `Two local servers stand in for Slack and for the agent; between them runs the real ${bot}. The agent here follows a script and nothing leaves this machine.`
          : `A local server stands in for Slack; the real ${bot} runs behind it and talks to the real agent of your settings. What you write to ${bot} goes to the agents API, and the agent's work is billed.`}
      </p>
      <p>
        Switch between people at the bottom left, and open <em>Traffic</em> to see every request
        {agent === 'real' && ' to the local Slack'}. To connect a real workspace, follow the set-up in the README.
      </p>
      <button type="button" class="button" onClick={dismiss}>
        Got it
      </button>
    </section>
  );
}
