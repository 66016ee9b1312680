/*
 * Open this file first: it is what the sections of all makers of phones have in common, each of which is a file of its own
 * (`makers.ts` has them all), and `webpush.ts` that of Web Push. Their keys are from `maker-keys.ts`; `template-keys.ts` and
 * `callback-url.ts` are for makers with approved templates and with receipts per message.
 */

import type { z } from 'zod';
import { providerTable, type ProviderLane, type ProviderName } from '../../../domain/provider-table';
import type { Endpoint, ProxyChoice, ProxySetting } from '../endpoint';

/** What the maker silently downgrades pushes without: a warning at start, and a degraded check of the readiness. */
export interface MissingPaperwork {
  /** Of the provider's section. */
  readonly key: string;
  /** What happens without it, and what to apply for. */
  readonly message: string;
}

type Credential<Section, Keys> = {
  readonly [Name in keyof Keys]: NonNullable<Section[Keys[Name] & keyof Section]>;
};

interface MakerDefinition<Section, Keys, Settings> {
  readonly name: ProviderName;
  readonly schema: z.ZodType<Section>;
  /** The keys of the section that make a credential together, by their names in the program. */
  readonly credential: Keys;
  /** Other keys that are of use only together. */
  readonly together?: readonly (readonly string[])[];
  readonly missing: (section: Section) => readonly MissingPaperwork[];
  /** Of `url`, `auth_url`, as the section has them. */
  readonly urls: (section: Section) => readonly string[];
  /** `endpoint`: of a URL, behind the section's proxy. */
  readonly toSettings: (section: Section, endpoint: (url: string) => Endpoint) => Settings;
}

/** A maker's section: its keys, its rules, and what the program makes of it. */
export function defineMaker<
  Section extends { readonly proxy: ProxySetting },
  const Keys extends Readonly<Record<string, keyof Section & string>>,
  Settings,
>(maker: MakerDefinition<Section, Keys, Settings>) {
  const toConfig = (section: Section, isSandbox: boolean, proxies: ProxyChoice) => {
    const lanes: readonly ProviderLane[] = providerTable[maker.name].lanes;
    return {
      lanes,
      missing: isSandbox ? [] : maker.missing(section),
      /** Null: the built-in sandbox's, whose are the endpoints too. */
      credential: isSandbox ? null : credentialOf(section, maker.credential),
      ...maker.toSettings(section, (url) => ({ url, proxyUrl: proxies.forUrl(url, section.proxy) })),
    };
  };
  return { ...maker, toConfig };
}

/** Null where a key is missing; the rules have said so by then. */
function credentialOf<Section, Keys extends Readonly<Record<string, keyof Section & string>>>(
  section: Section,
  keys: Keys,
): Credential<Section, Keys> | null {
  const parts = Object.entries(keys).map(([name, key]) => [name, section[key]] as const);
  return parts.some(([, value]) => value === null)
    ? null
    : (Object.fromEntries(parts) as Credential<Section, Keys>);
}
