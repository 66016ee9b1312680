import type { ComponentChildren } from 'preact';

/** What nobody reads in pieces, such as a time: a cell of a narrow table would break it into lines. */
export function Whole({ children }: { children: ComponentChildren }) {
  return <span class="whole">{children}</span>;
}
