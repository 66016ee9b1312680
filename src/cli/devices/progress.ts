import { Writable } from 'node:stream';
import type { CliOutput } from '../cli-io';

export interface Progress {
  /** So many are done in all. */
  update(done: number): void;
  /** The whole, once it is known. */
  setTotal(total: number): void;
  stop(): void;
}

const none: Progress = { update: () => {}, setTotal: () => {}, stop: () => {} };

/** A bar, where somebody looks; nothing where the output is a file. */
export async function startProgress(output: CliOutput, total: number | null): Promise<Progress> {
  if (!output.isTTY) return none;
  const { Format, Presets, SingleBar } = await import('cli-progress');
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      output.write(chunk.toString());
      done();
    },
  });
  const bar = new SingleBar(
    {
      stream: Object.assign(stream, { isTTY: true, columns: 80 }),
      // Without a total there is no share to show.
      format: (options, params, payload) =>
        params.total > 0
          ? Format.Formatter(
              { ...options, format: '{bar} {percentage}% | {value} of {total} devices' },
              params,
              payload,
            )
          : `${String(params.value)} devices`,
      gracefulExit: false,
    },
    Presets.shades_classic,
  );
  bar.start(total ?? 0, 0);
  return {
    update: (done) => bar.update(done),
    setTotal: (count) => bar.setTotal(count),
    stop: () => bar.stop(),
  };
}
