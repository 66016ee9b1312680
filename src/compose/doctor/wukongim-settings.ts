import { parse } from 'yaml';
import { isObject, type JsonObject } from '../../shared/json-object';

/** What concerns pushes in WuKongIM's configuration. Null: the file does not set it, so WuKongIM's default applies. */
export interface WukongimSettings {
  /** v2 reads YAML, main TOML. */
  readonly version: 'v2' | 'main';
  readonly httpAddress: string | null;
  /** v2 only. */
  readonly grpcAddress: string | null;
  /** Empty: all events. */
  readonly focusEvents: readonly string[];
  /** v2 only. */
  readonly tokenAuthOn: boolean;
  readonly hasManagerToken: boolean;
  readonly subscriberCompressOfCount: number;
  /** main only. */
  readonly queueSize: number;
  readonly deliveryEnabled: boolean | null;
}

/** Null where the file is neither. TOML is what its name, or a table's header, says. */
export async function readWukongimSettings({
  name,
  text,
}: {
  readonly name: string;
  readonly text: string;
}): Promise<WukongimSettings | null> {
  const isToml = /\.toml$/i.test(name) || /^\s*\[[\w.-]+\]\s*(?:#.*)?$/m.test(text);
  const tree = await treeOf(text, isToml);
  if (tree === null) return null;
  return isToml ? ofMain(tree) : ofV2(tree);
}

async function treeOf(text: string, isToml: boolean): Promise<JsonObject | null> {
  try {
    // Only this command reads TOML.
    const tree: unknown = isToml ? (await import('smol-toml')).parse(text) : parse(text);
    return isObject(tree) ? tree : null;
  } catch {
    return null;
  }
}

function ofV2(tree: JsonObject): WukongimSettings {
  const webhook = section(tree, 'webhook');
  return {
    version: 'v2',
    httpAddress: textOf(field(webhook, 'httpAddr')),
    grpcAddress: textOf(field(webhook, 'grpcAddr')),
    focusEvents: listOf(field(webhook, 'focusEvents')),
    tokenAuthOn: field(tree, 'tokenAuthOn') === true,
    hasManagerToken: textOf(field(tree, 'managerToken')) !== null,
    subscriberCompressOfCount: numberOf(field(section(tree, 'channel'), 'subscriberCompressOfCount'), 0),
    queueSize: 0,
    deliveryEnabled: null,
  };
}

function ofMain(tree: JsonObject): WukongimSettings {
  const webhook = section(tree, 'webhook');
  const enabled = field(section(tree, 'delivery'), 'enable');
  return {
    version: 'main',
    httpAddress: textOf(field(webhook, 'http_addr')),
    grpcAddress: null,
    focusEvents: listOf(field(webhook, 'focus_events')),
    tokenAuthOn: false,
    hasManagerToken: false,
    subscriberCompressOfCount: 0,
    queueSize: numberOf(field(webhook, 'queue_size'), 1024),
    deliveryEnabled: typeof enabled === 'boolean' ? enabled : null,
  };
}

/** v2 reads keys without regard to case. */
function field(tree: JsonObject, name: string): unknown {
  const key = Object.keys(tree).find((each) => each.toLowerCase() === name.toLowerCase());
  return key === undefined ? undefined : tree[key];
}

function section(tree: JsonObject, name: string): JsonObject {
  const found = field(tree, name);
  return isObject(found) ? found : {};
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : null;
}

function listOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return value.split(/[\s,]+/).filter((part) => part !== '');
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}

function numberOf(value: unknown, otherwise: number): number {
  return typeof value === 'number' || typeof value === 'bigint' ? Number(value) : otherwise;
}
