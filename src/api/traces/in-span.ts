import { z } from 'zod';
import type { Spans } from '../../observability/spans/spans';
import type { Answer } from '../answer';
import { problemCodes } from '../problem';

/** Of an operation that {@link inSpan} is for. */
export const traceHeaders = z.object({
  // Malformed, it is ignored: tracing never makes a request fail.
  traceparent: z.string().optional().meta({
    description:
      'W3C trace context. With `otel.endpoint`, the spans of this request and its pushes belong to that trace; otherwise it is ignored.',
  }),
});

/** Runs a request within a span, where somebody collects them. `trace`: what its inbox body keeps of it. */
export async function inSpan(
  spans: Spans | null,
  path: string,
  { traceparent }: z.output<typeof traceHeaders>,
  run: (trace: { readonly trace?: string }) => Promise<Answer>,
): Promise<Answer> {
  if (spans === null) return run({});
  const span = spans.start({
    name: `POST ${path}`,
    kind: 'server',
    parent: traceparent ?? null,
    attributes: { 'http.request.method': 'POST', 'http.route': path },
  });
  try {
    const answer = await run({ trace: span.traceparent });
    span.end({ 'http.response.status_code': statusOf(answer) }, null);
    return answer;
  } catch (error) {
    span.end({}, 'it could not be stored');
    throw error;
  }
}

function statusOf(answer: Answer): number {
  if (answer.kind === 'problem') return problemCodes[answer.code].status;
  return 'status' in answer ? answer.status : 204;
}
