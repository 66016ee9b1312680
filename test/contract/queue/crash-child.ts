import { DrainRig, openQueues } from './rig';

/** Appends, drains, and dies by SIGKILL after so many items have been sent. Says what is on disk, and what was sent. */
async function main(directory: string, count: number, dieAfter: number): Promise<void> {
  const queues = await openQueues(directory);
  const queue = queues.queue('q');
  for (let from = 0; from < count; from += 100) {
    const names = Array.from({ length: 100 }, (_, index) => `${from + index}`);
    await Promise.all(names.map((name) => queue.append(Buffer.from(name))));
    process.stdout.write(names.map((name) => `kept ${name}\n`).join(''));
  }
  const rig = new DrainRig(queue, { roundItems: { least: 16, most: 128 } });
  rig.receive = (text) => {
    process.stdout.write(`sent ${text}\n`);
    if (rig.asked.length >= dieAfter) process.kill(process.pid, 'SIGKILL');
  };
  rig.drain.start();
}

const [, , directory = '', count = '0', dieAfter = '0'] = process.argv;
void main(directory, Number(count), Number(dieAfter));
setInterval(() => {}, 1_000);
