import { createLeanHttp2Client } from '../../src/transport/lean-client';
import { describeHttp2Client } from './http2-client-suite';

describeHttp2Client('lean HTTP/2 client', createLeanHttp2Client);
