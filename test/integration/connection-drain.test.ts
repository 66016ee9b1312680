import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { HttpServer } from '../../src/http/http-server';

const head = 'POST /x HTTP/1.1\r\nhost: relay\r\n';

/** How the listener treats connections that it did not ask for, when it stops. */
describe('the HTTP listener stops', () => {
  const bodies: string[] = [];
  let taken: () => void;
  let server: HttpServer;
  const sockets: Socket[] = [];

  beforeEach(() => {
    bodies.length = 0;
    taken = () => {};
    server = new HttpServer(
      { host: '127.0.0.1', port: 0, descriptor: null, keepAliveTimeoutMs: 120_000 },
      {
        api: (request, response) => {
          let body = '';
          request.on('data', (chunk: Buffer) => (body += chunk.toString()));
          request.on('end', () => {
            bodies.push(body);
            taken();
            response.end();
          });
        },
      },
    );
  });

  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await server.stop(0);
  });

  async function open(url: string): Promise<Socket> {
    const socket = connect({ port: Number(new URL(url).port), host: '127.0.0.1', allowHalfOpen: true });
    sockets.push(socket);
    socket.setEncoding('utf8');
    await once(socket, 'connect');
    return socket;
  }

  async function answer(socket: Socket): Promise<string> {
    const [text] = (await once(socket, 'data')) as [string];
    return text;
  }

  async function post(socket: Socket, body: string): Promise<string> {
    socket.write(`${head}content-length: ${String(body.length)}\r\n\r\n${body}`);
    return answer(socket);
  }

  it('at once when there is no connection', async () => {
    await server.start();
    server.drain();
    await server.stop(60_000);
  });

  it('after an idle connection was used once more, whose answer says that it closes', async () => {
    const socket = await open(await server.start());
    expect(await post(socket, 'first')).toContain('keep-alive');
    server.drain();
    const stopped = server.stop(60_000);
    const last = await post(socket, 'second');
    expect(last).toMatch(/^HTTP\/1\.1 200 /);
    expect(last).toContain('connection: close');
    await once(socket, 'end');
    socket.end();
    await stopped;
  });

  it('without losing a request that crosses with the end of its connection', async () => {
    const socket = await open(await server.start());
    await post(socket, 'first');
    server.drain();
    const stopped = server.stop(60_000);
    await once(socket, 'end');
    const crossed = new Promise<void>((resolve) => (taken = resolve));
    socket.on('error', () => {});
    socket.write(`${head}content-length: 7\r\n\r\ncrossed`);
    await crossed;
    await stopped;
    expect(bodies).toEqual(['first', 'crossed']);
  });

  it('once a request that is under way has its answer, which says that the connection closes', async () => {
    const socket = await open(await server.start());
    socket.write(`${head}content-length: 5\r\nexpect: 100-continue\r\n\r\n`);
    expect(await answer(socket)).toContain('100 Continue');
    server.drain();
    const stopped = server.stop(60_000);
    socket.write('whole');
    const text = await answer(socket);
    expect(text).toMatch(/^HTTP\/1\.1 200 /);
    expect(text).toContain('connection: close');
    socket.end();
    await stopped;
    expect(bodies).toEqual(['whole']);
  });

  it('soon, when a connection never says anything and another does not close its side', async () => {
    const url = await server.start();
    await open(url);
    await post(await open(url), 'first');
    server.drain();
    await server.stop(60_000);
  });

  it('at the deadline when a request never ends', async () => {
    const socket = await open(await server.start());
    socket.on('error', () => {});
    socket.write(`${head}content-length: 100\r\n\r\nhalf`);
    server.drain();
    await server.stop(700);
    expect(bodies).toEqual([]);
  });
});

describe('the HTTP listener with as many connections as it takes', () => {
  it('lets those that say nothing make room, says so once, and serves', async () => {
    const told: boolean[] = [];
    let roomAgain!: () => void;
    const hasRoom = new Promise<void>((resolve) => (roomAgain = resolve));
    const server = new HttpServer(
      {
        host: '127.0.0.1',
        port: 0,
        descriptor: null,
        keepAliveTimeoutMs: 120_000,
        maxConnections: 10,
        connectionsFull: (isFull) => {
          told.push(isFull);
          if (!isFull) roomAgain();
        },
      },
      { api: (_request, response) => response.end('fine') },
    );
    const { port } = new URL(await server.start());
    const silent: Socket[] = [];
    for (let count = 0; count < 40; count += 1) {
      const socket = connect({ port: Number(port), host: '127.0.0.1' });
      socket.on('error', () => {});
      silent.push(socket);
      await once(socket, 'connect');
    }
    const asking = connect({ port: Number(port), host: '127.0.0.1' });
    asking.setEncoding('utf8').write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
    const [text] = (await once(asking, 'data')) as [string];
    expect(text).toMatch(/^HTTP\/1\.1 200 /);
    for (const socket of [...silent, asking]) socket.destroy();
    await hasRoom;
    await server.stop(0);
    expect(told).toEqual([true, false]);
  });
});
