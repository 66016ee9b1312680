import { isTree } from '../read/input';
import type { ConfigProblem } from '../problem';
import { harmony } from '../sections/makers/harmony';
import { honor } from '../sections/makers/honor';
import { huawei } from '../sections/makers/huawei';
import type { Maker } from '../sections/makers/maker-keys';
import { meizu } from '../sections/makers/meizu';
import { oppo } from '../sections/makers/oppo';
import { vivo } from '../sections/makers/vivo';
import { xiaomi } from '../sections/makers/xiaomi';
import type { ProviderRules } from './provider-rules';

/** The rules of a maker's section: its credential is whole, and what the maker downgrades silently is a warning. */
function rulesOf<Section>(maker: Maker<Section>): ProviderRules {
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
        .missing(section as Section)
        .map(({ key, message }) => ({ key: `${path.join('.')}.${key}`, message }));
      return { problems, warnings };
    },
    urls: (section) => {
      const own = section[name] as (Section & { readonly proxy: unknown }) | null;
      return own === null || own.proxy !== null ? [] : maker.urls(own);
    },
  };
  return rules;
}

export const makerRules = {
  harmony: rulesOf(harmony),
  honor: rulesOf(honor),
  huawei: rulesOf(huawei),
  meizu: rulesOf(meizu),
  oppo: rulesOf(oppo),
  vivo: rulesOf(vivo),
  xiaomi: rulesOf(xiaomi),
};
