/** Conversation with one worker through the inspector of workerd. */
export class Inspector {
  private readonly socket: WebSocket;
  private readonly pending = new Map<number, { done: (result: unknown) => void; failed: (error: Error) => void }>();
  private serial = 0;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.addEventListener("message", (message) => {
      const answer = JSON.parse(String(message.data)) as { id?: number; result?: unknown; error?: { message: string } };
      if (answer.id === undefined) return;
      const call = this.pending.get(answer.id);
      this.pending.delete(answer.id);
      if (answer.error === undefined) call?.done(answer.result);
      else call?.failed(new Error(answer.error.message));
    });
  }

  /** @param url of the runtime, e.g. `http://127.0.0.1:9229` */
  static async connect(url: string, service: RegExp): Promise<Inspector> {
    const answer = await fetch(new URL("/json", url));
    const targets: { id: string; webSocketDebuggerUrl: string }[] = await answer.json();
    const target = targets.find(({ id }) => service.test(id));
    if (target === undefined) throw new Error(`no inspector target matches ${service}: ${targets.map(({ id }) => id).join(", ")}`);
    const socket = new WebSocket(target.webSocketDebuggerUrl);
    await new Promise((resolve, reject) => {
      socket.addEventListener("open", resolve);
      socket.addEventListener("error", reject);
    });
    return new Inspector(socket);
  }

  /** Throws what the worker's side calls an error. */
  call(method: string, params: object = {}): Promise<unknown> {
    const id = ++this.serial;
    return new Promise((done, failed) => {
      this.pending.set(id, { done, failed });
      this.socket.send(JSON.stringify({ id, method, params }));
    });
  }

  close(): void {
    this.socket.close();
  }
}
