import { accessSync, constants, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Locator, type Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type BuiltBot, createFolder, startBuiltBot } from './built-bot.ts';

const executablePath = findChromium();
if (!executablePath) {
  const how = 'the page cannot be driven without Chromium: apt-get install chromium, or set CHROMIUM to its path';
  if (process.env.CI === 'true') throw new Error(how);
  process.stderr.write(`\nSKIPPED test/e2e/page.test.ts: ${how}\n\n`);
}

/** A slow machine may take this long for one step; a step that works takes a moment. */
const PATIENCE_MS = 15_000;
const STOP_WITHIN_MS = 10_000;

describe.skipIf(!executablePath)('the page in a browser', { timeout: 90_000 }, () => {
  let folder: ReturnType<typeof createFolder>;
  let bot: BuiltBot;
  let browser: Browser;
  let url: string;
  /** What a newcomer must never cause: errors and violations in the console, failed requests. */
  const complaints: string[] = [];

  beforeAll(async () => {
    folder = createFolder();
    bot = startBuiltBot(folder.path, { env: { PORT: '0', DRAWBRIDGE_DATA: join(folder.path, 'data') } });
    const [printed] = await bot.printed(/http:\/\/\S+/);
    url = printed;
    browser = await launch();
  }, 60_000);

  beforeEach(() => {
    complaints.length = 0;
  });

  afterAll(async () => {
    await browser?.close();
    bot?.signal('SIGKILL');
    folder.remove();
  });

  it('lets a newcomer ask, watch, steer, stop and ask again', async () => {
    const page = await open();
    await conversations(page).getByRole('button', { name: '#ops' }).click();
    await page.getByRole('textbox', { name: 'Message #ops' }).focus();
    await page.keyboard.type('@Drawbridge take your time');
    await page.keyboard.press('Enter');

    const thread = page.getByRole('complementary', { name: 'Thread' });
    const stop = thread.locator('.thread-status').getByRole('button', { name: 'Stop' });
    await shows(thread.getByText('six steps, about half a minute'));
    await shows(thread.getByText('kubectl get pods'));
    await shows(stop);

    await thread.getByRole('textbox', { name: 'Reply in thread' }).focus();
    await page.keyboard.type('look at the database first');
    await page.keyboard.press('Enter');
    const steer = messageOf(thread, 'look at the database first').first();
    await shows(steer.getByRole('button', { name: 'Reaction eyes, 1' }));
    await shows(thread.getByText('Changing course, because you told me'));
    await shows(thread.getByRole('blockquote').filter({ hasText: 'look at the database first' }));
    await shows(stop);

    await stop.click();
    await shows(thread.getByText(/^Stopped by @Ana/));
    await stop.waitFor({ state: 'detached', timeout: PATIENCE_MS });
    expect(await thread.getByText('Step 6 of 6').count()).toBe(0);

    await thread.getByRole('textbox', { name: 'Reply in thread' }).fill('are you back?');
    await page.keyboard.press('Enter');
    await shows(thread.getByText(/you wrote “are you back\?”/));
    await stop.waitFor({ state: 'detached', timeout: PATIENCE_MS });
    expect(complaints).toEqual([]);
  });

  it('shows an answer in a direct message as it grows', async () => {
    const page = await open();
    await conversations(page).getByRole('button', { name: 'Drawbridge', exact: true }).click();
    await page.getByRole('textbox', { name: 'Message Drawbridge' }).fill('long');
    await page.keyboard.press('Enter');
    const streaming = page.getByRole('complementary', { name: 'Thread' }).locator('article[aria-busy="true"]');
    await shows(streaming.getByText('Review of the shop platform'));
    const early = await lengthOf(streaming);
    await expect.poll(() => lengthOf(streaming), { timeout: PATIENCE_MS }).toBeGreaterThan(early + 500);
    await shows(page.getByText('the last sentence of this report is this one'), 60_000);
    await streaming.waitFor({ state: 'detached', timeout: PATIENCE_MS });
    expect(complaints).toEqual([]);
  });

  it('shows a table of an answer as a table', async () => {
    const { page, thread } = await askInOps('show me a table');
    const table = messageOf(thread, 'Instances at a glance').getByRole('table');
    await shows(table.getByRole('columnheader', { name: 'p95' }));
    await shows(table.getByRole('row', { name: 'checkout-2 44 ms 1,900 ms no' }));
    await shows(messageOf(thread, 'Instances at a glance').getByText(/list price/));

    // A second one of a message has a caption and pages.
    await thread.getByRole('textbox', { name: 'Reply in thread' }).fill('big table');
    await page.keyboard.press('Enter');
    const pages = messageOf(thread, 'What was measured').getByRole('table', { name: 'request, took' });
    await shows(pages.getByRole('rowheader', { name: 'req-20' }));
    await thread.getByRole('button', { name: 'Next rows' }).first().click();
    await shows(pages.getByRole('rowheader', { name: 'req-21' }));
    await shows(thread.getByText('That is all that was measured.'));
    expect(complaints).toEqual([]);
  });

  it('lets a person approve what the agent wants to run', async () => {
    const { page, thread } = await askInOps('deploy');
    const card = messageOf(thread, 'The agent want').last();
    await shows(card.getByText('./deploy.sh checkout --environment production'));
    await shows(card.getByText('Who may decide'));
    await shows(thread.getByText('Drawbridge is waiting for an answer'));
    await card.getByRole('button', { name: /^Approve:/ }).click();
    await shows(card.getByText(/^Approved/));
    expect(await card.getByRole('button').count()).toBe(0);
    await shows(thread.getByText(/^Deployed: checkout/));
    await page
      .getByText(/list price/)
      .first()
      .waitFor({ timeout: PATIENCE_MS });
    expect(complaints).toEqual([]);
  });

  it('lets a person deny it and say why', async () => {
    const { page, thread } = await askInOps('deploy');
    const card = messageOf(thread, 'The agent want').last();
    await card.getByRole('button', { name: /^Deny with a reason:/ }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('textbox', { name: 'Why not?' }).fill('Not before Monday');
    await dialog.getByRole('button', { name: 'Deny' }).click();
    await dialog.waitFor({ state: 'detached', timeout: PATIENCE_MS });
    await shows(card.getByText(/^Denied/));
    await shows(card.getByRole('blockquote').filter({ hasText: 'Not before Monday' }));
    await shows(thread.getByText(/^I did not deploy, because: .*Not before Monday/));
    expect(complaints).toEqual([]);
  });

  it('lets a person fill in a form that the agent asks for', async () => {
    const { page, thread } = await askInOps('form');
    const card = messageOf(thread, 'How shall I roll out checkout?').last();
    await card.getByRole('button', { name: /^Answer:/ }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Title').fill('Checkout v2');
    await dialog.getByLabel('Share of traffic').fill('250');
    await dialog.getByLabel('production').check();
    await dialog.getByLabel('eu-west').check();
    await dialog.getByLabel('ap-south').check();
    await dialog.getByLabel('Day').fill('2026-03-01');
    await dialog.getByLabel('Yes').check();
    const send = dialog.getByRole('button', { name: 'Send' });
    await send.click();
    await shows(dialog.getByText('Must be at most 100.'));
    await dialog.getByLabel('Share of traffic').fill('25');
    await send.click();
    await dialog.waitFor({ state: 'detached', timeout: PATIENCE_MS });
    await shows(card.getByText(/^Answered/));
    await shows(card.getByText(/Regions: eu-west, ap-south/));
    const told = messageOf(thread, "Thank you, I'll work with this").last();
    for (const line of ['title: Checkout v2', 'share: 25', 'environment: production', 'notify: true'])
      await shows(told.getByText(line));
    expect(complaints).toEqual([]);
  });

  it('lets a person drop a CSV and get a summary and a chart of it', async () => {
    const page = await open();
    await conversations(page).getByRole('button', { name: '#ops' }).click();
    const field = page.getByRole('textbox', { name: 'Message #ops' });
    await field.fill('@Drawbridge what is in this?');
    await drop(page, { on: field, name: 'orders.csv', text: 'region,orders\nnorth,10\nsouth,32\n' });
    await shows(page.getByRole('list', { name: 'Files to send' }).getByText('orders.csv'));
    await field.press('Enter');

    const thread = page.getByRole('complementary', { name: 'Thread' });
    await shows(thread.getByText('2 rows and 2 columns'));
    const orders = thread.getByRole('row').filter({ hasText: 'orders' });
    await shows(orders.getByRole('cell', { name: '21', exact: true }));
    const made = messageOf(thread, 'summary.csv: 2 rows, 3 columns').last();
    const chart = made.getByRole('img', { name: 'chart.png' });
    await shows(chart);
    await expect.poll(() => chart.evaluate(widthOf), { timeout: PATIENCE_MS }).toBeGreaterThan(100);
    const [download] = await Promise.all([
      page.waitForEvent('download', { timeout: PATIENCE_MS }),
      made.getByRole('link', { name: 'Download summary.csv' }).click(),
    ]);
    expect(download.suggestedFilename()).toBe('summary.csv');
    expect(readFileSync(await download.path(), 'utf8')).toBe('column,filled,mean\nregion,2,\norders,2,21');
    expect(complaints).toEqual([]);
  });

  it('works in a narrow window: to a channel, into a thread, and back', async () => {
    const page = await open({ viewport: { width: 380, height: 800 } });
    await page.getByRole('button', { name: 'Show conversations' }).click();
    await conversations(page).getByRole('button', { name: '#general' }).click();
    await page.getByRole('textbox', { name: 'Message #general' }).fill('@Drawbridge hello');
    await page.keyboard.press('Enter');
    // There is no room beside the channel, so the thread waits to be opened.
    const replies = page.getByRole('button', { name: /repl(y|ies)$/ });
    await replies.click();
    const thread = page.getByRole('complementary', { name: 'Thread' });
    await shows(thread.getByText(/you wrote “hello”/));
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(380);
    await thread.getByRole('button', { name: 'Close thread' }).click();
    await thread.waitFor({ state: 'detached' });
    await shows(replies);
    expect(complaints).toEqual([]);
  });

  it('leaves nothing running after SIGTERM', async () => {
    await browser.close();
    const askedAt = performance.now();
    bot.signal('SIGTERM');
    const { exitCode } = await bot.ended();
    expect(exitCode).toBe(0);
    expect(performance.now() - askedAt).toBeLessThan(STOP_WITHIN_MS);
  });

  /** Somebody new asks the agent something in #ops; gives the thread of it. */
  async function askInOps(text: string): Promise<{ page: Page; thread: Locator }> {
    const page = await open();
    await conversations(page).getByRole('button', { name: '#ops' }).click();
    await page.getByRole('textbox', { name: 'Message #ops' }).fill(`@Drawbridge ${text}`);
    await page.keyboard.press('Enter');
    return { page, thread: page.getByRole('complementary', { name: 'Thread' }) };
  }

  function launch(): Promise<Browser> {
    const quiet = ['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'];
    const still = ['--disable-background-networking', '--disable-component-update'];
    // Chromium's sandbox refuses to work for root, which is who runs tests in most containers.
    const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
    return chromium.launch({
      ...(executablePath ? { executablePath } : {}),
      args: ['--headless', ...sandbox, ...quiet, ...still],
    });
  }

  /** A person nobody has seen yet: their own storage, the welcome still there. */
  async function open(options: BrowserContextOptions = {}): Promise<Page> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
    const page = await context.newPage();
    page.on('console', (said) => {
      if (['error', 'warning'].includes(said.type())) complaints.push(`${said.type()}: ${said.text()}`);
    });
    page.on('pageerror', (error) => complaints.push(`thrown: ${error.message}`));
    page.on('requestfailed', (request) => complaints.push(`failed: ${request.url()}`));
    page.on('response', (response) => {
      if (response.status() >= 400) complaints.push(`${response.status()}: ${response.url()}`);
    });
    await page.goto(url);
    await shows(page.getByRole('region', { name: 'Welcome' }));
    return page;
  }
});

function conversations(page: Page): Locator {
  return page.getByRole('navigation', { name: 'Workspace' });
}

function messageOf(pane: Locator, text: string): Locator {
  return pane.getByRole('article').filter({ hasText: text });
}

/** As the browser tells the page of a file that is dragged out of a folder. */
async function drop(page: Page, { on, name, text }: { on: Locator; name: string; text: string }): Promise<void> {
  const dataTransfer = await page.evaluateHandle(
    (file) => {
      const dragged = new DataTransfer();
      dragged.items.add(new File([file.text], file.name));
      return dragged;
    },
    { name, text },
  );
  await on.dispatchEvent('dragover', { dataTransfer });
  await on.dispatchEvent('drop', { dataTransfer });
}

/** Of a picture that has been loaded, in its own pixels; runs in the page. */
function widthOf(image: Element): number {
  return image instanceof HTMLImageElement ? image.naturalWidth : 0;
}

function shows(what: Locator, timeout = PATIENCE_MS): Promise<void> {
  return what.first().waitFor({ timeout });
}

async function lengthOf(what: Locator): Promise<number> {
  return (await what.textContent())?.length ?? 0;
}

/** The browser that `CHROMIUM` names, or the first `chromium` on the PATH. */
function findChromium(): string | undefined {
  const { CHROMIUM, PATH = '' } = process.env;
  if (CHROMIUM) return CHROMIUM;
  return [...PATH.split(delimiter), '/usr/bin'].map((folder) => join(folder, 'chromium')).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
