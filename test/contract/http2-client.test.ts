import { createNodeHttp2Client } from '../../src/transport/node-client';
import { describeHttp2Client } from './http2-client-suite';
import { describeHttp2Frames } from './http2-frames-suite';

describeHttp2Client('HTTP/2 client over node:http2', createNodeHttp2Client);
describeHttp2Frames('HTTP/2 client over node:http2, frame by frame', createNodeHttp2Client, false);
