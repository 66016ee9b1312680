import { createNodeHttp2Client } from '../../src/transport/node-client';
import { describeHttp2Frames } from './http2-frames-suite';

describeHttp2Frames('HTTP/2 client over node:http2, frame by frame', createNodeHttp2Client, false);
