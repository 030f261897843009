import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";

const CANDIDATES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const ANSWER_MS = 20_000;

/** A browser to test in, or undefined where none is installed. */
export const BROWSER = process.env.MM_TEST_BROWSER ?? CANDIDATES.find((path) => existsSync(path));

type Message = {
  readonly id?: number;
  readonly sessionId?: string;
  readonly method?: string;
  readonly params?: Record<string, unknown>;
  readonly result?: unknown;
  readonly error?: { message: string };
};

/** A headless Chromium, spoken to over a pipe in the DevTools protocol. */
export class Browser implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #folder = mkdtempSync(join(tmpdir(), "mm-browser-"));
  readonly #waiting = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void; timer: NodeJS.Timeout }>();
  readonly #listeners: ((message: Message) => void)[] = [];
  #lastId = 0;

  constructor(path: string) {
    const flags = [
      "--headless=new",
      "--no-sandbox",
      "--disable-gpu",
      "--hide-scrollbars",
      "--no-first-run",
      "--disable-component-update",
      "--remote-debugging-pipe",
      `--user-data-dir=${this.#folder}`,
    ];
    this.#child = spawn(path, [...flags, "about:blank"], { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });
    let text = "";
    (this.#child.stdio[4] as Readable).setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
      const parts = text.split("\0");
      text = parts.pop() ?? "";
      for (const part of parts) this.#take(JSON.parse(part) as Message);
    });
  }

  send<Result>(method: string, params: object = {}, sessionId?: string): Promise<Result> {
    this.#lastId += 1;
    const id = this.#lastId;
    (this.#child.stdio[3] as Writable).write(
      `${JSON.stringify({ id, method, params, ...(sessionId === undefined ? {} : { sessionId }) })}\0`,
    );
    return new Promise<Result>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no answer to ${method}`)), ANSWER_MS);
      this.#waiting.set(id, { resolve, reject, timer });
    });
  }

  onEvent(listener: (message: Message) => void): void {
    this.#listeners.push(listener);
  }

  async open(): Promise<Page> {
    const { targetId } = await this.send<{ targetId: string }>("Target.createTarget", { url: "about:blank" });
    const { sessionId } = await this.send<{ sessionId: string }>("Target.attachToTarget", { targetId, flatten: true });
    const page = new Page(this, sessionId);
    for (const domain of ["Page", "Runtime", "Network", "Log"]) await page.send(`${domain}.enable`);
    return page;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const gone = new Promise((resolve) => this.#child.once("exit", resolve));
    // Its helpers write into the folder until they are told to end.
    await this.send("Browser.close").catch(() => this.#child.kill("SIGKILL"));
    await gone;
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 30, retryDelay: 100 });
  }

  #take(message: Message): void {
    const waiting = message.id === undefined ? undefined : this.#waiting.get(message.id);
    if (message.id !== undefined) this.#waiting.delete(message.id);
    clearTimeout(waiting?.timer);
    if (message.error !== undefined) waiting?.reject(new Error(message.error.message));
    else waiting?.resolve(message.result as never);
    for (const listener of this.#listeners) listener(message);
  }
}

/** One tab: what it asked for and complained of is on record. */
export class Page {
  readonly requests: string[] = [];
  /** Errors of the console, exceptions, and violations of the page's policy. */
  readonly complaints: string[] = [];
  readonly #browser: Browser;
  readonly #session: string;

  constructor(browser: Browser, session: string) {
    this.#browser = browser;
    this.#session = session;
    browser.onEvent(({ sessionId, method, params = {} }) => {
      if (sessionId !== session) return;
      if (method === "Network.requestWillBeSent") this.requests.push((params as { request: { url: string } }).request.url);
      if (method === "Runtime.exceptionThrown" || method === "Log.entryAdded" || method === "Runtime.consoleAPICalled")
        this.complaints.push(JSON.stringify(params));
    });
  }

  send<Result>(method: string, params: object = {}): Promise<Result> {
    return this.#browser.send<Result>(method, params, this.#session);
  }

  async show(url: string, width = 1280, height = 900, scheme: "light" | "dark" = "light"): Promise<void> {
    await this.send("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: 1, mobile: false });
    await this.send("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: scheme }] });
    await this.send("Page.navigate", { url });
    await this.until("document.getElementById('report')?.dataset.ready === 'true'");
    await this.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done, 100)))");
  }

  async evaluate<Result>(expression: string): Promise<Result> {
    const answer = await this.send<{
      result: { value: Result };
      exceptionDetails?: { text: string; exception?: { description?: string } };
    }>("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true });
    if (answer.exceptionDetails !== undefined)
      throw new Error(answer.exceptionDetails.exception?.description ?? answer.exceptionDetails.text);
    return answer.result.value;
  }

  async until(condition: string): Promise<void> {
    const endMs = Date.now() + ANSWER_MS;
    while (!(await this.evaluate<boolean>(`Boolean(${condition})`))) {
      if (Date.now() > endMs) throw new Error(`never became true: ${condition}`);
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }

  async mouse(type: "mousePressed" | "mouseReleased" | "mouseMoved", x: number, y: number): Promise<void> {
    const isMove = type === "mouseMoved";
    await this.send("Input.dispatchMouseEvent", {
      type,
      x,
      y,
      button: isMove ? "none" : "left",
      buttons: type === "mouseReleased" ? 0 : 1,
      clickCount: isMove ? 0 : 1,
    });
  }

  async drag(fromX: number, toX: number, y: number): Promise<void> {
    await this.mouse("mouseMoved", fromX, y);
    await this.mouse("mousePressed", fromX, y);
    await this.mouse("mouseMoved", (fromX + toX) / 2, y);
    await this.mouse("mouseMoved", toX, y);
    await this.mouse("mouseReleased", toX, y);
  }
}
