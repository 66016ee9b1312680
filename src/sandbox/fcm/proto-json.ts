import { isObject, type JsonObject } from '../../shared/json-object';
import type { FieldViolation } from './fcm-errors';
import type { FcmField } from './fcm-schema';

/** A field by either of its proto3 JSON names. */
export function field(object: JsonObject, camelName: string): unknown {
  return object[camelName] ?? object[snakeCase(camelName)];
}

/** Adds what is wrong with `value`, worded as Google's JSON reader does. Null is the same as absent. */
export function checkField(value: unknown, type: FcmField, path: string, violations: FieldViolation[]): void {
  if (value === null || value === undefined) return;
  if (typeof type === 'string') {
    if (!scalarChecks[type](value)) violations.push(invalid(path, typeNames[type], value));
    else if (type === 'string map') checkValues(value as JsonObject, path, violations);
  } else if (isNames(type)) {
    if (typeof value !== 'string' || !type.includes(value.toUpperCase()))
      violations.push(invalid(path, 'TYPE_ENUM', value));
  } else if (isObject(value)) {
    checkMembers(value, type, path, violations);
  } else {
    violations.push(invalid(path, 'TYPE_MESSAGE', value));
  }
}

function checkMembers(
  value: JsonObject,
  type: { readonly [name: string]: FcmField },
  path: string,
  violations: FieldViolation[],
): void {
  for (const name of Object.keys(value)) {
    const camelName = name.includes('_') ? camelCase(name) : name;
    const member = Object.hasOwn(type, camelName) ? type[camelName] : undefined;
    const at = path === '' ? name : `${path}.${name}`;
    if (member !== undefined) {
      checkField(value[name], member, at, violations);
    } else {
      const where = path === '' ? '' : ` at '${path}'`;
      const description = `Invalid JSON payload received. Unknown name "${name}"${where}: Cannot find field.`;
      violations.push(path === '' ? { description } : { field: path, description });
    }
  }
}

function checkValues(map: JsonObject, path: string, violations: FieldViolation[]): void {
  let index = 0;
  for (const key of Object.keys(map)) {
    if (typeof map[key] !== 'string')
      violations.push(invalid(`${path}[${index}].value`, 'TYPE_STRING', map[key]));
    index += 1;
  }
}

type Scalar = Extract<FcmField, string>;

const duration = /^-?\d{1,12}(\.\d{1,9})?s$/;
const isString = (value: unknown): boolean => typeof value === 'string';
const isDuration = (value: unknown): boolean => typeof value === 'string' && duration.test(value);

const scalarChecks: Readonly<Record<Scalar, (value: unknown) => boolean>> = {
  string: isString,
  bool: (value) => typeof value === 'boolean',
  int32: (value) => typeof value === 'number' && Number.isInteger(value) && Math.abs(value) < 2 ** 31,
  number: (value) => typeof value === 'number',
  duration: isDuration,
  timestamp: (value) =>
    typeof value === 'string' && /^\d{4}-\d{2}-\d{2}T/.test(value) && !Number.isNaN(Date.parse(value)),
  struct: isObject,
  strings: (value) => Array.isArray(value) && value.every(isString),
  durations: (value) => Array.isArray(value) && value.every(isDuration),
  'string map': isObject,
};

const typeNames: Readonly<Record<Scalar, string>> = {
  string: 'TYPE_STRING',
  bool: 'TYPE_BOOL',
  int32: 'TYPE_INT32',
  number: 'TYPE_FLOAT',
  duration: 'type.googleapis.com/google.protobuf.Duration',
  timestamp: 'type.googleapis.com/google.protobuf.Timestamp',
  struct: 'type.googleapis.com/google.protobuf.Struct',
  strings: 'TYPE_STRING',
  durations: 'type.googleapis.com/google.protobuf.Duration',
  'string map': 'TYPE_MESSAGE',
};

function isNames(type: FcmField): type is readonly string[] {
  return Array.isArray(type);
}

function invalid(path: string, typeName: string, value: unknown): FieldViolation {
  return { field: path, description: `Invalid value at '${path}' (${typeName}), ${JSON.stringify(value)}` };
}

function camelCase(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_match, letter: string) => letter.toUpperCase());
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
