import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';

const root = join(__dirname, '../..');
const tracked = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter((name) => name !== '' && existsSync(join(root, name)));
const read = (name: string) => readFileSync(join(root, name), 'utf8');
const documents = tracked.filter((name) => name.endsWith('.md'));

/** As GitHub makes them. */
function anchors(text: string): Set<string> {
  return new Set(
    [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\- _]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

/** The targets of Markdown links that lead nowhere, and anchors that no heading makes. */
function brokenLinks(name: string): string[] {
  return [...read(name).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^(?:https?|mailto):/.test(target))
    .filter((target) => {
      const [path = '', anchor] = target.split('#');
      const file = path === '' ? name : join(dirname(name), decodeURIComponent(path));
      if (!existsSync(join(root, file))) return true;
      return anchor !== undefined && !anchors(read(file)).has(anchor);
    });
}

/** Paths of this repository by their first folder; a star, a placeholder or an ellipsis in them stands for something. */
const pathPattern =
  /(?<![\w/.@-])((?:src|test|docs|ops|bench|scripts|security|examples|certs\.example|\.ci|\.github)\/[\w./-]*\w)(?![\w*<{…-])/g;
/** Made when something runs. */
const made = [/^bench\/results(?:\/|$)/];

function missingPaths(text: string): string[] {
  return (
    [...text.matchAll(pathPattern)]
      .map(([, path = '']) => path)
      .filter((path) => !made.some((pattern) => pattern.test(path)))
      .filter((path) => ![path, `${path}.ts`].some((one) => existsSync(join(root, one))))
      // A decision may be named by its number alone.
      .filter((path) => !/\/\d{4}$/.test(path) || !tracked.some((name) => name.startsWith(`${path}-`)))
  );
}

function comments(text: string): string {
  return [...text.matchAll(/\/\*[\s\S]*?\*\/|^\s*(?:\/\/|#).*$/gm)].map(([comment]) => comment).join('\n');
}

/** What a reader copies, without the indentation of the list that it is in. */
function blocks(text: string, language: string): string[] {
  return [...text.matchAll(new RegExp(`^( *)\`\`\`${language}\\n([\\s\\S]*?)^ *\`\`\``, 'gm'))].map(
    ([, indent = '', block = '']) => block.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  );
}

describe('the documents', () => {
  it.each(documents)('%s: what it shows as YAML or JSON can be read', (name) => {
    for (const block of blocks(read(name), 'ya?ml')) expect(() => parse(block) as unknown).not.toThrow();
    for (const block of blocks(read(name), 'json')) expect(() => JSON.parse(block) as unknown).not.toThrow();
  });

  it.each(documents)('%s: each link leads somewhere', (name) => {
    expect(brokenLinks(name)).toEqual([]);
  });

  it.each(documents)('%s: each path that it names exists', (name) => {
    expect(missingPaths(read(name))).toEqual([]);
  });
});

it('each path that a comment names exists', () => {
  const sources = tracked.filter((name) =>
    /\.(?:ts|cjs|mjs|ya?ml|conf|service|socket)$|Dockerfile$|^\.ci\/run$/.test(name),
  );
  const missing = sources.flatMap((name) =>
    missingPaths(comments(read(name))).map((path) => `${name}: ${path}`),
  );
  expect(missing).toEqual([]);
});
