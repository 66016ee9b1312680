import { asText, Fault, leaf } from './leaf';

const trueWords = ['true', 'on', 'yes', '1'];
const falseWords = ['false', 'off', 'no', '0'];

function readFlag(value: unknown): boolean | null {
  const text = asText(value)?.toLowerCase() ?? '';
  if (trueWords.includes(text)) return true;
  return falseWords.includes(text) ? false : null;
}

export function flag() {
  return leaf((value) => readFlag(value) ?? new Fault('true or false'));
}

/** A switch whose value is written `on` or `off`. */
export function onOff() {
  return leaf((value): 'on' | 'off' | Fault => {
    const isOn = readFlag(value);
    if (isOn === null) return new Fault('on or off');
    return isOn ? 'on' : 'off';
  });
}

export function choice<const T extends string>(...values: readonly T[]) {
  return leaf((value): T | Fault => {
    const text = asText(value)?.toLowerCase() ?? '';
    return values.find((each) => each === text) ?? new Fault(`one of ${values.join(', ')}`);
  });
}
