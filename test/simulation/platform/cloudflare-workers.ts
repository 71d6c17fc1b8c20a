/** What `cloudflare:workers` gives to a Durable Object, for runs in plain Node (vitest aliases the name to this file). */
export class DurableObject<Env = unknown> {
  protected readonly ctx: DurableObjectState;
  protected readonly env: Env;

  constructor(ctx: DurableObjectState, env: Env) {
    this.ctx = ctx;
    this.env = env;
  }
}
