import { request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as tlsConnect } from 'node:tls';

export interface PostRequest {
  readonly url: URL;
  readonly body: string;
  readonly contentType: string;
  readonly proxyUrl: string | null;
  readonly ca: string | undefined;
  readonly signal: AbortSignal;
}

export interface PostAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const maximumAnswerBytes = 65_536;
const keptHeaders = ['content-type', 'date', 'location', 'retry-after'] as const;

/** One POST on a connection of its own (one an hour needs no pool). Rejects on anything but a whole answer. */
export async function httpsPost(post: PostRequest): Promise<PostAnswer> {
  const { url, proxyUrl, ca, signal } = post;
  const options: RequestOptions = {
    method: 'POST',
    headers: { 'content-type': post.contentType, 'content-length': Buffer.byteLength(post.body) },
    signal,
    ...(ca === undefined ? {} : { ca }),
  };
  if (url.protocol === 'http:') return answerOf(httpRequest(url, options), post.body);
  if (proxyUrl === null) return answerOf(httpsRequest(url, { ...options, agent: false }), post.body);
  const tunnel = await openTunnel(new URL(proxyUrl), url, signal);
  const createConnection = () =>
    tlsConnect({ ...(ca === undefined ? {} : { ca }), socket: tunnel, ...serverName(url) });
  return answerOf(httpsRequest(url, { ...options, agent: false, createConnection }), post.body).finally(() =>
    tunnel.destroy(),
  );
}

function answerOf(request: ClientRequest, body: string): Promise<PostAnswer> {
  return new Promise((resolve, reject) => {
    request.on('error', reject);
    request.on('response', (response) => {
      readAnswer(response).then(resolve, (error: Error) => {
        request.destroy();
        reject(error);
      });
    });
    request.end(body);
  });
}

async function readAnswer(response: IncomingMessage): Promise<PostAnswer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maximumAnswerBytes) throw new Error('answer over 64 KiB');
    chunks.push(chunk);
  }
  const headers: Record<string, string> = {};
  for (const name of keptHeaders) {
    const value = response.headers[name];
    if (value !== undefined) headers[name] = value;
  }
  return { status: response.statusCode ?? 0, headers, body: Buffer.concat(chunks).toString('utf8') };
}

function openTunnel(proxy: URL, target: URL, signal: AbortSignal): Promise<Duplex> {
  const authority = `${target.hostname}:${target.port === '' ? '443' : target.port}`;
  const credentials = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  const authorization = `Basic ${Buffer.from(credentials).toString('base64')}`;
  const request = (proxy.protocol === 'https:' ? httpsRequest : httpRequest)({
    host: proxy.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: proxy.port === '' ? (proxy.protocol === 'https:' ? 443 : 80) : proxy.port,
    method: 'CONNECT',
    path: authority,
    headers: { host: authority, ...(credentials === ':' ? {} : { 'proxy-authorization': authorization }) },
    agent: false,
    signal,
  });
  return new Promise((resolve, reject) => {
    request.on('error', reject);
    request.on('connect', (response, socket) => {
      if (response.statusCode === 200) return resolve(socket);
      socket.destroy();
      reject(new Error(`proxy answered ${response.statusCode}`));
    });
    request.on('response', (response) => {
      response.resume();
      reject(new Error(`proxy answered ${response.statusCode}`));
    });
    request.end();
  });
}

/** The TLS name indication, which an address must not have. */
function serverName(url: URL): { readonly servername?: string } {
  return isIP(url.hostname.replace(/^\[(.*)\]$/, '$1')) === 0 ? { servername: url.hostname } : {};
}
