/** A host name, `*.name` for all below it, or `any`; in lower case. Null: none of them. */
export function readAllowedHost(value: string): string | null {
  const host = value.toLowerCase().replace(/\.$/, '');
  if (host === 'any') return host;
  const name = host.replace(/^\*\./, '');
  const isName = /^(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?(?:\.|$))+$/.test(name);
  return isName || (/^\[[0-9a-f:.]+\]$/.test(host) && URL.canParse(`https://${host}`)) ? host : null;
}

/** Hosts that an operator allows. */
export class AllowedHosts {
  readonly #names = new Set<string>();
  readonly #parents: string[] = [];
  readonly #isAny: boolean;

  /** As {@link readAllowedHost} returns them. */
  constructor(hosts: readonly string[]) {
    this.#isAny = hosts.includes('any');
    for (const host of hosts) {
      if (host.startsWith('*.')) this.#parents.push(host.slice(1));
      else this.#names.add(host);
    }
  }

  /** `host`: as a URL has it, without a port. */
  allows(host: string): boolean {
    return this.#isAny || this.isNamed(host);
  }

  /** Allowed by its name, and not only with all others. */
  isNamed(host: string): boolean {
    return this.#names.has(host) || this.#parents.some((parent) => host.endsWith(parent));
  }
}
