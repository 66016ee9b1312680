import { useEffect, useRef } from 'preact/hooks';
import UPlot from 'uplot';
import { useFormats, useTexts } from '../texts/language';
import type { Rates } from './figures';

const heightPixels = 220;

export function RateChart({ rates }: { rates: readonly Rates[] }) {
  const texts = useTexts();
  const { number } = useFormats();
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<UPlot | null>(null);
  useEffect(() => {
    const target = box.current;
    if (target === null) return undefined;
    const plot = new UPlot(optionsOf(target, texts.overview), [[], [], []], target);
    chart.current = plot;
    const resize = new ResizeObserver(() =>
      plot.setSize({ width: target.clientWidth, height: heightPixels }),
    );
    resize.observe(target);
    return () => {
      resize.disconnect();
      plot.destroy();
      chart.current = null;
    };
  }, [texts]);
  useEffect(() => {
    chart.current?.setData([
      rates.map(({ atSeconds }) => atSeconds),
      rates.map(({ messages }) => messages),
      rates.map(({ accepted }) => accepted),
    ]);
  }, [rates, texts]);
  const last = rates.at(-1);
  const label = texts.overview.chart(number(last?.messages ?? 0), number(last?.accepted ?? 0));
  return <div class="chart" ref={box} role="img" aria-label={label} />;
}

type Words = { readonly messages: string; readonly accepted: string };

function optionsOf(target: HTMLElement, words: Words): UPlot.Options {
  // As they are when something is drawn: the theme may change.
  const color = (name: string) => () => getComputedStyle(target).getPropertyValue(name);
  const axis: UPlot.Axis = {
    stroke: color('--muted'),
    grid: { stroke: color('--line'), width: 1 },
    ticks: { show: false },
    font: '12px system-ui',
  };
  return {
    width: target.clientWidth,
    height: heightPixels,
    cursor: { drag: { x: false, y: false } },
    scales: { y: { range: (_plot, _min, max) => [0, Math.max(1, max * 1.1)] } },
    axes: [axis, { ...axis, size: 44 }],
    series: [
      {},
      { label: words.messages, stroke: color('--blue'), width: 2, points: { show: false } },
      {
        label: words.accepted,
        stroke: color('--green'),
        width: 2,
        dash: [6, 4],
        points: { show: false },
      },
    ],
  };
}
