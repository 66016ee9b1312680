import { Gauge, type Registry } from 'prom-client';

/** `relay_build_info`, always 1: its labels join to other series which version and store they are of. */
export function registerBuildInfo(
  registry: Registry,
  info: { readonly version: string; readonly node: string; readonly store: string },
): void {
  const gauge = new Gauge({
    name: 'relay_build_info',
    help: '1, with the version of the relay and of Node, and the store',
    labelNames: ['version', 'node', 'store'],
    registers: [registry],
  });
  gauge.set({ ...info }, 1);
}
