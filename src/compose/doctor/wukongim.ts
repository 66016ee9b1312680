import { readWukongimFacts, type WukongimFacts } from '../../wukongim/server-facts';
import { connectToService } from '../service-client';
import { Findings, type Finding } from './finding';
import type { DoctorOptions } from './options';

const timeoutMs = 5_000;

/** WuKongIM's own API: whether it answers, its version, and whether devices are masters. */
export async function checkWukongim({ config, clock }: DoctorOptions): Promise<readonly Finding[]> {
  const findings = new Findings('wukongim');
  const { wukongim } = config;
  if (wukongim === null)
    return findings.skipped(
      '',
      "WuKongIM's API is not configured.",
      'Set WUKONGIM_API_URL (wukongim.api_url), e.g. http://wukongim:5001.',
    ).all;
  const { apiUrl, proxyUrl } = wukongim;
  const http = connectToService(
    { baseUrl: apiUrl, proxyUrl, maxConnections: 1, connectTimeoutMs: timeoutMs },
    null,
  );
  const startedAtMs = clock.monotonicMs();
  const managerToken = wukongim.managerToken?.reveal() ?? null;
  const facts = await readWukongimFacts({ http, managerToken, timeoutMs });
  const tookMs = clock.monotonicMs() - startedAtMs;
  await http.close(0);
  report(findings, facts);
  if ((facts.kind === 'v2' || facts.kind === 'main') && tookMs > 3 * wukongim.timeoutMs)
    findings.warning(
      'latency',
      `Its answers take ${tookMs.toFixed(0)} ms. The relay waits for ${String(wukongim.timeoutMs)} ms, and then sends the push to users who are online, too.`,
      'Run WuKongIM in the same network zone, or raise wukongim.timeout_ms.',
    );
  return findings.all;
}

function report(findings: Findings, facts: WukongimFacts): Findings {
  switch (facts.kind) {
    case 'unreachable':
      return findings.failed(
        'api',
        `It cannot be reached: ${facts.reason}.`,
        'Correct WUKONGIM_API_URL (wukongim.api_url): the API of WuKongIM listens on port 5001.',
      );
    case 'refused':
      return findings.failed(
        'api',
        `It answers ${String(facts.status)}: the manager token is wrong or missing.`,
        "Set WUKONGIM_MANAGER_TOKEN (wukongim.manager_token) to managerToken of WuKongIM's configuration.",
      );
    case 'foreign':
      return findings.failed(
        'api',
        `This is not WuKongIM's API: ${facts.reason}.`,
        'Correct WUKONGIM_API_URL (wukongim.api_url): port 5001, without a path.',
      );
    case 'main':
      findings.ok('api', 'WuKongIM main answers. Its API does not report the version.');
      return findings.skipped(
        'tokenAuthOn',
        'main reports a user as offline only if no device of the user is connected.',
      );
    case 'v2':
      findings.ok('api', `WuKongIM v2 answers: version ${facts.version}.`);
      return masters(findings, facts);
    default:
      return facts satisfies never;
  }
}

function masters(
  findings: Findings,
  { connections, masters }: Extract<WukongimFacts, { kind: 'v2' }>,
): Findings {
  if (connections === 0)
    return findings.skipped(
      'tokenAuthOn',
      'No device is connected, so the API does not show whether devices are masters.',
      'Give the configuration of WuKongIM with --wukongim-config.',
    );
  const shown = `${String(masters)} of ${String(connections)} connected devices are masters.`;
  return masters > 0
    ? findings.ok('tokenAuthOn', shown)
    : findings.warning('tokenAuthOn', `${shown} ${slaves}`, masterFix);
}

export const slaves =
  'v2 counts users without a master device as offline, so phones ring while their app is open.';
export const masterFix =
  'Set tokenAuthOn: true, and register each phone with POST /user/token and device_level 1. docs/wukongim.md shows how.';
