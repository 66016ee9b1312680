'use strict';
/** Keeps some 60 MB and lets several hundred go that lived for a while; says how large the heap became, in MB. */
const { setImmediate: nextTurn } = require('node:timers/promises');
const v8 = require('node:v8');

if (process.argv[2] !== undefined) v8.setFlagsFromString(`--heap-growing-percent=${process.argv[2]}`);
const object = (number) => ({ number, text: `${number}`, list: [number, number] });
const passing = new Array(100_000).fill(null);

async function main() {
  const kept = [];
  let mostMb = 0;
  for (let number = 0; number < 4_000_000; number += 1) {
    if (number < 400_000) kept.push(object(number));
    passing[number % passing.length] = object(number);
    if (number % 2_000 === 0) await nextTurn();
    if (number > 1_000_000 && number % 10_000 === 0)
      mostMb = Math.max(mostMb, process.memoryUsage().heapTotal / 1e6);
  }
  console.log(JSON.stringify({ mostMb: Math.round(mostMb), kept: kept.length }));
}

void main();
