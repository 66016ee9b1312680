import { asText, Fault, leaf } from '../../leaves/leaf';
import { text } from '../../leaves/texts';
import { isTree } from '../../read/input';

/** The parts of a notification that a variable of a template may show. */
const templateParts = ['sender', 'group', 'text', 'title', 'body'] as const;
export type TemplatePart = (typeof templateParts)[number];
export type TemplateVariables = Readonly<Record<string, TemplatePart>>;

export function templateId() {
  return text('the id of a template, as the console shows it', /^[\x21-\x7e]{1,64}$/);
}

const variables = `a mapping of the template's variables to one of ${templateParts.join(', ')}, like {keywords1: sender}`;

/** The variables of a template, 9 at the most. */
export function templateVariables() {
  return leaf((value): TemplateVariables | Fault => {
    if (!isTree(value) || Object.keys(value).length === 0 || Object.keys(value).length > 9)
      return new Fault(variables);
    const read: Record<string, TemplatePart> = {};
    for (const [name, written] of Object.entries(value)) {
      const part = templateParts.find((each) => each === asText(written));
      if (part === undefined || !/^\w{1,32}$/.test(name)) return new Fault(`${variables} (${name})`);
      read[name] = part;
    }
    return read;
  });
}
