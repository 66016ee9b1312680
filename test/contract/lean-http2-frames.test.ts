import { createLeanHttp2Client } from '../../src/transport/lean-client';
import { describeHttp2Frames } from './http2-frames-suite';

describeHttp2Frames('lean HTTP/2 client, frame by frame', createLeanHttp2Client, true);
