import { isTree } from '../read/input';
import type { ConfigProblem } from '../problem';
import type { MissingPaperwork } from '../sections/makers/maker';
import { makers } from '../sections/makers/makers';
import type { ProviderRules } from './provider-rules';

interface Maker {
  readonly credential: Readonly<Record<string, string>>;
  readonly together?: readonly (readonly string[])[];
  missing(section: unknown): readonly MissingPaperwork[];
  urls(section: unknown): readonly string[];
}

/** The rules of a maker's section: its credential is whole, and what the maker downgrades silently is a warning. */
function rulesOf(name: MakerName, maker: Maker): ProviderRules {
  const credential = Object.values(maker.credential);
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
        .missing(section)
        .map(({ key, message }) => ({ key: `${path.join('.')}.${key}`, message }));
      return { problems, warnings };
    },
    urls: (section) => {
      const own = section[name];
      return own === null || own.proxy !== null ? [] : maker.urls(own);
    },
  };
  return rules;
}

type MakerName = keyof typeof makers;

export const makerRules = Object.fromEntries(
  Object.entries<Maker>(makers).map(([name, maker]) => [name, rulesOf(name as MakerName, maker)]),
) as Readonly<Record<MakerName, ProviderRules>>;
