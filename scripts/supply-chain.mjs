// Checks package-lock.json without a network: known advisories, licenses of what production installs, integrity hashes, and
// that no registry host is named. `node scripts/supply-chain.mjs [LOCK_FILE]`; exit code 1 lists everything that is wrong.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const allowedLicenses = new Set([
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'ISC',
  'MIT',
  'Unlicense',
]);
// Packages whose package.json names no SPDX license. The version is part of the decision.
const reviewedLicenses = new Map([['limiter@1.1.5', 'MIT, in its LICENSE.txt']]);

const readJson = (path) => JSON.parse(readFileSync(path, 'utf8'));
const inRoot = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

const numbers = (version) => version.split(/[-+]/)[0].split('.').map(Number);

function isBefore(left, right) {
  const [a, b] = [numbers(left), numbers(right)];
  const index = [0, 1, 2].find((at) => a[at] !== b[at]);
  return index !== undefined && a[index] < b[index];
}

/** "(A OR B)" is allowed where one of them is, "A AND B" where both are. */
function isAllowed(license) {
  const plain = license.replace(/[()]/g, '');
  return plain
    .split(' OR ')
    .some((choice) => choice.split(' AND ').every((one) => allowedLicenses.has(one.trim())));
}

/** The packages of the lock file, the root itself left out. */
function packagesOf(lock) {
  return Object.entries(lock.packages)
    .filter(([path]) => path !== '')
    .map(([path, entry]) => ({
      ...entry,
      name: entry.name ?? path.slice(path.lastIndexOf('node_modules/') + 13),
    }));
}

function problemsOf({ name, version, license, integrity, resolved, dev }, advisories) {
  const problems = advisories
    .filter((one) => one.package === name)
    .filter(({ introduced = '0.0.0', fixed }) => !isBefore(version, introduced) && isBefore(version, fixed))
    .map(({ id, fixed }) => `${id} affects it; update to ${fixed} or later`);
  if (integrity === undefined) problems.push('package-lock.json has no integrity hash for it');
  if (resolved !== undefined)
    problems.push(`package-lock.json names a registry for it: ${new URL(resolved).host}`);
  // What only development installs is not distributed.
  if (dev !== true && !reviewedLicenses.has(`${name}@${version}`) && !isAllowed(license ?? ''))
    problems.push(`license ${license ?? '(none)'} is not on the allow list of scripts/supply-chain.mjs`);
  return problems.map((problem) => `${name}@${version}: ${problem}`);
}

const { advisories } = readJson(inRoot('security/advisories.json'));
const packages = packagesOf(readJson(process.argv[2] ?? inRoot('package-lock.json')));
const problems = packages.flatMap((one) => problemsOf(one, advisories));
for (const problem of problems) console.error(problem);
console.log(`${packages.length} packages, ${advisories.length} advisories: ${problems.length} problems`);
process.exitCode = problems.length === 0 ? 0 : 1;
