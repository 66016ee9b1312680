/** Colour is never the only sign: the word stands beside it. */
export function StateMark({ tone, text }: { tone: 'good' | 'warning' | 'bad' | 'plain'; text: string }) {
  return <span class={`mark ${tone}`}>{text}</span>;
}
