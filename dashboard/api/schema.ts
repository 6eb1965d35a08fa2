/** The API's types, generated from its OpenAPI document (npm run generate:client). */
export type { components, paths } from '../../api/schema.ts';
