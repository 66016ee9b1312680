/** The relay as the demo sees it: over HTTP, like an app server and like WuKongIM. */
export class DemoApi {
  constructor(readonly url: string) {}

  /** Rejects when the answer is not 2xx: the demo cannot go on then. */
  async call(method: string, path: string, body?: unknown): Promise<string> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text;
  }

  async webhook(event: string, body: string): Promise<void> {
    const response = await fetch(`${this.url}/webhook?event=${event}`, { method: 'POST', body });
    await response.arrayBuffer();
    if (response.status !== 200) throw new Error(`the webhook answered ${response.status}`);
  }

  /** How many devices a user has. */
  async devices(uid: string): Promise<number> {
    const { items } = JSON.parse(await this.call('GET', `/v1/users/${encodeURIComponent(uid)}/devices`)) as {
      items: unknown[];
    };
    return items.length;
  }

  /** The sum over all labels. */
  async gauge(metric: string): Promise<number> {
    const lines = (await this.call('GET', '/metrics')).split('\n');
    const own = lines.filter((line) => line.startsWith(`${metric}{`) || line.startsWith(`${metric} `));
    return own.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
  }

  /** Recipients by result. */
  async recipients(): Promise<ReadonlyMap<string, number>> {
    const text = await this.call('GET', '/metrics');
    const counts = new Map<string, number>();
    for (const [, result = '', count] of text.matchAll(
      /^relay_recipients_total\{.*?result="([^"]*)".*\} (\d+)/gm,
    ))
      counts.set(result, (counts.get(result) ?? 0) + Number(count));
    return counts;
  }
}
