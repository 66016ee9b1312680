import { z } from 'zod';
import { problemCodes, type ProblemCode } from '../problem';

const codes = Object.keys(problemCodes) as [ProblemCode, ...ProblemCode[]];

export const problemSchema = z
  .strictObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.enum(codes),
    detail: z.string(),
    errors: z
      .array(z.strictObject({ path: z.string(), message: z.string() }))
      .optional()
      .meta({ description: 'The invalid fields, at most 50: `uids[3]`, `notification.title`.' }),
  })
  .meta({ id: 'Problem', description: 'RFC 9457. `code` is stable. docs/errors.md explains each code.' });
