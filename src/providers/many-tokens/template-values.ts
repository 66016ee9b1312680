import type { Notification } from '../../domain/notification';
import type { Texts } from '../wire/text';

/** What a variable of a maker's template may be filled with. */
export type TemplatePart = 'sender' | 'group' | 'text' | 'title' | 'body';
/** By the names that the template has in the maker's console. */
export type TemplateVariables = Readonly<Record<string, TemplatePart>>;

/** Stands where a maker takes no empty value. */
export const nothingToShow = '…';

/**
 * The variables of a template, each as `fit` leaves it. A part that the notification does not have, or that must not be shown, is
 * what stands in its place on the lock screen: the title for who wrote, the body for what.
 */
export function templateValues(
  variables: TemplateVariables,
  { parts }: Notification,
  { title, body }: Texts,
  fit: (text: string) => string,
): Record<string, string> {
  const values: Readonly<Record<TemplatePart, string | null>> = {
    sender: parts?.sender ?? title,
    group: parts?.group ?? title,
    text: parts?.text ?? body,
    title,
    body,
  };
  const filled: Record<string, string> = {};
  for (const [name, part] of Object.entries(variables)) {
    const value = fit(values[part] ?? '');
    filled[name] = value === '' ? nothingToShow : value;
  }
  return filled;
}
