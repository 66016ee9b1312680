import { createNodeHttp2Client } from '../../src/transport/node-client';
import { describeHttp2Client } from './http2-client-suite';

describeHttp2Client('HTTP/2 client over node:http2', createNodeHttp2Client);
