/** The parts of the two documents that the page shows. Everything may be missing: it is data. */

/** A JSON Schema, as far as it is shown. */
export interface Schema {
  $ref?: string;
  title?: string;
  description?: string;
  type?: string | readonly string[];
  format?: string;
  const?: unknown;
  enum?: readonly unknown[];
  default?: unknown;
  properties?: Record<string, Schema>;
  required?: readonly string[];
  items?: Schema | readonly Schema[];
  anyOf?: readonly Schema[];
  allOf?: readonly Schema[];
  oneOf?: readonly Schema[];
  additionalProperties?: boolean | Schema;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  pattern?: string;
}

/** A map of named schemas. */
export type Schemas = Record<string, Schema>;

/** What is known of a document as a whole. */
export interface Info {
  title: string;
  version: string;
  description?: string;
}

/** A body of a request or an answer in OpenAPI. */
export interface Body {
  description?: string;
  content?: Record<
    string,
    { schema?: Schema; example?: unknown; examples?: Record<string, { value?: unknown }> }
  >;
}

/** One call in OpenAPI. */
export interface Call {
  operationId?: string;
  summary?: string;
  description?: string;
  requestBody?: Body;
  responses?: Record<string, Body>;
  parameters?: readonly { name: string; in: string; description?: string }[];
}

/** The OpenAPI document. */
export interface OpenApi {
  info: Info;
  paths: Record<string, Record<string, Call>>;
  components: { schemas: Schemas };
}

/** One message of AsyncAPI. */
export interface Message {
  name: string;
  title?: string;
  summary?: string;
  payload: Schema;
  examples?: readonly { summary?: string; payload: unknown }[];
  'x-direction'?: string;
  'x-answered-by'?: readonly string[];
  'x-answers'?: readonly string[];
}

/** One operation of AsyncAPI. */
export interface Operation {
  action: 'send' | 'receive';
  summary?: string;
}

/** The AsyncAPI document. */
export interface AsyncApi {
  info: Info;
  channels: { session: { messages: Record<string, unknown> } };
  operations: Record<string, Operation>;
  components: { messages: Record<string, Message>; schemas: Schemas };
  'x-error-codes': readonly { code: string; certainty: string; action: string }[];
  'x-close-codes': readonly { code: number; name: string; meaning: string; reconnect: boolean }[];
  'x-games': readonly PublishedGame[];
}

/** One game of the AsyncAPI document. */
export interface PublishedGame {
  game: string;
  version: number;
  title: string;
  request: string;
  notes?: string;
  schemas: Record<string, Schema>;
  description: unknown;
  examples: readonly Record<string, unknown>[];
}

/** What the server lets this page offer. */
export interface PageSettings {
  console: boolean;
}

/** Fetches one JSON document of this server. */
export async function fetchJson<Type>(name: string): Promise<Type> {
  const response = await fetch(`/docs/${name}`);
  if (!response.ok) throw new Error(`${name} could not be read (${response.status}).`);
  return (await response.json()) as Type;
}
