/**
 * `npm run generate:client`: writes the types of the API (schema.ts), which the typed client speaks, from the same
 * document that `npm run -s openapi` prints. A test says when it was forgotten.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import openapiTypes, { astToString } from 'openapi-typescript';
import packageJson from '../package.json' with { type: 'json' };
import { openapiDocument } from './openapi.ts';
import { routes } from './routes/all.ts';

export const schemaFile = join(import.meta.dirname, 'schema.ts');

const head = `/** The API as types. Generated from its OpenAPI document by \`npm run generate:client\`: do not edit. */
`;

/** The text of schema.ts. */
export async function generatedSchema(): Promise<string> {
  const document = lean(openapiDocument(routes, packageJson.version));
  const nodes = await openapiTypes(document as Parameters<typeof openapiTypes>[0], {
    alphabetize: true,
    // What has a default may be left out of a request.
    defaultNonNullable: false,
  });
  return head + astToString(nodes);
}

type Json = Readonly<Record<string, unknown>>;

/** Without prose, which the document itself has; and without failures, which the client turns into errors (problem.ts). */
function lean(value: unknown, isNames = false): unknown {
  if (Array.isArray(value)) return value.map((each) => lean(each));
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value as Json).filter(
    ([name]) => isNames || !['description', 'summary', 'example', 'format'].includes(name),
  );
  return Object.fromEntries(
    kept.map(([name, each]) => {
      if (name === 'responses' && !isNames) return [name, lean(successes(each as Json), true)];
      return [name, lean(each, !isNames && (name === 'properties' || name === 'schemas'))];
    }),
  );
}

function successes(responses: Json): Json {
  return Object.fromEntries(Object.entries(responses).filter(([status]) => Number(status) < 400));
}

if (import.meta.main) await writeFile(schemaFile, await generatedSchema());
