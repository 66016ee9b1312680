import type { ProviderName } from '../../domain/provider-table';
import { isTree } from '../read/input';
import type { ConfigProblem } from '../problem';
import type { AppSection } from '../sections/app';
import { missingForHonor } from '../sections/makers/honor';
import { missingForHuawei, type MissingPaperwork } from '../sections/makers/maker-keys';
import { missingForOppo, oppoUrls } from '../sections/makers/oppo';
import { missingForVivo } from '../sections/makers/vivo';
import { missingForXiaomi, xiaomiUrls } from '../sections/makers/xiaomi';
import type { ProviderRules } from './provider-rules';

/** What a maker's rules differ in. */
interface MakerRules<Name extends ProviderName> {
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
function rulesOf<Name extends ProviderName>(maker: MakerRules<Name>): ProviderRules {
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

/** For each maker of phones, what its credential is, and without what it silently downgrades pushes. */
export const makerRules = {
  harmony: rulesOf({
    name: 'harmony',
    credential: ['service_account'],
    together: [['receipt.user', 'receipt.key']],
    missing: missingForHuawei,
    urls: ({ url }) => [url],
  }),
  honor: rulesOf({
    name: 'honor',
    credential: ['app_id', 'client_id', 'client_secret'],
    missing: missingForHonor,
    urls: ({ url, auth_url: authUrl }) => [url, authUrl],
  }),
  huawei: rulesOf({
    name: 'huawei',
    credential: ['app_id', 'app_secret'],
    together: [['receipt.user', 'receipt.key']],
    missing: missingForHuawei,
    urls: ({ url, auth_url: authUrl }) => [url, authUrl],
  }),
  meizu: rulesOf({
    name: 'meizu',
    credential: ['app_id', 'app_secret'],
    missing: () => [],
    urls: ({ url }) => [url],
  }),
  oppo: rulesOf({
    name: 'oppo',
    credential: ['app_key', 'master_secret'],
    missing: missingForOppo,
    urls: oppoUrls,
  }),
  vivo: rulesOf({
    name: 'vivo',
    credential: ['app_id', 'app_key', 'app_secret'],
    missing: missingForVivo,
    urls: ({ url }) => [url],
  }),
  xiaomi: rulesOf({
    name: 'xiaomi',
    credential: ['app_secret', 'package_name'],
    missing: missingForXiaomi,
    urls: xiaomiUrls,
  }),
} as const;
