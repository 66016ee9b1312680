/*
 * Open this file first: it has the rules of every maker of phones: the credential is whole, and what the maker silently downgrades
 * pushes without is a warning. The other files say for each maker what its credential is and what it wants.
 */

import type { ProviderName } from '../../../domain/provider-table';
import { isTree } from '../../read/input';
import type { ConfigProblem } from '../../problem';
import type { AppSection } from '../../sections/app';
import type { MissingPaperwork } from '../../sections/makers/maker-keys';
import type { ProviderRules } from '../provider-rules';

/** What a maker's rules differ in. */
export interface MakerRules<Name extends ProviderName> {
  readonly name: Name;
  /** Keys of the section that make a credential together. */
  readonly credential: readonly string[];
  /** Other keys that are of use only together. */
  readonly together?: readonly (readonly string[])[];
  missing(section: NonNullable<AppSection[Name]>): readonly MissingPaperwork[];
  /** Of `url`, `auth_url`, as the section has them. */
  urls(section: NonNullable<AppSection[Name]>): readonly string[];
}

/** The rules of a maker's section: its credential is whole, and what the maker downgrades silently is a warning. */
export function makerRules<Name extends ProviderName>(maker: MakerRules<Name>): ProviderRules {
  const { name, credential } = maker;
  const rules: ProviderRules = {
    hasCredential: (input, app) => credential.every((each) => input.has(['apps', app, name, each])),
    hasHalfCredential: (input, app) =>
      !rules.hasCredential(input, app) && credential.some((each) => input.has(['apps', app, name, each])),
    check: ({ input, sections }, app, isSandbox) => {
      const path = ['apps', app, name];
      if (!isTree(input.get(path))) return { problems: [], warnings: [] };
      const problems: ConfigProblem[] = [];
      const require = (keys: readonly string[], why: (given: string | undefined) => string) => {
        const given = keys.find((each) => input.has([...path, ...each.split('.')]));
        for (const each of keys)
          if (!input.has([...path, ...each.split('.')]))
            problems.push({ key: `${path.join('.')}.${each}`, source: null, message: why(given) });
      };
      if (!isSandbox)
        require(credential, (given) =>
          given === undefined
            ? `is required, because apps.${app}.${name} is configured`
            : `is required, because ${given} is set`);
      for (const keys of maker.together ?? [])
        if (keys.some((each) => input.has([...path, ...each.split('.')])))
          require(keys, (given) => `is required, because ${given ?? ''} is set`);
      const section = sections.apps?.[app]?.[name] ?? null;
      if (section === null || isSandbox || problems.length > 0) return { problems, warnings: [] };
      const warnings = maker
        .missing(section as NonNullable<AppSection[Name]>)
        .map(({ key, message }) => ({ key: `${path.join('.')}.${key}`, message }));
      return { problems, warnings };
    },
    urls: (section) => {
      const own = section[name] as (AppSection[Name] & { readonly proxy: unknown }) | null;
      return own === null || own.proxy !== null ? [] : maker.urls(own);
    },
  };
  return rules;
}
