import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { Arrivals } from './arrivals';

/** A CONNECT proxy: tunnels, or answers every request with one fixed text and hangs up. */
export class FakeProxy {
  /** Heads of the requests. */
  readonly asked = new Arrivals<string>();
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;

  private constructor(server: Server, answer: string | undefined) {
    this.#server = server;

    server.on('connection', (socket) => {
      this.#keep(socket);
      let head = '';
      const onData = (chunk: Buffer): void => {
        head += chunk.toString('latin1');
        if (!head.includes('\r\n\r\n')) return;
        socket.off('data', onData);
        this.asked.push(head);
        if (answer === undefined) this.#tunnel(socket, head);
        else socket.end(answer);
      };
      socket.on('data', onData);
    });
  }

  static async listen(answer?: string): Promise<FakeProxy> {
    const server = createServer();
    const proxy = new FakeProxy(server, answer);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  #tunnel(socket: Socket, head: string): void {
    const port = Number(/^CONNECT [^ ]+:(\d+) /.exec(head)?.[1]);
    const target = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      socket.pipe(target).pipe(socket);
    });
    this.#keep(target);
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => {}).on('close', () => this.#sockets.delete(socket));
  }
}
